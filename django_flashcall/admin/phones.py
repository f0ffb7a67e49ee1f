"""Phone statuses: whose each number is, which are blocked, by whom and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from django_flashcall.admin import records, words
from django_flashcall.admin.acting import TIMES, Act, ActingMixin
from django_flashcall.admin.advice import block_end, is_blocked, of_block, of_limits
from django_flashcall.admin.attempts import VIEW_FULL_PHONE
from django_flashcall.admin.base import ReviewMixin, exactly, users_named
from django_flashcall.admin.export import CsvExportMixin, stamp
from django_flashcall.admin.finding import FindingMixin
from django_flashcall.admin.number_acts import BLOCK, FORGIVE, RELEASE, UNBLOCK
from django_flashcall.admin.panels import attempt_address, limit_lines, limits_of
from django_flashcall.admin.states import STATES, with_state
from django_flashcall.models import PhoneStatus, VerificationAttempt, transactions
from django_flashcall.phones import E164

HISTORY = 20
"""Attempts, the newest, that a number's page shows."""


class PhoneStatusAdminMixin(CsvExportMixin, ActingMixin, FindingMixin, ReviewMixin):
    """The list of numbers of which something is known, newest first, and what is known of each."""

    list_display = ["phone", "state", "user", "verified_at", "verified_channel", "blocked_until", "block_reason"]
    search_fields = ["user"]  # opens the box; `get_search_results` does the search
    search_help_text = _(
        "The user name of an owner. Not a phone number: it would be left in the browser's history and in server logs."
    )
    number_template = "flashcall/admin/phone.html"
    csv_columns = {
        _("phone number"): lambda status, full: str(status.phone_number) if full else status.masked_phone_number(),
        _("state"): lambda status, full: _state(status),
        _("user"): lambda status, full: status.user and status.user.get_username(),
        _("verified at"): lambda status, full: stamp(status.verified_at),
        _("verified channel"): lambda status, full: status.verified_channel,
        _("blocked until"): lambda status, full: stamp(status.blocked_until),
        _("block reason"): lambda status, full: status.block_reason,
    }

    def csv_rows(self, pks: Sequence[Any]) -> QuerySet[PhoneStatus]:
        """Return the statuses with their owners and the time that they are blocked, in one SELECT."""
        statuses = PhoneStatus.objects.using(transactions.database()).with_block()
        return statuses.filter(pk__in=pks).select_related("user")

    def get_acts(self) -> list[Act]:
        return [BLOCK, UNBLOCK, RELEASE, FORGIVE]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhoneStatus]:
        statuses: Any = super().get_queryset(request)
        return statuses.with_block()  # type: ignore[no-any-return]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Keep the numbers of the user whose whole name is the term."""
        term = search_term.strip()
        return (queryset.filter(user__in=users_named(term)) if term else queryset), False

    def found(self, request: HttpRequest, number: E164) -> str | None:
        status = PhoneStatus.objects.using(transactions.database()).filter(phone_number=number).first()
        return self.address("change", status.pk) if status else None

    @admin.display(description=_("state"))
    def state(self, status: Any) -> str:
        return _state(status) or str(self.get_empty_value_display())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what is known of a number. Nothing is changed by this page: each act posts to its own address."""
        if not self.has_view_permission(request) or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        status = self.get_object(request, unquote(object_id))
        if status is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        context = {**self.admin_site.each_context(request), **self._known(request, status), **(extra_context or {})}
        return TemplateResponse(request, self.number_template, context)

    def _known(self, request: HttpRequest, status: PhoneStatus) -> dict[str, Any]:
        holding = limits_of(status)
        whole = request.user.has_perm(VIEW_FULL_PHONE)
        if whole:
            records.look(request, status)
        number = str(status.phone_number) if whole else status.masked_phone_number()
        attempts = VerificationAttempt.objects.using(transactions.database()).for_number(status.phone_number)
        return {
            "opts": self.opts,
            "media": self.media,
            "title": gettext("Number %(number)s") % {"number": status.masked_phone_number()},
            "subtitle": None,
            "original": status,
            "status": status,
            "number": number,
            "state_word": _state(status) or gettext("nobody's"),
            "blocked": is_blocked(status),
            "block_end": block_end(status),
            "told": [*of_block(status), *of_limits(holding)],
            "limits": limit_lines(holding),
            "checks": holding.checks,
            "verified": _verified(status),
            "attempts": [self._line(request, attempt) for attempt in with_state(attempts).order_by("-pk")[:HISTORY]],
            "acts": self.acts_on(request, status),
            "times": TIMES,
            "done": records.acts(status),
            "list_url": self.address("changelist"),
            "history_url": self.address("history", status.pk),
        }

    def _line(self, request: HttpRequest, attempt: Any) -> dict[str, Any]:
        url = attempt_address(self, request, attempt)
        at = exactly(attempt.created_at)
        return {
            "at": at,
            "purpose": attempt.purpose,
            "url": url,
            "state": attempt.state,
            "state_word": STATES[attempt.state],
        }


@admin.register(PhoneStatus)
class PhoneStatusAdmin(PhoneStatusAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """The numbers, in the site's own admin."""


def _verified(status: PhoneStatus) -> str:
    if not status.is_verified or status.verified_at is None:
        return ""
    at, channel = exactly(status.verified_at), words.channel(status.verified_channel)
    return gettext("Verified at %(at)s over %(channel)s.") % {"at": at, "channel": channel}


def _state(status: PhoneStatus) -> str:
    """Both words apply to an owner's number that is blocked, and none to one whose owner is gone."""
    known = [(status.is_verified, _("verified")), (is_blocked(status), _("blocked"))]
    return ", ".join(str(word) for applies, word in known if applies)
