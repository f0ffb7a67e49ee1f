"""Attempts: what became of each, told as a story, and what may be done about it."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from django_flashcall import services
from django_flashcall.admin import filters, records, words
from django_flashcall.admin.acting import TIMES, Act, ActingMixin, Order
from django_flashcall.admin.advice import advise
from django_flashcall.admin.attempts_csv import AttemptCsvMixin
from django_flashcall.admin.base import ReviewMixin, exactly, users_named
from django_flashcall.admin.finding import LOOKED_THROUGH, FindingMixin, attempts_ending, attempts_named
from django_flashcall.admin.number_acts import BLOCK, FORGIVE, UNBLOCK
from django_flashcall.admin.panels import limit_lines, number_panel, status_address, status_of
from django_flashcall.admin.states import STATES, with_state
from django_flashcall.admin.story import tell
from django_flashcall.conf import secrets
from django_flashcall.models import Delivery, Standing, VerificationAttempt, transactions
from django_flashcall.models.attempts import number_digest
from django_flashcall.models.clock import since
from django_flashcall.models.deliveries import DeliveryQuerySet
from django_flashcall.phones import E164
from django_flashcall.services import limiting
from django_flashcall.services.asking import ask_now

VIEW_FULL_PHONE = "flashcall.view_full_phone"
CHANGE_ATTEMPTS = "flashcall.change_verificationattempt"


def _cancel(attempt: VerificationAttempt, order: Order) -> str:
    services.cancel(attempt.pk, user=attempt.user)
    return gettext("Canceled the attempt: its codes are accepted no longer.")


def _ask(attempt: VerificationAttempt, order: Order) -> str:
    asked, news = ask_now(attempt.pk)
    if not asked:
        return gettext("There is nothing to ask the provider about: it has told all, or was asked often enough.")
    if not news:
        return gettext("Asked the provider: it does not know yet what became of it.")
    return ngettext(
        "Asked the provider: there is news of %(count)d delivery.",
        "Asked the provider: there is news of %(count)d deliveries.",
        news,
    ) % {"count": news}


CANCEL = Act(
    name="cancel",
    label=_("Cancel the attempt"),
    explains=_("Its codes are accepted no longer. The person may start again."),
    permission=CHANGE_ATTEMPTS,
    do=_cancel,
    applies=lambda attempt: attempt.status == VerificationAttempt.Status.PENDING,
)
ASK = Act(
    name="ask",
    label=_("Ask the provider now"),
    explains=_("What became of its calls and messages. It takes some seconds."),
    permission=CHANGE_ATTEMPTS,
    do=_ask,
    applies=lambda attempt: any(one.status in Delivery.PLACED for one in attempt.standing.deliveries),
)


class AttemptAdminMixin(AttemptCsvMixin, ActingMixin, FindingMixin, ReviewMixin):
    """The list of attempts, newest first, and the story of each.

    `class AttemptAdmin(AttemptAdminMixin, admin.ModelAdmin)`, with the `ModelAdmin` of the site or of its theme.
    """

    list_display = ["phone", "state", "created", "purpose", "channels", "wrong_codes", "cost", "user"]
    list_filter = [
        filters.NumberFilter,
        filters.BeforeFilter,
        filters.StateFilter,
        filters.ChannelFilter,
        filters.PurposeFilter,
        filters.RegionFilter,
        filters.CreatedFilter,
    ]
    search_fields = ["id"]  # opens the box; `get_search_results` does the search
    search_help_text = _(
        "The whole id of an attempt or a delivery, the provider's id of a message, a user name, or the last two to "
        "four digits of a number that was asked for of late."
    )
    story_template = "flashcall/admin/attempt.html"

    def get_acts(self) -> list[Act]:
        return [ASK, CANCEL, FORGIVE, BLOCK, UNBLOCK]

    # --- The list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[VerificationAttempt]:
        attempts: Any = super().get_queryset(request)
        if self._looks(request):
            before = filters.boundary(request.GET.get("before"))
            attempts, request.flashcall_oldest = attempts.newest(LOOKED_THROUGH, before=before)  # type: ignore[attr-defined]
        attempts = with_state(attempts).annotate(age=since("created_at"))
        kept: QuerySet[VerificationAttempt] = attempts.prefetch_related(Prefetch("deliveries", _deliveries()))
        return kept

    def _looks(self, request: HttpRequest) -> bool:
        """Tell whether the list is filtered by what no index helps with, and by nothing that one does."""
        page = getattr(request.resolver_match, "url_name", None)
        asked = request.GET
        return page == f"{self.opts.app_label}_{self.opts.model_name}_changelist" and (
            bool(filters.LOOKING & asked.keys()) and not asked.get("q") and "number" not in asked
        )

    def csv_end(self, request: HttpRequest) -> str:
        if getattr(request, "flashcall_oldest", None) is None:
            return ""
        said = gettext("Looked through %(count)d attempts, the newest first. The list goes on to older ones.")
        return said % {"count": LOOKED_THROUGH}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Keep the attempts that the term names wholly, or whose numbers end with it."""
        term = search_term.strip()
        if not term:
            return queryset, False
        # Looked up first: with an OR of subqueries PostgreSQL reads the whole table.
        named = attempts_named(term) + attempts_ending(term)
        return queryset.filter(Q(pk__in=named) | Q(user__in=users_named(term))), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.same_number_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_same_number"
        return [path("<str:object_id>/number/", view, name=name), *super().get_urls()]

    def same_number_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to all attempts for the number of one. No page has the digest that they are found by."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        attempt = self.get_object(request, object_id)
        if attempt is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        return redirect(self._list_of([attempt.phone_digest]))

    def _list_of(self, digests: list[str]) -> str:
        return f"{self.address('changelist')}?{urlencode({'number': '.'.join(digests)})}"

    def found(self, request: HttpRequest, number: E164) -> str | None:
        return self._list_of([number_digest(key, number) for key in secrets()])

    def changelist_view(  # type: ignore[override]  # a stream is no HttpResponse
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        response = super().changelist_view(request, extra_context=extra_context)
        changes = getattr(response, "context_data", None) or {}
        if "cl" not in changes:
            return response
        oldest = getattr(request, "flashcall_oldest", None)
        if oldest is not None:
            changes["looked_through"] = LOOKED_THROUGH
            changes["older_url"] = changes["cl"].get_query_string({"before": oldest}, ["p"])
        if "number" in request.GET and changes["cl"].result_list:
            changes["panel"] = number_panel(self, request, changes["cl"].result_list[0])
        return response

    @admin.display(description=_("state"))
    def state(self, attempt: Any) -> str:
        return format_html('<span class="flashcall-state flashcall-{}">{}</span>', attempt.state, STATES[attempt.state])

    @admin.display(description=_("channels"))
    def channels(self, attempt: VerificationAttempt) -> str:
        used = [channel for delivery in attempt.deliveries.all() for channel in delivery.channels]
        return ", ".join(words.channel(channel) for channel in dict.fromkeys(used))

    @admin.display(description=_("wrong codes"))
    def wrong_codes(self, attempt: VerificationAttempt) -> str:
        return _("%(checks)d of %(max_checks)d") % {"checks": attempt.checks, "max_checks": attempt.max_checks}

    @admin.display(description=_("cost"))
    def cost(self, attempt: VerificationAttempt) -> str:
        return words.cost(attempt.deliveries.all()) or str(self.get_empty_value_display())

    @admin.display(description=_("created"))
    def created(self, attempt: Any) -> str:
        when, moment = words.ago(attempt.age.total_seconds()), attempt.created_at
        return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exactly(moment), when)

    # --- The story ---

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the story of an attempt. Nothing is changed by this page: each act posts to its own address."""
        if not self.has_view_permission(request) or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        standing = _standing(unquote(object_id))
        if standing is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        context = {**self.admin_site.each_context(request), **self._story(request, standing), **(extra_context or {})}
        return TemplateResponse(request, self.story_template, context)

    def _story(self, request: HttpRequest, standing: Standing) -> dict[str, Any]:
        attempt = standing.attempt
        status = attempt.number_status = status_of(attempt.phone_number)  # type: ignore[attr-defined]
        holding = limiting.look(limiting.Subject.of(attempt))
        whole = request.user.has_perm(VIEW_FULL_PHONE)
        if whole:
            records.look(request, attempt)
        number = str(attempt.phone_number) if whole else attempt.masked_phone_number()
        return {
            "opts": self.opts,
            "media": self.media,
            "title": gettext("Attempt for %(number)s") % {"number": attempt.masked_phone_number()},
            "subtitle": None,
            "original": attempt,
            "attempt": attempt,
            "number": number,
            "state": standing.state,
            "state_word": STATES[standing.state],
            "advice": advise(standing, holding, status),
            "events": tell(standing),
            "facts": _facts(standing),
            "limits": limit_lines(holding),
            "checks": holding.checks,
            "acts": self.acts_on(request, attempt),
            "times": TIMES,
            "done": records.acts(attempt),
            "status": status,
            "status_url": status_address(self, request, status),
            "list_url": self.address("changelist"),
            "history_url": self.address("history", attempt.pk),
            "same_number_url": self.address("same_number", attempt.pk),
        }


@admin.register(VerificationAttempt)
class AttemptAdmin(AttemptAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """The attempts, in the site's own admin."""


def _standing(spelled: str) -> Standing | None:
    try:
        return Standing.whole(uuid.UUID(spelled), transactions.database())
    except ValueError:
        return None


def _facts(standing: Standing) -> list[tuple[str, str]]:
    """Return what is asked for when others are written to: ids, the cost, and where and until when it goes on."""
    attempt = standing.attempt
    ids = [
        (capfirst(words.channel(one.channel)), ", ".join(filter(None, [str(one.pk), one.provider_message_id])))
        for one in standing.deliveries
    ]
    checks = gettext("%(checks)d of %(max_checks)d") % {"checks": attempt.checks, "max_checks": attempt.max_checks}
    return [
        (gettext("Attempt"), str(attempt.pk)),
        *ids,
        (gettext("Cost"), words.cost(standing.deliveries) or "-"),
        (gettext("Wrong codes"), checks),
        (gettext("Region, language"), f"{attempt.region}, {attempt.language or '-'}"),
        (gettext("Can be continued until"), exactly(attempt.continue_until)),
    ]


def _deliveries() -> DeliveryQuerySet:
    return Delivery.objects.using(transactions.database()).order_by("created_at", "id")
