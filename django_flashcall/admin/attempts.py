"""Attempts: what became of each, and of each of its deliveries."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_flashcall.admin.base import ReadOnly, ReviewAdmin, to_the_second, users_named
from django_flashcall.admin.filters import CreatedFilter, PurposeFilter, StateFilter
from django_flashcall.admin.states import STATES, with_state
from django_flashcall.models import Delivery, VerificationAttempt, transactions
from django_flashcall.models.deliveries import DeliveryQuerySet


class DeliveryInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable at run time
    """The deliveries of an attempt, oldest first."""

    model = Delivery
    fields = ["channel", "provider", "known_status", "created", "expires", "error_code", "price"]
    readonly_fields = ["known_status", "created", "expires", "price"]

    created = to_the_second("created_at", _("created"))
    expires = to_the_second("expires_at", _("expires"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return _deliveries().with_clock()

    @admin.display(description=_("status"))
    def known_status(self, delivery: Delivery) -> str | Promise:
        return Delivery.Status(delivery.known_status).label

    @admin.display(description=_("cost"))
    def price(self, delivery: Delivery) -> str | Promise:
        if delivery.cost is None:
            return self.get_empty_value_display()
        return f"{number_format(delivery.cost.normalize())} {delivery.currency}".strip()


@admin.register(VerificationAttempt)
class AttemptAdmin(ReviewAdmin):
    """The list of attempts, newest first, and each with its deliveries."""

    list_display = ["phone", "state", "created", "purpose", "channels", "wrong_codes", "user"]
    list_filter = [StateFilter, PurposeFilter, CreatedFilter]
    search_fields = ["id"]  # opens the box; `get_search_results` does the search
    search_help_text = _(
        "The whole id of an attempt or a delivery, the provider's id of a message, or a user name. "
        "Not a phone number: it would be left in the browser's history and in server logs."
    )
    inlines = [DeliveryInline]
    fieldsets = [
        (None, {"fields": ["phone", "state", "purpose", "wrong_codes", "user", "owner"]}),
        (_("Times"), {"fields": ["created", "expires", "continuable", "verified", "redeemed"]}),
        (_("Client"), {"fields": ["ip_address", "user_agent", "language", "region"], "classes": ["collapse"]}),
    ]

    created = to_the_second("created_at", _("created"))
    expires = to_the_second("expires_at", _("expires"))
    continuable = to_the_second("continue_until", _("can be continued until"))
    verified = to_the_second("verified_at", _("verified at"))
    redeemed = to_the_second("redeemed_at", _("proof redeemed at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[VerificationAttempt]:
        return with_state(super().get_queryset(request)).prefetch_related(Prefetch("deliveries", _deliveries()))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Keep the attempts that the term names wholly; no column is searched for a part of it."""
        term = search_term.strip()
        if not term:
            return queryset, False
        # Looked up first: with an OR of subqueries PostgreSQL reads the whole table.
        return queryset.filter(Q(pk__in=_attempts_named(term)) | Q(user__in=users_named(term))), False

    @admin.display(description=_("state"))
    def state(self, attempt: Any) -> str | Promise:
        return STATES[attempt.state]

    @admin.display(description=_("channels"))
    def channels(self, attempt: VerificationAttempt) -> str:
        return ", ".join(dict.fromkeys(delivery.channel for delivery in attempt.deliveries.all()))

    @admin.display(description=_("wrong codes"))
    def wrong_codes(self, attempt: VerificationAttempt) -> str:
        return _("%(checks)d of %(max_checks)d") % {"checks": attempt.checks, "max_checks": attempt.max_checks}


def _deliveries() -> DeliveryQuerySet:
    return Delivery.objects.using(transactions.database()).order_by("created_at", "id")


def _attempts_named(term: str) -> list[uuid.UUID]:
    """Return the ids of the attempts that an id spells: theirs, one of a delivery, or a provider's."""
    try:
        ids = [uuid.UUID(term)]
    except ValueError:
        ids = []
    deliveries = Delivery.objects.using(transactions.database()).filter(Q(pk__in=ids) | Q(provider_message_id=term))
    return [*ids, *deliveries.values_list("attempt_id", flat=True)]
