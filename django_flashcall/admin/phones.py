"""Phone statuses: whose each number is, and which are blocked."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from django_flashcall.admin.base import ReviewAdmin, users_named
from django_flashcall.models import PhoneStatus
from django_flashcall.models.clock import DbNow


@admin.register(PhoneStatus)
class PhoneStatusAdmin(ReviewAdmin):
    """The list of numbers of which something is known, newest first."""

    list_display = ["phone", "state", "user", "verified_at", "verified_channel", "blocked_until", "block_reason"]
    search_fields = ["user"]  # opens the box; `get_search_results` does the search
    search_help_text = _(
        "The user name of an owner. Not a phone number: it would be left in the browser's history and in server logs."
    )
    fields = ["phone", "state", "user", "verified_at", "verified_channel", "blocked_until", "block_reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhoneStatus]:
        blocked = Case(When(blocked_until__gt=DbNow(), then=Value(True)), default=Value(False))
        statuses: QuerySet[PhoneStatus] = super().get_queryset(request)
        return statuses.annotate(blocked=blocked)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Keep the numbers of the user whose whole name is the term."""
        term = search_term.strip()
        return (queryset.filter(user__in=users_named(term)) if term else queryset), False

    @admin.display(description=_("state"))
    def state(self, status: Any) -> str:
        """Both words apply to an owner's number that is blocked, and none to one whose owner is gone."""
        words = [(status.is_verified, _("verified")), (status.blocked, _("blocked"))]
        return ", ".join(str(word) for applies, word in words if applies) or self.get_empty_value_display()
