"""The derived state of many attempts in one query: the rules of `Standing.state`, in SQL."""

from __future__ import annotations

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.models.clock import DbNow

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
    live = deliveries.filter(expires_at__gt=DbNow()).exclude(status__in=Delivery.REFUSED)
    newest = deliveries.order_by("-created_at", "-id").values("status")[:1]
    state = Case(
        When(~Q(status=VerificationAttempt.Status.PENDING), then=F("status")),
        When(checks__gte=F("max_checks"), then=Value("exhausted")),
        When(Exists(live), expires_at__gt=DbNow(), then=Value("pending")),
        When(newest_status__in=Delivery.REFUSED, then=Value("failed")),
        default=Value("expired"),
    )
    return attempts.alias(newest_status=Subquery(newest)).annotate(state=state)
