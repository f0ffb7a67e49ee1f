"""The handset page, and what it shows as JSON."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from django_flashcall.phones import E164, E164_NUMBER
from django_flashcall.sandbox.events import LABELS
from django_flashcall.sandbox.forms import HandsetForm, ReportsForm
from django_flashcall.sandbox.handset import SandboxDown, demand_reports, recent_numbers
from django_flashcall.sandbox.handset import events as handset_events
from django_flashcall.sandbox.handset import reports as handset_reports
from django_flashcall.sandbox.reports import LABELS as KINDS
from django_flashcall.sandbox.reports import Kind
from django_flashcall.sandbox.scenarios import BY_LAST_DIGITS


def debug_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return the view as one that does not exist with DEBUG off."""

    @functools.wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return shown


@login_not_required
@debug_only
@cache_control(no_store=True)
@require_GET
def handset(request: HttpRequest) -> HttpResponse:
    """Show the handset of `?number=`, or only the field for one."""
    form = HandsetForm(request.GET if "number" in request.GET else None)
    number = form.cleaned_data["number"] if form.is_valid() else None
    context = {"form": form, "number": number, "labels": LABELS, "scenarios": BY_LAST_DIGITS}
    try:
        context |= {"recent_numbers": recent_numbers(), "events": handset_events(number) if number else []}
        context |= {"kinds": KINDS, "reports": handset_reports(number) if number else None}
    except SandboxDown as down:
        context["problem"] = str(down)
    return render(request, "flashcall/sandbox/handset.html", context)


@login_not_required
@debug_only
@cache_control(no_store=True)
@require_GET
def events(request: HttpRequest, number: str) -> JsonResponse:
    """Return what the handset of an E.164 number got, newest first."""
    if not E164_NUMBER.fullmatch(number):
        return JsonResponse({"error": "not_found", "detail": _("This is not a number in E.164.")}, status=404)
    try:
        got = handset_events(E164(number))
    except SandboxDown as down:
        return JsonResponse({"error": "sandbox_down", "detail": str(down)}, status=503)
    return JsonResponse({"events": [event.as_json() for event in got]})


@login_not_required
@debug_only
@cache_control(no_store=True)
@require_GET
def numbers(request: HttpRequest) -> JsonResponse:
    """Return the numbers whose handsets got something, the latest first."""
    try:
        return JsonResponse({"numbers": recent_numbers()})
    except SandboxDown as down:
        return JsonResponse({"error": "sandbox_down", "detail": str(down)}, status=503)


@login_not_required
@debug_only
@cache_control(no_store=True)
@require_POST
def reports(request: HttpRequest) -> HttpResponse:
    """Have the sandbox send delivery reports of messages to a number, and show its handset again."""
    form = ReportsForm(request.POST)
    if not form.is_valid():
        raise Http404
    number = form.cleaned_data["number"]
    with suppress(SandboxDown):  # which the page says
        demand_reports(number, Kind(form.cleaned_data["kind"]))
    page = reverse("flashcall_sandbox:handset")
    return redirect(f"{page}?{urlencode({'number': number})}#reports")
