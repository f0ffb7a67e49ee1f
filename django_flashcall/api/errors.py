"""How a refusal looks over HTTP: a status, a code for programs and a sentence for people."""

from __future__ import annotations

import logging
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response
from rest_framework.views import set_rollback

from django_flashcall import exceptions
from django_flashcall.services import Outcome, OutcomeStatus

logger = logging.getLogger("django_flashcall")

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


def refusal(code: str, **extra: Any) -> Response:
    """Return the response for an error code. `retry_after`, in seconds, is also sent as the header."""
    headers = {"Retry-After": str(extra["retry_after"])} if extra.get("retry_after") else None
    return Response({"error": code, "detail": DETAIL[code], **extra}, status=STATUS[code], headers=headers)


def from_exception(error: exceptions.FlashcallError) -> Response:
    """Return the response for what a service raised."""
    match error:
        case exceptions.DestinationNotAllowed():
            return refusal("destination_not_allowed", reason=error.reason)
        case exceptions.RateLimited(scope="cooldown" | "fallback"):
            return refusal("too_soon", retry_after=error.retry_after)
        case exceptions.RateLimited():
            return refusal("rate_limited", retry_after=error.retry_after)
        case exceptions.DeliveryFailed():
            return refusal("delivery_failed", id=error.attempt_id, next_channel=error.next_channel)
        case exceptions.ProviderUnavailable(retry_after=int()):
            return refusal("provider_unavailable", retry_after=error.retry_after)
        case exceptions.IdempotencyConflict():
            return refusal("idempotency_conflict", retry_after=error.retry_after)
        case exceptions.AttemptClosed(status="verified"):
            return refusal("already_verified")
        case exceptions.AttemptClosed():
            return refusal(error.status)
    # By isinstance, because a site's RISK_CHECK may raise a Refused of its own.
    return refusal(next(code for kind, code in NAMED.items() if isinstance(error, kind)))


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


def from_database_error(error: Exception) -> Response:
    """Return the response where the database is away, or locked for too long. What was sent is not sent again."""
    logger.error("The database failed.", exc_info=error)
    set_rollback()
    return refusal("provider_unavailable")


def from_outcome(outcome: Outcome) -> Response:
    """Return the response for an entered code that was not the right one."""
    if outcome.status == OutcomeStatus.INVALID_CODE:
        return refusal("invalid_code", checks_left=outcome.checks_left)
    return refusal(outcome.status.value)
