"""A healthy site, what is told of others, and what a site may bring: providers and a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.checks import CheckMessage, run_checks
from django.test import override_settings

from django_flashcall.checks import TAG
from django_flashcall.providers.base import Provider

MEMORY = "django_flashcall.providers.memory.MemoryProvider"
SMSBAT = "django_flashcall.providers.smsbat.SMSBATProvider"
HEALTHY: dict[str, Any] = {"PROVIDERS": {"default": {"CLASS": MEMORY}}, "ALLOWED_REGIONS": ["UA"]}


class OnlySMS(Provider):
    channels = frozenset({"sms"})


class Plain(Provider):
    """One that has no cascade."""


class Silent(Provider):
    """One that cannot be asked what became of a message."""


class Particular(Provider):
    """One that needs an option and does not check for it."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        self.region = options["REGION"]


class Careless(Provider):
    """One whose own check breaks."""

    @classmethod
    def check(cls, options: Mapping[str, Any], *, alias: str) -> list[CheckMessage]:
        raise RuntimeError("the key is sesame")


def refuse_all() -> None:
    """A RISK_CHECK."""


def told(flashcall: Any) -> list[CheckMessage]:
    with override_settings(FLASHCALL=flashcall):
        return run_checks(tags=[TAG])


def provider(name: str, **entry: Any) -> dict[str, Any]:
    return {"PROVIDERS": {"default": {"CLASS": f"{__name__}.{name}", **entry}}}
