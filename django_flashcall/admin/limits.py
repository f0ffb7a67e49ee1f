"""Limits and breakers: who is limited now and why, and which provider is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, F, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from django_flashcall.admin import words
from django_flashcall.admin.base import QuickListMixin, exactly
from django_flashcall.admin.export import CsvExportMixin, stamp
from django_flashcall.admin.filters import OfferedFilter
from django_flashcall.admin.number_acts import CHANGE_LIMITS
from django_flashcall.admin.panels import attempt_address
from django_flashcall.conf import get_config
from django_flashcall.models import Limit, transactions
from django_flashcall.models.breakers import SCOPE, Breaker
from django_flashcall.models.clock import DbNow, until
from django_flashcall.models.limits import ANY
from django_flashcall.services import limiting


class RefusingFilter(OfferedFilter):
    """By whether it refuses now."""

    title = _("state")
    parameter_name = "refusing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("refuses now"))]

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        # The index on the end of the window is asked first: what has ended refuses nobody.
        return queryset.filter(ends_at__gt=DbNow(), refuses=True)


class BreakerFilter(OfferedFilter):
    """Limits on people, or breakers of providers."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("breaker", _("providers that fail")), ("limit", _("limits"))]

    def keep(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        if chosen != SCOPE:
            return queryset.exclude(scope=SCOPE)
        # By their keys, which are few: no index tells them from the many limits by their scope.
        return queryset.filter(key__in=Breaker.keys_of(get_config().providers))


class LimitAdminMixin(CsvExportMixin, QuickListMixin):
    """The list of limits, those that end last first. A row has only a digest: whom it counts is looked up."""

    list_display = ["what", "whose", "uses", "state", "left"]
    list_display_links = None
    list_filter = [RefusingFilter, BreakerFilter]
    ordering = ["-ends_at"]
    actions = ["forgive"]
    csv_has_numbers = False
    csv_columns = {
        _("what it counts"): lambda limit, full: _counts(limit),
        _("whose"): lambda limit, full: limit.subject,
        _("uses"): lambda limit, full: limit.count,
        _("allowed"): lambda limit, full: None if limit.maximum == ANY else limit.maximum,
        _("state"): lambda limit, full: _refuses(limit),
        _("ends at"): lambda limit, full: stamp(limit.ends_at),
    }

    def csv_rows(self, pks: Sequence[Any]) -> list[Limit]:
        """Return the limits, each with whom it counts, in two SELECTs."""
        return _with_subjects(_now_refusing(Limit.objects.using(transactions.database()).filter(pk__in=pks)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Limit]:
        return _now_refusing(super().get_queryset(request))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Look up whom the rows of this page count, all at once."""
        changes = super().get_changelist_instance(request)
        for limit in _with_subjects(changes.result_list):
            limit.subject_url = limit.latest and attempt_address(self, request, limit.latest)
        return changes

    def has_forgive_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(CHANGE_LIMITS)

    @admin.action(permissions=["forgive"], description=_("Forgive: another code can be asked for"))
    def forgive(self, request: HttpRequest, queryset: QuerySet[Limit]) -> None:
        """Let the chosen limits begin anew; those of the whole site, of providers and mere counts stay."""
        chosen = list(queryset)
        count = limiting.forgive_rows([limit.key for limit in chosen], by=request.user)
        if not count:
            messages.warning(request, gettext("None of these limits can be forgiven, or none is in use."))
            return
        done = ngettext(
            "Forgave %(count)d limit: another code can be asked for.",
            "Forgave %(count)d limits: another code can be asked for.",
            count,
        )
        messages.success(request, done % {"count": count})

    @admin.display(description=_("what it counts"))
    def what(self, limit: Limit) -> str:
        return _counts(limit)

    @admin.display(description=_("whose"))
    def whose(self, limit: Any) -> str:
        """Whom it counts, if that one asked of late, with the way to the latest attempt."""
        if not limit.subject:
            return str(self.get_empty_value_display())
        if not limit.subject_url:
            return str(limit.subject)
        return format_html('<a href="{}">{}</a>', limit.subject_url, limit.subject)

    @admin.display(description=_("uses"))
    def uses(self, limit: Limit) -> str:
        if limit.maximum == ANY:
            return str(limit.count)
        return _("%(uses)s of %(allowed)s") % {"uses": limit.count, "allowed": limit.maximum}

    @admin.display(description=_("state"))
    def state(self, limit: Any) -> str:
        if not limit.refuses:
            return str(self.get_empty_value_display())
        return format_html('<span class="flashcall-state flashcall-failed">{}</span>', _refuses(limit))

    @admin.display(description=_("ends in"))
    def left(self, limit: Any) -> str:
        seconds = limit.remains.total_seconds()
        said = words.within(seconds) if seconds > 0 else _("ended")
        return format_html(
            '<time datetime="{}" title="{}">{}</time>', limit.ends_at.isoformat(), exactly(limit.ends_at), said
        )


@admin.register(Limit)
class LimitAdmin(LimitAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """The limits, in the site's own admin."""


def _now_refusing(limits: QuerySet[Any]) -> QuerySet[Any]:
    """Add whether each refuses now, and for how long it goes on."""
    refuses = When(count__gte=F("maximum"), ends_at__gt=DbNow(), then=Value(True))
    judged: QuerySet[Any] = limits.annotate(refuses=Case(refuses, default=Value(False)), remains=until("ends_at"))
    return judged


def _with_subjects(limits: Iterable[Any]) -> list[Any]:
    """Add whom each counts, masked, if that one asked of late, and his latest attempt."""
    rows = list(limits)
    found = limiting.whose(rows)
    for limit in rows:
        limit.subject, limit.latest = found.get(limit.key, ("", None))
    return rows


def _counts(limit: Limit) -> str:
    return f"{words.scope(limit.scope, limit.period.total_seconds())} {limit.label}".strip()


def _refuses(limit: Any) -> str:
    if not limit.refuses:
        return ""
    return gettext("nothing is sent over it") if limit.scope == SCOPE else gettext("refuses")
