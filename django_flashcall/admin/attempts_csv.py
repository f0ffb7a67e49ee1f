"""The list of attempts as a CSV file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from django_flashcall.admin.export import CsvExportMixin, stamp
from django_flashcall.admin.states import STATES, with_state
from django_flashcall.models import Delivery, VerificationAttempt, transactions


class AttemptCsvMixin(CsvExportMixin):
    """For the model admin of attempts. No column has a code, a digest or what a client sent."""

    csv_columns = {
        _("id"): lambda attempt, full: attempt.pk,
        _("created"): lambda attempt, full: stamp(attempt.created_at),
        _("phone number"): lambda attempt, full: str(attempt.phone_number) if full else attempt.masked_phone_number(),
        _("region"): lambda attempt, full: attempt.region,
        _("purpose"): lambda attempt, full: attempt.purpose,
        _("state"): lambda attempt, full: STATES[attempt.state],
        _("channels"): lambda attempt, full: ", ".join(_channels(attempt)),
        _("wrong codes"): lambda attempt, full: attempt.checks,
        _("wrong codes allowed"): lambda attempt, full: attempt.max_checks,
        _("verified at"): lambda attempt, full: stamp(attempt.verified_at),
        _("proof redeemed at"): lambda attempt, full: stamp(attempt.redeemed_at),
        _("cost"): lambda attempt, full: _cost(attempt),
        _("user"): lambda attempt, full: attempt.user and attempt.user.get_username(),
    }

    def csv_rows(self, pks: Sequence[Any]) -> QuerySet[VerificationAttempt]:
        """Return the attempts with their states, users and deliveries, in two SELECTs."""
        deliveries = Delivery.objects.using(transactions.database()).order_by("created_at", "id")
        attempts = VerificationAttempt.objects.using(transactions.database()).filter(pk__in=pks).select_related("user")
        return with_state(attempts).prefetch_related(Prefetch("deliveries", deliveries))


def _channels(attempt: VerificationAttempt) -> list[str]:
    return list(dict.fromkeys(channel for delivery in attempt.deliveries.all() for channel in delivery.channels))


def _cost(attempt: VerificationAttempt) -> str:
    costs: defaultdict[str, Decimal] = defaultdict(Decimal)
    for delivery in attempt.deliveries.all():
        if delivery.cost is not None:
            costs[delivery.currency] += delivery.cost
    return "; ".join(f"{amount.normalize():f} {currency}".strip() for currency, amount in costs.items())
