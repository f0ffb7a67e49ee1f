"""What staff may do from a page: each act is a form of its own, a permission, and a line in the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from django_flashcall.admin import records
from django_flashcall.admin.base import MixedIn
from django_flashcall.exceptions import FlashcallError
from django_flashcall.services.blocking import FOR_GOOD

REASON_LENGTH: Final = 200
TIMES: Final = [
    (3600, gettext_lazy("1 hour")),
    (86400, gettext_lazy("1 day")),
    (7 * 86400, gettext_lazy("7 days")),
    (30 * 86400, gettext_lazy("30 days")),
    (FOR_GOOD, gettext_lazy("until somebody unblocks it")),
]
"""Seconds for which a number may be blocked, and what that is called."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """An act that somebody asks for, as far as its form goes."""

    request: HttpRequest
    reason: str
    seconds: int | None


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that staff may do about a row."""

    name: str
    label: str | Promise
    explains: str | Promise
    """What it does, in a sentence."""
    permission: str
    do: Callable[[Any, Order], str]
    """Do it about a row, and return what is told and written. Raises FlashcallError or ValidationError."""
    applies: Callable[[Any], bool] = lambda row: True
    needs_reason: bool = False
    lasts: bool = False
    """It is for a time, which is asked for."""


class ActForm(forms.Form):
    """What an act is given."""

    reason = forms.CharField(max_length=REASON_LENGTH, required=False)
    seconds = forms.TypedChoiceField(choices=TIMES, coerce=int, required=False, empty_value=None)


class ActingMixin(MixedIn):
    """Gives a page the acts of its rows. Each answers to POST alone, and says on the page what came of it."""

    def get_acts(self) -> list[Act]:
        """Return what may be done."""
        raise NotImplementedError

    def acts_on(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        """Return the acts that this member of staff may do about a row now, each with its address."""
        address = f"admin:{self.opts.app_label}_{self.opts.model_name}_act"
        return [
            {"act": act, "url": reverse(address, args=[row.pk, act.name], current_app=self.admin_site.name)}
            for act in self.get_acts()
            if request.user.has_perm(act.permission) and act.applies(row)
        ]

    def get_urls(self) -> list[URLPattern]:
        view: Any = self.admin_site.admin_view(require_POST(self.act_view))
        for alias in connections:  # what asks the provider may be in nobody's transaction
            view = transaction.non_atomic_requests(using=alias)(view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        return [path("<str:object_id>/do/<slug:name>/", view, name=name), *super().get_urls()]

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Do one act, write it, and go back to the row's page."""
        act = next((act for act in self.get_acts() if act.name == name), None)
        if act is None or not self.has_view_permission(request) or not request.user.has_perm(act.permission):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        self._do(act, row, request)
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return redirect(reverse(page, args=[row.pk], current_app=self.admin_site.name))

    def _do(self, act: Act, row: Any, request: HttpRequest) -> None:
        form = ActForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Nothing was done: the form was not filled in as it should be."))
            return
        reason, seconds = form.cleaned_data["reason"], form.cleaned_data["seconds"]
        if (act.needs_reason and not reason) or (act.lasts and not seconds):
            messages.error(request, _("Nothing was done: say why."))
            return
        try:
            done = act.do(row, Order(request=request, reason=reason, seconds=seconds))
        except (FlashcallError, ValidationError):
            messages.error(request, _("Nothing was done: that is not possible any more."))
            return
        with_reason = _("%(done)s Reason: %(reason)s") % {"done": done, "reason": reason}
        records.act(request, row, with_reason if reason else done)
        messages.success(request, done)
