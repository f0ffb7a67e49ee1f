"""Asking twice with one Idempotency-Key places one call (IETF draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import math

from django_flashcall import codes
from django_flashcall.conf import get_config, secrets
from django_flashcall.exceptions import IdempotencyConflict, IdempotencyMismatch
from django_flashcall.models import Delivery, Standing, VerificationAttempt, transactions
from django_flashcall.services.admission import Send

MIN_LENGTH, MAX_LENGTH = 16, 255
"""Characters of a key. A shorter one is no random one."""
KEPT_SECONDS = 86400


def digests(key: str | None, send: Send, context: str) -> list[str]:
    """Return the digests under which the request may be known, that of our present secret first; none without a key.

    A key is its user's. Nobody is behind an anonymous one but its request, so that is part of it: two people who hit
    upon one key do not meet.

    Raises ValueError for a key that is too short or too long.
    """
    if key is None:
        return []
    if not MIN_LENGTH <= len(key) <= MAX_LENGTH:
        raise ValueError(f"An idempotency key has {MIN_LENGTH} to {MAX_LENGTH} characters.")
    whose = ["", send.phone_number, send.purpose.name, send.channel, context]
    if send.user is not None:
        whose = [str(send.user.pk)]
    return [codes.digest(secret, "idempotency", key, *whose) for secret in secrets()]


def replay(known_as: list[str], send: Send, context: str) -> VerificationAttempt | None:
    """Return the attempt that the request has started already, as it now stands; None if it has not.

    Raises IdempotencyMismatch where that was another request, IdempotencyConflict while its first call is under way.
    """
    if not known_as:
        return None
    using = transactions.database()
    standings = (Standing.read(using, idempotency_digest=digest) for digest in known_as)
    standing = next(filter(None, standings), None)
    if standing is None:
        return None
    if standing.started_ago > KEPT_SECONDS:
        VerificationAttempt.objects.using(using).release(standing.attempt.pk)
        return None
    attempt, first = standing.attempt, standing.deliveries[0]
    contexts = [codes.digest(key, "context", context) for key in secrets()] if context else [""]
    asked = (send.phone_number, send.purpose.name, send.channel)
    if asked != (attempt.phone_number, attempt.purpose, first.channel) or attempt.context_digest not in contexts:
        raise IdempotencyMismatch
    if first.known_status == Delivery.Status.CREATED:
        left = get_config().request_deadline - first.age.total_seconds()
        raise IdempotencyConflict(max(math.ceil(left), 1), str(attempt.pk))
    return attempt
