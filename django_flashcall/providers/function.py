"""A provider that is one function of the site's own, for whoever carries its messages already.

    def send(channel: str, number: str, text: str) -> bool | None: ...

    "PROVIDERS": {"default": {
        "CLASS": "django_flashcall.providers.function.FunctionProvider",
        "OPTIONS": {"SEND": "shop.messages.send", "CHANNELS": ["sms"]},
    }}

`number` is E.164. `text` is what the person reads or hears; for a flash call it is the digits that the calling number
has to end in. The function sees to its own timeouts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from django_flashcall.exceptions import ConfigurationError
from django_flashcall.providers import base
from django_flashcall.providers.base import Message, Provider, Result, Status

logger = logging.getLogger(__name__)

FUNCTION_CHECKS: Final = {"flashcall.E141": "The function that sends cannot be had."}


class NotPlaced(Exception):
    """Raised by the site's function where it is certain that nothing was sent."""


class FunctionProvider(Provider):
    """Calls the site's function. True or None from it means accepted, False rejected, an exception unknown."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raise ConfigurationError where SEND is no function."""
        super().__init__(options)
        self._function = _function(options)
        if options.get("CHANNELS") is not None:
            self.channels = frozenset(options["CHANNELS"])

    @classmethod
    def check(cls, options: Mapping[str, Any], *, alias: str) -> list[CheckMessage]:
        try:
            _function(options)
        except ConfigurationError:
            where = f"FLASHCALL['PROVIDERS'][{alias!r}]['OPTIONS']['SEND']"
            hint = "Give a function of three arguments, channel, number and text, or its dotted path."
            return [Error(FUNCTION_CHECKS["flashcall.E141"], hint=hint, obj=where, id="flashcall.E141")]
        return []

    def send(self, message: Message, *, deadline: float) -> Result:
        if self.channels is not None and message.channel not in self.channels:
            return Result(status=Status.REJECTED, error_code=base.UNSUPPORTED_CHANNEL)
        try:
            taken = self._function(message.channel, message.phone_number, message.text or message.code.digits)
        except NotPlaced:
            return Result(status=Status.REJECTED, error_code=base.REJECTED)
        except Exception as error:
            # By its type alone: its text may quote the message.
            logger.error("The site's function raised %s.", type(error).__name__, extra={"delivery": message.id})
            return Result(status=Status.UNKNOWN, error_code=base.RAISED)
        if taken is None or taken:
            return Result(status=Status.ACCEPTED)
        return Result(status=Status.REJECTED, error_code=base.REJECTED)


def _function(options: Mapping[str, Any]) -> Callable[[str, str, str], bool | None]:
    given = options.get("SEND")
    try:
        function = import_string(given) if isinstance(given, str) else given
    except ImportError as error:
        raise ConfigurationError("SEND of the function provider cannot be imported.") from error
    if not callable(function):
        raise ConfigurationError("SEND of the function provider is no function.")
    return cast(Callable[[str, str, str], bool | None], function)
