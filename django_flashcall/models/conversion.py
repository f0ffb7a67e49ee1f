"""Conversion: how many of those who were sent a code have entered it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Length, Substr

from django_flashcall.models.attempts import VerificationAttempt
from django_flashcall.models.clock import DbNow, in_seconds
from django_flashcall.models.deliveries import NOBODY, Delivery
from django_flashcall.phones import PREFIX_LESS

SCOPES: dict[str, Combinable] = {
    "prefix": Substr("phone_number", 1, Length("phone_number") - PREFIX_LESS),
    "region": F("region"),
}
"""What attempts are put together by."""


@dataclass(frozen=True)
class Conversion:
    """What became of the attempts for the numbers of one prefix or region."""

    scope: str
    value: str
    sent: int
    """Those to which a code was sent, less those whose code may still be entered."""
    verified: int
    exhausted: int = 0
    """Those for which as many wrong codes were entered as are allowed."""


def conversions(using: str, seconds: int, *, least: int) -> list[Conversion]:
    """Return what became of the attempts of the last `seconds`, for each prefix and region that had at least so many.

    What no provider took was not sent, and neither was what went to one of TEST_NUMBERS. A SELECT for each scope.
    """
    placed = Delivery.objects.filter(attempt=OuterRef("pk")).exclude(status__in=Delivery.REFUSED)
    settled = Q(verified_at__isnull=False) | Q(expires_at__lte=DbNow())
    attempts = VerificationAttempt.objects.using(using).filter(created_at__gt=in_seconds(-seconds))
    sent: QuerySet[Any] = attempts.filter(settled, Exists(placed.exclude(provider=NOBODY)))
    spent = Q(status=VerificationAttempt.Status.PENDING, checks__gte=F("max_checks"))
    counts = {"sent": Count("pk"), "verified": Count("verified_at"), "exhausted": Count("pk", filter=spent)}
    return [
        Conversion(scope, *row)
        for scope, value in SCOPES.items()
        for row in sent.values(value=value)
        .annotate(**counts)
        .filter(sent__gte=least)
        .order_by("value")
        .values_list("value", *counts)
    ]
