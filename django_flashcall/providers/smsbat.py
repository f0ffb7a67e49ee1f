"""SMSBAT: flash calls, Viber messages, SMS and, where the account has them, voice messages.

A flash call is asked for in one of two ways. Without CALLER_IDS the code is ours and is sent as `text`; the provider
rings from a number that ends in it. With CALLER_IDS one of them is drawn and sent as `messageData.callerId`; the code
is its tail.

What the documents say of the provider's own cascade is one example of a request. What makes it go on to the next
message is not documented.
"""

from __future__ import annotations

import hmac
import itertools
import json
import logging
import secrets
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from django.core.checks import CheckMessage

from django_flashcall import codes
from django_flashcall.codes import Code
from django_flashcall.exceptions import ConfigurationError
from django_flashcall.providers import base, reach, smsbat_answers, smsbat_checks, smsbat_messages, smsbat_status
from django_flashcall.providers.base import Draw, Message, Provider, Report, Result, Status
from django_flashcall.providers.smsbat_checks import DEFAULTS
from django_flashcall.providers.smsbat_json import MESSAGE_ID, message_id, read_object
from django_flashcall.providers.smsbat_status import NoReport
from django_flashcall.providers.tails import LAST, TOO_OFTEN, Tails
from django_flashcall.providers.transport import Answer, Line, NoAnswer, NotSent, TooManyInFlight

logger = logging.getLogger(__name__)

ALERTS: Final = {base.CREDENTIALS, base.BAD_REQUEST, base.REDIRECTED, base.CONTRADICTION, base.MALFORMED_ANSWER}
"""Error codes that somebody must look at: other messages will meet them, too."""
LONGEST_REPORT: Final = 16 * 1024
"""Bytes of a delivery report that is read."""

MAY_RING: Final = {Status.ACCEPTED, Status.UNKNOWN}


class SMSBATProvider(Provider):
    """Sends over one account of SMSBAT."""

    channels = frozenset({"flashcall", "viber_otp", "sms"})
    follows = True
    cascades = True

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raise ConfigurationError for options that cannot be used."""
        super().__init__({**DEFAULTS, **options})
        smsbat_checks.refuse_unusable(self.options)
        if self.options["VOICE_TYPE"] is not None:
            self.channels |= {"voice"}
        names = [*self.options["CALLER_IDS"], *smsbat_messages.senders(self.options)]
        self._own_numbers = {name.removeprefix("+") for name in names}
        self._line = Line(
            self.options["BASE_URL"].rstrip("/"),
            headers=lambda: {"X-Authorization-Key": self.options["API_KEY"]},
            in_flight=self.options["MAX_IN_FLIGHT"],
        )
        self._pools: dict[int, list[tuple[Code, list[str]]]] = {}
        self._tails = Tails()

    @classmethod
    def check(cls, options: Mapping[str, Any], *, alias: str) -> list[CheckMessage]:
        return smsbat_checks.check({**DEFAULTS, **options}, alias=alias)

    def probe(self, *, deadline: float) -> str | None:
        return reach.obstacle(self.options["BASE_URL"], deadline=min(deadline, self.options["DEADLINE"]))

    def draw(self, channel: str, length: int) -> Draw:
        if channel != "flashcall" or not self.options["CALLER_IDS"]:
            return super().draw(channel, length)
        code, callers = secrets.choice(self._pool(length))
        return Draw(code=code, caller_id="+" + secrets.choice(callers).removeprefix("+"))

    def _pool(self, length: int) -> list[tuple[Code, list[str]]]:
        """Return every ending in CALLER_IDS with the numbers that have it: each ending is drawn as often as another."""
        if length not in self._pools:
            callers: dict[Code, list[str]] = {}
            for caller_id in self.options["CALLER_IDS"]:
                code = codes.tail(caller_id, length)
                if code is None:
                    raise ConfigurationError("CALLER_IDS has a number that is shorter than the code.")
                callers.setdefault(code, []).append(caller_id)
            self._pools[length] = list(callers.items())
        return self._pools[length]

    def send(self, message: Message, *, deadline: float) -> Result:
        result = self._sent(message, time.monotonic() + min(deadline, self.options["DEADLINE"]))
        if result.error_code in ALERTS:
            told = {"delivery": message.id, "channel": message.channel, "error_code": result.error_code}
            logger.error("SMSBAT does not take our messages: %s", result.error_code, extra=told)
        if message.caller_id is not None and result.status in MAY_RING:
            self._watch(result.code or message.code)
        return result

    def _watch(self, rings: Code) -> None:
        """Report a pool, or a provider that chooses for us, of which one ending comes too often."""
        if self._tails.too_often(rings):
            logger.error(
                "SMSBAT rang from numbers with one and the same ending %s times of at most %s: such a code can be "
                "guessed.",
                TOO_OFTEN,
                LAST,
            )

    def _refusal(self, message: Message) -> str:
        """Return why a message is not even tried, empty where it is. A cascade is sent whole or not at all."""
        steps = (message, *message.fallbacks)
        if not {step.channel for step in steps} <= self.channels:
            return base.UNSUPPORTED_CHANNEL
        if not all(smsbat_messages.sender(step.channel, self.options) for step in steps):
            return base.INVALID_SENDER
        # Nobody can prove to hold a number of ours, and the call would cost money.
        return base.INVALID_NUMBER if message.phone_number.removeprefix("+") in self._own_numbers else ""

    def _sent(self, message: Message, until: float) -> Result:
        if refusal := self._refusal(message):
            return Result(status=Status.REJECTED, error_code=refusal)
        try:
            document = {"messages": [smsbat_messages.entry(message, self.options)]}
            answer = self._ask(json.dumps(document).encode(), until)
        except TooManyInFlight:
            return Result(status=Status.UNREACHABLE, error_code=base.TOO_MANY_IN_FLIGHT)
        except NotSent:
            return Result(status=Status.UNREACHABLE, error_code=base.CONNECTION)
        except NoAnswer as error:
            lost = base.TIMEOUT if error.timed_out else base.CONNECTION_LOST
            return Result(status=Status.UNKNOWN, error_code=lost)
        # Of a cascade the fallbacks have our code in them, so that no other may ring.
        trusted = self.options["TRUST_REPLY_CALLER_ID"] and not message.fallbacks
        return smsbat_answers.read(answer, message, trust_caller_id=trusted)

    def status(self, provider_message_id: str, *, deadline: float) -> Report | None:
        until = time.monotonic() + min(deadline, self.options["DEADLINE"])
        try:
            return self._reported(provider_message_id, until)
        except NoReport as unclear:
            level = logging.ERROR if unclear.error_code in ALERTS else logging.WARNING
            why = {"error_code": unclear.error_code, "provider_message_id": provider_message_id[:255]}
            logger.log(level, "SMSBAT does not say what became of a message: %s", unclear.error_code, extra=why)
            return None

    def _reported(self, message_id: str, until: float) -> Report:
        if not MESSAGE_ID.fullmatch(message_id):
            raise NoReport(base.BAD_REQUEST)
        try:
            answer = self._line.get(f"/bat/message/{quote(message_id, safe='')}", until=until)
        except TooManyInFlight:
            raise NoReport(base.TOO_MANY_IN_FLIGHT) from None
        except NoAnswer as error:
            raise NoReport(base.TIMEOUT if error.timed_out else base.CONNECTION_LOST) from None
        return smsbat_status.read(answer, message_id, voice_type=self.options["VOICE_TYPE"])

    def accepts(self, secret: str) -> bool:
        given = secret.encode(errors="surrogatepass")
        # All of them, in time that does not tell which it was.
        return sum(hmac.compare_digest(given, known.encode()) for known in self.options["WEBHOOK_SECRETS"]) > 0

    def reported(self, body: bytes) -> str | None:
        """Return `messageId` of a delivery report. Nothing else of it counts, because anybody may have written it."""
        document = read_object(body) if len(body) <= LONGEST_REPORT else None
        return message_id((document or {}).get("messageId")) or None

    def _ask(self, document: bytes, until: float) -> Answer:
        """Post `document`, again after each 429 while there is time, and return the last answer."""
        for tries in itertools.count():
            answer = self._line.post("/bat/messagelist", document, until=until)
            pause = answer.retry_after or 2.0**tries
            if answer.status != 429 or time.monotonic() + pause >= until:
                return answer
            time.sleep(pause)
        raise AssertionError  # count() has no end
