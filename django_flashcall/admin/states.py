"""The derived state of many attempts in one query: the rules of `Standing.state`, in SQL."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.models.clock import DbNow

PENDING = VerificationAttempt.Status.PENDING
UNEXPIRED = Q(expires_at__gt=DbNow())
EXHAUSTED = Q(checks__gte=F("max_checks"))

STATES = {
    "pending": _("pending"),
    "verified": _("verified"),
    "canceled": _("canceled"),
    "exhausted": _("exhausted"),
    "failed": _("failed"),
    "expired": _("expired"),
}
"""Each state with its word."""


def with_state(attempts: QuerySet[VerificationAttempt]) -> QuerySet[VerificationAttempt]:
    """Add `state` to attempts, a key of `STATES`, by the database's clock."""
    deliveries = Delivery.objects.filter(attempt=OuterRef("pk"))
    # Not EXISTS, for which PostgreSQL may read the deliveries of all attempts instead of these.
    live = deliveries.filter(UNEXPIRED).exclude(status__in=Delivery.REFUSED).values("pk")[:1]
    newest = deliveries.order_by("-created_at", "-id").values("status")[:1]
    state = Case(
        When(~Q(status=PENDING), then=F("status")),
        When(EXHAUSTED, then=Value("exhausted")),
        When(UNEXPIRED & Q(live__isnull=False), then=Value("pending")),
        When(newest_status__in=Delivery.REFUSED, then=Value("failed")),
        default=Value("expired"),
    )
    return attempts.alias(live=Subquery(live), newest_status=Subquery(newest)).annotate(state=state)


def in_state(attempts: QuerySet[Any], state: str) -> QuerySet[Any]:
    """Keep the attempts in a state, of those that `with_state` returned.

    The attempts' own columns are asked first: else PostgreSQL looks up the deliveries of every attempt.
    """
    if state in {VerificationAttempt.Status.VERIFIED, VerificationAttempt.Status.CANCELED}:
        return attempts.filter(status=state)
    unsettled = attempts.filter(status=PENDING)
    if state == "exhausted":
        return unsettled.filter(EXHAUSTED)
    if state == "pending":
        return unsettled.filter(UNEXPIRED, state=state)
    return unsettled.filter(state=state)


def over_channel(attempts: QuerySet[Any], channel: str) -> QuerySet[Any]:
    """Keep the attempts of which a delivery began on this channel, or arrived over it."""
    deliveries = Delivery.objects.filter(Q(channel=channel) | Q(delivered_channel=channel), attempt=OuterRef("pk"))
    # Not EXISTS, as above.
    kept: QuerySet[Any] = attempts.alias(over=Subquery(deliveries.values("pk")[:1])).filter(over__isnull=False)
    return kept
