"""The filters of the list of attempts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from django_flashcall.admin.states import STATES, in_state
from django_flashcall.conf import get_config
from django_flashcall.models.clock import in_seconds

WINDOWS = {
    "1h": (3600, _("Last hour")),
    "24h": (24 * 3600, _("Last 24 hours")),
    "7d": (7 * 24 * 3600, _("Last 7 days")),
    "30d": (30 * 24 * 3600, _("Last 30 days")),
}
"""Seconds back from now, and what that is called."""


class OfferedFilter(admin.SimpleListFilter):
    """A filter that leaves the list as it is when the URL asks for what it does not offer, such as a NUL."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        offered = {value for value, _label in self.lookup_choices}
        return self.keep(queryset, chosen) if chosen in offered else queryset

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        """Return the rows that match one of the values on offer."""
        raise NotImplementedError


class StateFilter(OfferedFilter):
    """By derived state."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(STATES.items())

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return in_state(queryset, chosen)


class PurposeFilter(OfferedFilter):
    """By purpose: those that are declared, because asking the table which it has reads all of it."""

    title = _("purpose")
    parameter_name = "purpose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, name) for name in get_config().purposes]

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(purpose=chosen)


class CreatedFilter(OfferedFilter):
    """By age, up to a round time ago."""

    title = _("created")
    parameter_name = "created"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(window, label) for window, (_seconds, label) in WINDOWS.items()]

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        seconds, _label = WINDOWS[chosen]
        return queryset.filter(created_at__gt=in_seconds(-seconds))
