"""Signup, and login in two steps."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_flashcall import services
from django_flashcall.api.views import FlashcallView
from django_flashcall.exceptions import InvalidProof
from django_flashcall.services import Client
from tests.storm.site.models import Entry

User = get_user_model()


class LoginView(FlashcallView):
    """The first step. The password was right: it is not what the storm is about."""

    def post(self, request: Request) -> Response:
        """Take `username`, have the user's number called, and answer with the attempt's id."""
        user = User.objects.get(username=request.data["username"])
        (phone,) = services.phones_of(user)
        attempt = services.request_verification(
            phone.phone_number,
            purpose="login",
            user=user,
            client=Client.from_request(request._request),
            idempotency_key=request.headers["Idempotency-Key"],
        )
        return Response({"id": str(attempt.pk)}, status=201)


class EntryView(APIView):
    """The end of a login, and of a signup where `purpose` says so."""

    purpose = "login"

    def post(self, request: Request) -> Response:
        """Take `username` and `proof`; answer 200, again to a client that asks again, or 400."""
        username, key = request.data["username"], request.headers["Idempotency-Key"]
        try:
            self.enter(username, request.data["proof"], key)
        except (InvalidProof, IntegrityError, User.DoesNotExist):
            if not Entry.objects.filter(user__username=username, key=key).exists():
                return Response({"error": "not_in"}, status=400)
        return Response({"username": username})

    def enter(self, username: str, proof: str, key: str) -> None:
        """Redeem the proof and write what came of it, both or neither."""
        with transaction.atomic():
            user = self.user(username)
            attempt = services.redeem(proof, purpose=self.purpose, user=user)
            Entry.objects.create(attempt=attempt, user=user, key=key)

    def user(self, username: str) -> Any:
        return User.objects.get(username=username)


class SignupView(EntryView):
    """Makes a user of whoever has proved a number."""

    purpose = "signup"

    def user(self, username: str) -> Any:
        return User.objects.create_user(username)


def ready(request: HttpRequest) -> HttpResponse:
    """Answer when the site is up."""
    return HttpResponse("")
