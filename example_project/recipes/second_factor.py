"""Log in with a password, and then with a call to the account's own number."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle

from django_flashcall import proofs, services
from django_flashcall.api.serializers import ProofSerializer
from django_flashcall.api.views import FlashcallView
from django_flashcall.exceptions import AttemptNotFound, InvalidProof
from django_flashcall.services import Client
from example_project.recipes.login import BACKEND


class PasswordSerializer(serializers.Serializer[Any]):
    """A name and its password. A number is not asked for, and one that is sent is not read."""

    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)


class PasswordThrottle(AnonRateThrottle):
    """Bounds how fast passwords are guessed from one address."""

    scope = "password"
    rate = "20/hour"

    def get_ident(self, request: Request) -> str:
        """Return the address as LIMITS see it, and not as a header says that anybody can write."""
        return Client.from_request(request._request).ip_address or str(request.META["REMOTE_ADDR"])


class FirstStepView(FlashcallView):
    """Takes the password, calls the account's own number, and hands the client the attempt's id."""

    serializer_class = PasswordSerializer
    authentication_classes = []
    throttle_classes = [PasswordThrottle]

    def post(self, request: Request) -> Response:
        user: Any = authenticate(request._request, **self.body(PasswordSerializer, request))
        phones = services.phones_of(user) if user else []
        if not phones:  # nobody is let in with the password alone
            raise serializers.ValidationError({"password": [_("Name and password are not those of an account.")]})
        attempt = services.request_verification(
            phones[0].phone_number,
            purpose="login",
            user=user,
            context=user.get_session_auth_hash(),
            client=Client.from_request(request._request),
        )
        return Response({"id": str(attempt.pk)}, status=201)


@method_decorator(csrf_protect, name="dispatch")
class SecondStepView(FlashcallView):
    """Signs a browser in."""

    serializer_class = ProofSerializer

    def post(self, request: Request) -> Response:
        user = who_passed_both(self.body(ProofSerializer, request)["proof"])
        login(request._request, user, backend=BACKEND)
        return Response({"username": user.get_username()})


def who_passed_both(proof: str) -> Any:
    """Use a proof up, and return the user whose password was given before the call.

    The context is the password: one that was changed since is not the one that was given. Raises InvalidProof.
    """
    try:
        user: Any = services.get_attempt(proofs.read(proof).attempt_id).user
    except AttemptNotFound:
        raise InvalidProof from None
    if user is None or not user.is_active:
        raise InvalidProof
    services.redeem(proof, purpose="login", user=user, context=user.get_session_auth_hash())
    return user
