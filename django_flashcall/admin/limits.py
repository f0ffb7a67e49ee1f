"""Limits and breakers: which are used up now, and which provider is left alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Case, F, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from django_flashcall.admin.base import CappedPaginator, ReadOnly, to_the_second
from django_flashcall.admin.filters import OfferedFilter
from django_flashcall.models import Limit, transactions
from django_flashcall.models.breakers import SCOPE
from django_flashcall.models.clock import DbNow


class RefusingFilter(OfferedFilter):
    """By whether it refuses now."""

    title = _("state")
    parameter_name = "refusing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("refuses now"))]

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(refuses=True)


class BreakerFilter(OfferedFilter):
    """Limits on people, or breakers of providers."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("breaker", _("providers that fail")), ("limit", _("limits"))]

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(scope=SCOPE) if chosen == SCOPE else queryset.exclude(scope=SCOPE)


@admin.register(Limit)
class LimitAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """The list of limits, those that end last first. A row tells what it counts only where that is nobody's."""

    list_display = ["scope", "label", "uses", "state", "ends"]
    list_display_links = None
    list_filter = [RefusingFilter, BreakerFilter]
    ordering = ["-ends_at"]
    sortable_by = []  # what is refused now ends last
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    ends = to_the_second("ends_at", _("until"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Limit]:
        refuses = When(count__gte=F("maximum"), ends_at__gt=DbNow(), then=Value(True))
        limits: QuerySet[Limit] = super().get_queryset(request).using(transactions.database())
        return limits.annotate(refuses=Case(refuses, default=Value(False)))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in {RefusingFilter.parameter_name, BreakerFilter.parameter_name}

    @admin.display(description=_("uses"))
    def uses(self, limit: Limit) -> str:
        return _("%(uses)s of %(allowed)s") % {"uses": limit.count, "allowed": limit.maximum}

    @admin.display(description=_("state"))
    def state(self, limit: Any) -> str:
        if not limit.refuses:
            return str(self.get_empty_value_display())
        return str(_("nothing is sent over it") if limit.scope == SCOPE else _("refuses"))
