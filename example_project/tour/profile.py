"""The profile: one's numbers, and another number for whoever gives the password once more."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import FormView, TemplateView

from django_flashcall import services
from django_flashcall.decorators import phone_verified_required
from django_flashcall.web import views
from example_project.tour.forms import PasswordForm

NAME = "password_given_at"
SECONDS = 300


class ProfileView(LoginRequiredMixin, TemplateView):
    """Shows the user's numbers, masked."""

    template_name = "tour/profile.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(phones=services.phones_of(self.request.user), **kwargs)


class PasswordView(LoginRequiredMixin, FormView):  # type: ignore[type-arg]
    """Asks a signed-in user for the password once more."""

    form_class = PasswordForm
    template_name = "tour/password.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def form_valid(self, form: PasswordForm) -> HttpResponse:
        self.request.session[NAME] = time.time()
        return redirect("flashcall_web:phone", purpose="change_phone")


class PhoneView(views.PhoneView):
    """The package's own page, for a signed-in user only after the password: a session left open changes no number."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        given = request.session.get(NAME, 0)
        if request.user.is_authenticated and services.phones_of(request.user) and time.time() > given + SECONDS:
            return redirect("password")
        return super().dispatch(request, *args, **kwargs)

    def get_next_url(self) -> str:
        return super().get_next_url() or (reverse("profile") if self.request.user.is_authenticated else "")


@phone_verified_required
def members(request: HttpRequest) -> HttpResponse:
    """Show a page that needs a verified number."""
    return render(request, "tour/members.html")
