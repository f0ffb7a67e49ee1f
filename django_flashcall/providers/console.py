"""A provider that prints what it is given, for development. It refuses to work with DEBUG off."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from django_flashcall.exceptions import ConfigurationError
from django_flashcall.providers.base import Message, Provider, Result, Status

CONSOLE_CHECKS = {"flashcall.E131": "The console provider is configured with DEBUG off."}


class ConsoleProvider(Provider):
    """Prints each message with its code to standard output, and accepts it. Whether anybody read it, it cannot say."""

    cascades = True

    @classmethod
    def check(cls, options: Mapping[str, Any], *, alias: str) -> list[CheckMessage]:
        if settings.DEBUG:
            return []
        return [
            Error(
                CONSOLE_CHECKS["flashcall.E131"],
                hint="It prints codes and carries none: name a provider that does.",
                obj=f"FLASHCALL['PROVIDERS'][{alias!r}]",
                id="flashcall.E131",
            )
        ]

    def send(self, message: Message, *, deadline: float) -> Result:
        if not settings.DEBUG:
            raise ConfigurationError("The console provider prints codes and refuses to work with DEBUG off.")
        encoding = sys.stdout.encoding or "utf-8"
        for step in (message, *message.fallbacks):
            line = f"{step.channel} to {step.phone_number!s}: {_said(step)}\n"
            # A terminal that lacks a letter still gets the code.
            sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
        return Result(status=Status.ACCEPTED, provider_message_id=message.id)


def _said(message: Message) -> str:
    if message.channel == "flashcall":
        return f"rings from a number ending in {message.code.digits}"
    return message.text
