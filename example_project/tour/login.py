"""Log in: the password first, then a call to the number that the account has."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth import get_user_model, login
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from django_flashcall import services
from django_flashcall.exceptions import InvalidProof
from django_flashcall.models import VerificationAttempt
from django_flashcall.web.code import CodeView
from django_flashcall.web.views import PhoneView

NAME = "password_was_right"
"""In the session: for whom, until when, and where to go on."""
SECONDS = 600


class LoginView(auth_views.LoginView):
    """Asks for the password. Who has a verified number is not signed in yet."""

    template_name = "tour/login.html"

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user: Any = form.get_user()
        if not services.phones_of(user):
            return super().form_valid(form)
        self.request.session[NAME] = [user.pk, time.time() + SECONDS, self.get_success_url()]
        return redirect("login-phone")


def who_knew_the_password(request: HttpRequest) -> Any:
    """Return the user whose password was entered in this session not long ago, or None."""
    key, ends, _ = request.session.get(NAME, [None, 0, ""])
    return get_user_model().objects.filter(pk=key, is_active=True).first() if time.time() < ends else None


class LoginPhoneView(PhoneView):
    """Calls the account's own number. A number that a client sends is not even read."""

    purpose = "login"
    code_view = "login-code"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = who_knew_the_password(request)
        self.numbers = services.phones_of(user) if user else []
        if not self.numbers:  # of nobody, or of an account that has lost its number since the password was entered
            return redirect("login")
        return super().dispatch(request, *args, **kwargs)

    def get_user(self) -> Any:
        return who_knew_the_password(self.request)

    def get_phone_number(self) -> str:
        return str(self.numbers[0].phone_number)


class LoginCodeView(CodeView):
    """Signs the user in whose password was right, if the proof is his."""

    purpose = "login"

    def verified(self, attempt: VerificationAttempt, proof: str) -> HttpResponseBase:
        user = who_knew_the_password(self.request)
        if user is None:
            raise InvalidProof
        services.redeem(proof, purpose="login", user=user)
        *_, location = self.request.session.pop(NAME)
        login(self.request, user)
        return HttpResponseRedirect(location or reverse("profile"))
