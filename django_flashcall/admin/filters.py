"""The filters of the list of attempts."""

from __future__ import annotations

import re
import uuid
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from django_flashcall.admin import words
from django_flashcall.admin.states import STATES, in_state, over_channel
from django_flashcall.conf import get_config
from django_flashcall.models import VerificationAttempt, transactions
from django_flashcall.models.clock import in_seconds

WINDOWS = {
    "1h": (3600, _("Last hour")),
    "24h": (24 * 3600, _("Last 24 hours")),
    "7d": (7 * 24 * 3600, _("Last 7 days")),
    "30d": (30 * 24 * 3600, _("Last 30 days")),
}
"""Seconds back from now, and what that is called."""
DIGESTS: Final = re.compile(r"[0-9a-f]{64}(\.[0-9a-f]{64}){0,9}", re.ASCII)
REGIONS_FROM: Final = 1000
"""Attempts, the newest, whose regions are offered where the site sends to every region."""


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


class ChannelFilter(OfferedFilter):
    """By a channel that was tried: of those that a purpose has."""

    title = _("channel")
    parameter_name = "channel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = [channel for purpose in get_config().purposes.values() for channel in purpose.channels]
        return [(name, words.channel(name)) for name in dict.fromkeys(names)]

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return over_channel(queryset, chosen)


class PurposeFilter(OfferedFilter):
    """By purpose: those that are declared, because asking the table which it has reads all of it."""

    title = _("purpose")
    parameter_name = "purpose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, name) for name in get_config().purposes]

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(purpose=chosen)


class RegionFilter(OfferedFilter):
    """By region: those that are allowed, or those of the newest attempts where all are."""

    title = _("region")
    parameter_name = "region"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        allowed = get_config().allowed_regions
        if allowed is None:
            newest = VerificationAttempt.objects.using(transactions.database()).order_by("-pk")
            allowed = frozenset(newest.values_list("region", flat=True)[:REGIONS_FROM])
        return [(region, region) for region in sorted(allowed)]

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(region=chosen)


class CreatedFilter(OfferedFilter):
    """By age, up to a round time ago."""

    title = _("created")
    parameter_name = "created"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(window, label) for window, (_seconds, label) in WINDOWS.items()]

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        seconds, _label = WINDOWS[chosen]
        return queryset.filter(created_at__gt=in_seconds(-seconds))


class QuietFilter(admin.SimpleListFilter):
    """A filter that is shown, and asked, only while it has a value that we have made: by a form or a link."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        chosen = self.value()
        return [(chosen, self.chosen)] if chosen and self.meant(chosen) else []

    chosen: Any
    """What the one value on offer is called."""

    @staticmethod
    def meant(value: str) -> bool:
        """Tell whether this is a value that we have made."""
        raise NotImplementedError


class NumberFilter(QuietFilter):
    """By whole number, under its keyed digests: the number itself is in no address."""

    title = _("number")
    parameter_name = "number"
    chosen = _("the one that was searched for")

    @staticmethod
    def meant(value: str) -> bool:
        return DIGESTS.fullmatch(value) is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(phone_digest__in=str(self.value()).split("."))


class BeforeFilter(QuietFilter):
    """By where the filters have looked already. The list itself keeps what is older."""

    title = _("looking at")
    parameter_name = "before"
    chosen = _("older attempts")

    @staticmethod
    def meant(value: str) -> bool:
        return boundary(value) is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


def boundary(value: str | None) -> uuid.UUID | None:
    """Return the id that attempts are to be older than, or None."""
    try:
        return uuid.UUID(value) if value and len(value) == 36 else None
    except ValueError:
        return None


LOOKING: Final = frozenset({"state", "channel", "purpose", "region"})
"""Filters for which there is no index, or none that is worth its price at every request for a code."""
