"""Sign up: verify a number, then choose a name and a password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.http import HttpResponseBase
from django.urls import reverse_lazy
from django.views.generic import CreateView

from django_flashcall.models import VerificationAttempt
from django_flashcall.web.mixins import RedeemPhoneMixin
from example_project.tour.forms import SignupForm


class SignupView(RedeemPhoneMixin, CreateView):  # type: ignore[type-arg]
    """Makes a user who owns the number. The mixin sees to the number, before the form and together with it."""

    purpose = "signup"
    form_class = SignupForm
    template_name = "tour/signup.html"
    success_url = reverse_lazy("profile")

    def phone_redeemed(self, user: Any, attempt: VerificationAttempt) -> HttpResponseBase:
        login(self.request, user)
        return super().phone_redeemed(user, attempt)
