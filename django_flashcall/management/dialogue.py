"""One real verification, led in a terminal."""

from __future__ import annotations

import sys
import time
from typing import Any, Final

from django.core.management.base import CommandError, OutputWrapper

from django_flashcall import codes, proofs, services
from django_flashcall.conf import Purpose, get_config
from django_flashcall.exceptions import RateLimited
from django_flashcall.management.countdown import Countdown
from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.phones import mask
from django_flashcall.providers import get_provider
from django_flashcall.providers.base import ERROR_CODES
from django_flashcall.services import Outcome, OutcomeStatus
from django_flashcall.signals import delivery_failed, delivery_sent

RESEND: Final = "resend"
LONGEST_CODE: Final = 8
"""Digits. What is longer is taken for the number that rang."""

OPEN: Final = {
    OutcomeStatus.INVALID_CODE: "That is not the code.",
    OutcomeStatus.MALFORMED: "That can be no code of this attempt; it costs no check.",
    OutcomeStatus.EXPIRED: "The code has expired.",
    OutcomeStatus.FAILED: "The delivery has failed.",
}
"""What is said of an outcome after which the attempt can go on."""

RANG: Final = {
    "text": "The provider rang from a number that ends in the code we chose (mode B): CALLER_IDS can stay empty.",
    "callerId": "The provider rang from the caller ID that was drawn from CALLER_IDS (mode A).",
}
DID_NOT_RING: Final = {
    "text": "If a number that ends like this has rung, the account does not ring from the digits that we choose (mode "
    "B). It needs CALLER_IDS, the numbers that it can ring from (mode A).",
    "callerId": "If a number that ends like this has rung, the account does not ring from the caller ID that was asked "
    "for (mode A).",
}
QUESTIONS: Final = """Ask the provider:
  - Does our account take digits that we choose ("text") or a caller ID that we name ("messageData.callerId")?
  - Is "text" a number or a string, how long may it be, and may it begin with 0?
  - Is the code always the last digits of the number that rings?
  - How many numbers can ring, and are they of our country?
  - What do "delivered" and "undeliverable" mean for a flash call, and what starts a fallback?
  - Is a call that is answered billed?
  - Does "to" have a plus in front?
  - Is a "customerMessageId" that comes twice refused, and can a message be looked up by it?
  - How do we know that a delivery report is yours, from which addresses does it come, and is it repeated?
  - Does an answer of 429 say when to try again?
  - Which numbers are for tests?"""


class Dialogue:
    """The way from a number to an outcome. Neither code nor caller ID nor a whole number is written."""

    def __init__(self, out: OutputWrapper, purpose: Purpose) -> None:
        self._out = out
        self._purpose = purpose
        self._ends = 0.0
        """When the last code expires, of `time.monotonic()`."""

    def run(self, phone_number: str, channel: str | None) -> None:
        """Verify a number. Raises CommandError where nothing was verified in the end, and what services raise."""
        delivery_sent.connect(self._tell_delivery)
        delivery_failed.connect(self._tell_delivery)
        try:
            attempt = services.request_verification(phone_number, purpose=self._purpose.name, channel=channel)
            self._sent(attempt)
            self._lead(attempt)
        except CommandError:
            self._out.write(QUESTIONS)
            raise
        finally:
            delivery_sent.disconnect(self._tell_delivery)
            delivery_failed.disconnect(self._tell_delivery)

    def _lead(self, attempt: VerificationAttempt) -> None:
        while (typed := self._ask()) is not None:
            if typed == RESEND or typed in self._purpose.channels:
                attempt = self._fall_back(attempt, typed)
            elif typed:
                outcome = services.verify(attempt.pk, **_entered(typed))
                if outcome.status is OutcomeStatus.VERIFIED:
                    self._tell_verified(outcome, attempt)
                    return
                self._tell(outcome, attempt, typed)
        services.cancel(attempt.pk)
        raise CommandError("Nothing was verified.")

    def _ask(self) -> str | None:
        """Return what was typed; None where nothing more comes, or an empty line when the code has expired."""
        with Countdown(self._out, self._ends) as countdown:
            choices = ", ".join([RESEND, *self._purpose.channels])
            self._out.write(f"The code, or the whole number that rang; or {choices}: ", ending="")
            self._out.flush()
            try:
                typed = input().strip()
            except (EOFError, KeyboardInterrupt):
                return None
        if not sys.stdin.isatty():  # which has written the end of the line itself
            self._out.write("")
        return typed if typed or countdown.left else None

    def _fall_back(self, attempt: VerificationAttempt, typed: str) -> VerificationAttempt:
        channel = attempt.standing.newest.channel if typed == RESEND else typed
        try:
            attempt = services.fall_back(attempt.pk, channel=channel)
        except RateLimited as refusal:
            self._out.write(f"Not yet: try again in {refusal.retry_after} s.")
            return attempt
        self._sent(attempt)
        return attempt

    def _sent(self, attempt: VerificationAttempt) -> None:
        self._ends = time.monotonic() + attempt.standing.expires_in
        newest = attempt.standing.newest
        way = "is called" if newest.channel == "flashcall" else f"is sent a code over {newest.channel}"
        self._out.write(f"{mask(attempt.phone_number)} {way}; {newest.code_length} digits count.")

    def _tell_delivery(self, *, delivery: Delivery, **kwargs: Any) -> None:
        reason = ERROR_CODES.get(delivery.error_code, delivery.error_code)
        self._out.write(f"{delivery.channel}: {delivery.get_status_display()}. {reason}".strip())

    def _tell_verified(self, outcome: Outcome, attempt: VerificationAttempt) -> None:
        channel = proofs.read(outcome.proof).channel
        self._out.write(f"Verified over {channel}.")
        self._out.write(RANG[self._way()] if channel == "flashcall" else QUESTIONS)

    def _tell(self, outcome: Outcome, attempt: VerificationAttempt, typed: str) -> None:
        """Say what an outcome means that is no success. Raises CommandError where the attempt is over."""
        if outcome.status not in OPEN:
            raise CommandError(f"The attempt is {outcome.status}.")
        self._out.write(f"{OPEN[outcome.status]} Checks left: {outcome.checks_left}.")
        if outcome.status is OutcomeStatus.INVALID_CODE and _may_have_rung(typed, attempt):
            self._out.write(DID_NOT_RING[self._way()])
        if outcome.checks_left == 0:
            raise CommandError("Nothing was verified: no check is left.")

    def _way(self) -> str:
        """Return the field by which the provider is told what to ring from."""
        length = self._purpose.code_length["flashcall"]
        drawn = get_provider(get_config().provider_alias("flashcall")).draw("flashcall", length)
        return "text" if drawn.caller_id is None else "callerId"


def _entered(typed: str) -> dict[str, Any]:
    """Return the argument of `verify` that was typed."""
    return {"caller_id" if len(codes.without_separators(typed)) > LONGEST_CODE else "code": typed}


def _may_have_rung(typed: str, attempt: VerificationAttempt) -> bool:
    """Return whether it was the end of a number that rang, or all of it, rather than the code of a message."""
    length = len(codes.without_separators(typed))
    rang = {delivery.code_length for delivery in attempt.standing.deliveries if delivery.channel == "flashcall"}
    return length in rang or (bool(rang) and length > LONGEST_CODE)
