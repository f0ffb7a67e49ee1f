"""The derived state of many attempts in one query: the rules of `Standing.state`, in SQL."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
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
    live = deliveries.filter(UNEXPIRED).exclude(status__in=Delivery.REFUSED)
    newest = deliveries.order_by("-created_at", "-id").values("status")[:1]
    state = Case(
        When(~Q(status=PENDING), then=F("status")),
        When(EXHAUSTED, then=Value("exhausted")),
        When(UNEXPIRED & Exists(live), then=Value("pending")),
        When(newest_status__in=Delivery.REFUSED, then=Value("failed")),
        default=Value("expired"),
    )
    return attempts.alias(newest_status=Subquery(newest)).annotate(state=state)


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
