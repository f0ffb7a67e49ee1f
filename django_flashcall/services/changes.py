"""Telling of a delivery's change of state: once each, when it is written, to the log and to who listens."""

from __future__ import annotations

import logging

from django.dispatch import Signal

from django_flashcall.models import Delivery, VerificationAttempt

logger = logging.getLogger("django_flashcall")


def tell(signal: Signal, delivery: Delivery, *, seconds: float = 0) -> None:
    """Tell that `delivery` is now what it says; `seconds` is how long the provider took to answer."""
    logger.log(
        logging.WARNING if delivery.refused else logging.INFO,
        "Delivery %s over %s: %s",
        delivery.pk.hex,
        delivery.reached_over,
        delivery.status,
        extra={
            "attempt": str(delivery.attempt_id),
            "delivery": delivery.pk.hex,
            "channel": delivery.reached_over,
            "status": str(delivery.status),
            "error_code": delivery.error_code,
            "duration_ms": round(seconds * 1000),
        },
    )
    signal.send_robust(sender=VerificationAttempt, attempt=delivery.attempt, delivery=delivery)
