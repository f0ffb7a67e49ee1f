"""SMSBAT: flash calls and SMS by `POST /bat/messagelist`.

A flash call is asked for in one of two ways. Without CALLER_IDS the code is ours and is sent as `text`; the provider
rings from a number that ends in it. With CALLER_IDS one of them is drawn and sent as `messageData.callerId`; the code
is its tail.
"""

from __future__ import annotations

import itertools
import json
import logging
import secrets
import time
from collections.abc import Mapping
from typing import Any, Final

from django.core.checks import CheckMessage

from django_flashcall import codes
from django_flashcall.exceptions import ConfigurationError
from django_flashcall.phones import mask
from django_flashcall.providers import base, reach, smsbat_answers, smsbat_checks
from django_flashcall.providers.base import Draw, Message, Provider, Result, Status
from django_flashcall.providers.smsbat_checks import DEFAULTS
from django_flashcall.providers.transport import Answer, Line, NoAnswer, NotSent, TooManyInFlight

logger = logging.getLogger(__name__)

ALERTS: Final = {base.CREDENTIALS, base.BAD_REQUEST, base.REDIRECTED, base.CONTRADICTION, base.MALFORMED_ANSWER}
"""Error codes that somebody must look at: other messages will meet them, too."""


class SMSBATProvider(Provider):
    """Sends over one account of SMSBAT."""

    channels = frozenset({"flashcall", "sms"})

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raise ConfigurationError for options that cannot be used."""
        super().__init__({**DEFAULTS, **options})
        smsbat_checks.refuse_unusable(self.options)
        self._line = Line(
            self.options["BASE_URL"].rstrip("/") + "/bat/messagelist",
            headers=lambda: {"X-Authorization-Key": self.options["API_KEY"]},
            in_flight=self.options["MAX_IN_FLIGHT"],
        )

    @classmethod
    def check(cls, options: Mapping[str, Any], *, alias: str) -> list[CheckMessage]:
        return smsbat_checks.check({**DEFAULTS, **options}, alias=alias)

    def probe(self, *, deadline: float) -> str | None:
        return reach.obstacle(self.options["BASE_URL"], deadline=min(deadline, self.options["DEADLINE"]))

    def draw(self, channel: str, length: int) -> Draw:
        if channel != "flashcall" or not self.options["CALLER_IDS"]:
            return super().draw(channel, length)
        caller_id = "+" + secrets.choice(self.options["CALLER_IDS"]).removeprefix("+")
        code = codes.tail(caller_id, length)
        if code is None:
            raise ConfigurationError("CALLER_IDS has a number that is shorter than the code.")
        return Draw(code=code, caller_id=caller_id)

    def send(self, message: Message, *, deadline: float) -> Result:
        started = time.monotonic()
        result = self._sent(message, started + min(deadline, self.options["DEADLINE"]))
        _log(message, result, time.monotonic() - started)
        return result

    def _sent(self, message: Message, until: float) -> Result:
        if message.channel not in self.channels:
            return Result(status=Status.REJECTED, error_code=base.UNSUPPORTED_CHANNEL)
        if not self._sender(message.channel):
            return Result(status=Status.REJECTED, error_code=base.INVALID_SENDER)
        try:
            answer = self._ask(json.dumps({"messages": [self._entry(message)]}).encode(), until)
        except TooManyInFlight:
            return Result(status=Status.UNREACHABLE, error_code=base.TOO_MANY_IN_FLIGHT)
        except NotSent:
            return Result(status=Status.UNREACHABLE, error_code=base.CONNECTION)
        except NoAnswer as error:
            lost = base.TIMEOUT if error.timed_out else base.CONNECTION_LOST
            return Result(status=Status.UNKNOWN, error_code=lost)
        return smsbat_answers.read(answer, message, trust_caller_id=self.options["TRUST_REPLY_CALLER_ID"])

    def _ask(self, document: bytes, until: float) -> Answer:
        """Post `document`, again after each 429 while there is time, and return the last answer."""
        for tries in itertools.count():
            answer = self._line.post(document, until=until)
            pause = answer.retry_after or 2.0**tries
            if answer.status != 429 or time.monotonic() + pause >= until:
                return answer
            time.sleep(pause)
        raise AssertionError  # count() has no end

    def _entry(self, message: Message) -> dict[str, Any]:
        return {
            "from": self._sender(message.channel),
            "to": message.phone_number,
            "type": message.channel,
            **self._content(message),
            "ttl": message.ttl,
            "customerMessageId": message.id,
        }

    def _content(self, message: Message) -> dict[str, Any]:
        if message.channel != "flashcall":
            return {"text": message.text}
        if message.caller_id is not None:
            return {"messageData": {"callerId": message.caller_id}}
        digits = message.code.digits
        return {"text": int(digits) if self.options["CODE_AS_INTEGER"] else digits}

    def _sender(self, channel: str) -> str:
        sender = self.options["SENDER"]
        return sender if isinstance(sender, str) else sender.get(channel, "")


def _log(message: Message, result: Result, seconds: float) -> None:
    level = logging.INFO if result.status is Status.ACCEPTED else logging.WARNING
    if result.error_code in ALERTS:
        level = logging.ERROR
    logger.log(
        level,
        "SMSBAT %s: %s",
        message.channel,
        f"{result.status} ({result.error_code})" if result.error_code else result.status,
        extra={
            "delivery_id": message.id,
            "channel": message.channel,
            "status": str(result.status),
            "error_code": result.error_code,
            "duration_ms": round(seconds * 1000),
            "phone_number": mask(message.phone_number),
        },
    )
