"""The handset page, and the same as JSON."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from django_flashcall.phones import E164, E164_NUMBER
from django_flashcall.sandbox.events import LABELS
from django_flashcall.sandbox.forms import HandsetForm
from django_flashcall.sandbox.handset import SandboxDown, recent_numbers
from django_flashcall.sandbox.handset import events as handset_events
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
