"""For a site's own views."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from django_flashcall import services


def phone_verified_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let only users with a verified number in: strangers are sent to sign in, others to verify a number first."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return turned_away(request) or view(request, *args, **kwargs)

    return guarded


def turned_away(request: HttpRequest) -> HttpResponseRedirect | None:
    """Return where somebody without a verified number is sent; None for who has one."""
    here = request.get_full_path()
    if not request.user.is_authenticated:
        return redirect_to_login(here)
    if services.phones_of(request.user):
        return None
    return HttpResponseRedirect(f"{reverse('flashcall_web:phone')}?{urlencode({'next': here})}")
