"""Attempts and deliveries that are written by hand, so that every figure can be added up on paper."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from django_flashcall.models import Delivery, Limit, VerificationAttempt
from django_flashcall.models.breakers import Breaker

_numbers = itertools.count(1)


def attempt(
    *deliveries: tuple[str, str] | tuple[str, str, dict[str, Any]],
    ago: float = 3600,
    took: float | None = None,
    over: str = "flashcall",
    redeemed: bool = False,
    number: str = "+380501234503",
    region: str = "UA",
    **columns: Any,
) -> VerificationAttempt:
    """Write an attempt that began so many seconds ago, and was verified after `took` where that is given, `over`
    a channel.

    Each delivery is a channel, a status and other columns, ten seconds after the one before.
    """
    begun = timezone.now() - timedelta(seconds=ago)
    verified = None if took is None else begun + timedelta(seconds=took)
    written = VerificationAttempt.objects.create(
        phone_number=number,
        phone_digest=f"{next(_numbers):064}",
        region=region,
        purpose="signup",
        status="pending" if verified is None else "verified",
        created_at=begun,
        expires_at=begun + timedelta(seconds=700),
        continue_until=begun + timedelta(seconds=600),
        verified_at=verified,
        verified_channel="" if verified is None else over,
        redeemed_at=verified if redeemed else None,
        **{"max_checks": 3, "ip_address": "93.184.216.34", **columns},
    )
    for position, (channel, status, *more) in enumerate(deliveries or [("flashcall", "accepted")]):
        _delivery(written, channel, status, position, more)
    return written


def _delivery(
    written: VerificationAttempt, channel: str, status: str, position: int, more: Sequence[dict[str, Any]]
) -> None:
    sent = written.created_at + timedelta(seconds=10 * position)
    Delivery.objects.create(
        attempt=written,
        channel=channel,
        status=status,
        code_digest="0" * 64,
        code_length=4,
        created_at=sent,
        expires_at=sent + timedelta(seconds=90),
        **{"provider": "default", **(more[0] if more else {})},
    )


def paid(amount: str, currency: str = "UAH") -> dict[str, Any]:
    """Return the columns of a delivery with a cost."""
    return {"cost": Decimal(amount), "currency": currency}


def in_every_section() -> None:
    """Write what gives each section of the health page something to say, alarms included."""
    for last in range(40):
        attempt(
            *[("flashcall", "delivered", paid("0.12")), ("sms", "rejected", {"error_code": "invalid_number"})],
            number=f"+3805099945{last:02}",
            took=5 + last if last < 8 else None,
            checks=0 if last < 8 else 3,
            ip_address=None,
        )
    Breaker("default", 0, 0).count_failure(Limit.objects.all(), "credentials", at_once=True)
    hour = timedelta(hours=1)
    Limit.objects.create(key="0" * 64, scope="ip", maximum=1, count=1, period=hour, ends_at=timezone.now() + hour)
