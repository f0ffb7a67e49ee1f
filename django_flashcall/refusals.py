"""Refusals: what a person or a program is told where something is not done, and under which HTTP status."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from django_flashcall import exceptions
from django_flashcall.services import Outcome, OutcomeStatus

STATUS = {
    "invalid_code": 400,
    "invalid_proof": 400,
    "destination_not_allowed": 400,
    "channel_unavailable": 400,
    "refused": 403,
    "not_found": 404,
    "already_verified": 409,
    "phone_taken": 409,
    "idempotency_conflict": 409,
    "expired": 410,
    "exhausted": 410,
    "failed": 410,
    "canceled": 410,
    "idempotency_mismatch": 422,
    "too_soon": 429,
    "rate_limited": 429,
    "delivery_failed": 503,
    "provider_unavailable": 503,
}
"""Every error code, and its HTTP status."""

DETAIL = {
    "invalid_code": _("That is not the right code."),
    "invalid_proof": _("This verification cannot be used here. Verify the number again."),
    "destination_not_allowed": _("We do not send codes to such numbers."),
    "channel_unavailable": _("This way of sending a code is not available here."),
    "refused": _("We cannot send a code to this number."),
    "not_found": _("There is no such verification."),
    "already_verified": _("This number is verified already."),
    "phone_taken": _("This number belongs to another account."),
    "idempotency_conflict": _("The same request is still under way."),
    "expired": _("The code has expired. Ask for another."),
    "exhausted": _("Too many wrong codes. Start again."),
    "failed": _("The code could not be delivered. Ask for another."),
    "canceled": _("This verification was canceled. Start again."),
    "idempotency_mismatch": _("This Idempotency-Key was used for another request."),
    "too_soon": _("Wait a little before you ask for another code."),
    "rate_limited": _("Too many requests. Try again later."),
    "delivery_failed": _("The code could not be delivered. Try another way."),
    "provider_unavailable": _("Codes cannot be sent at the moment. Try again later."),
}

NAMED: dict[type[exceptions.FlashcallError], str] = {
    exceptions.Refused: "refused",
    exceptions.ChannelUnavailable: "channel_unavailable",
    exceptions.ProviderUnavailable: "provider_unavailable",
    exceptions.AttemptNotFound: "not_found",
    exceptions.InvalidProof: "invalid_proof",
    exceptions.PhoneTaken: "phone_taken",
    exceptions.IdempotencyMismatch: "idempotency_mismatch",
}
"""Exceptions that say nothing but what they are."""


@dataclass(frozen=True)
class Refusal:
    """One refusal: its error code, and what a client is told besides."""

    code: str
    extra: dict[str, Any] = field(default_factory=dict)
    """`retry_after`, in seconds, is also sent as the header."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS.get(self.code, 400)

    @property
    def headers(self) -> dict[str, str]:
        """The HTTP headers that say it too."""
        return {"Retry-After": str(self.extra["retry_after"])} if self.extra.get("retry_after") else {}


def from_exception(error: exceptions.FlashcallError) -> Refusal:
    """Return what a service raised."""
    match error:
        case exceptions.DestinationNotAllowed():
            return Refusal("destination_not_allowed", {"reason": error.reason})
        case exceptions.RateLimited(scope="cooldown" | "fallback"):
            return Refusal("too_soon", {"retry_after": error.retry_after})
        case exceptions.RateLimited():
            return Refusal("rate_limited", {"retry_after": error.retry_after})
        case exceptions.DeliveryFailed():
            return Refusal("delivery_failed", {"id": error.attempt_id, "next_channel": error.next_channel})
        case exceptions.ProviderUnavailable(retry_after=int()):
            return Refusal("provider_unavailable", {"retry_after": error.retry_after})
        case exceptions.IdempotencyConflict():
            return Refusal("idempotency_conflict", {"retry_after": error.retry_after})
        case exceptions.AttemptClosed(status="verified"):
            return Refusal("already_verified")
        case exceptions.AttemptClosed():
            return Refusal(error.status)
    # By isinstance, because a site's RISK_CHECK may raise a Refused of its own.
    return Refusal(next(code for kind, code in NAMED.items() if isinstance(error, kind)))


def from_outcome(outcome: Outcome) -> Refusal:
    """Return what became of an entered code that was not the right one."""
    if outcome.status == OutcomeStatus.INVALID_CODE:
        return Refusal("invalid_code", {"checks_left": outcome.checks_left})
    return Refusal(outcome.status.value)
