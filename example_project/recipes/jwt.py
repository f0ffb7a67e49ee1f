"""The same two logins for a client without cookies, with djangorestframework-simplejwt."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import RefreshToken

from django_flashcall.api.serializers import ProofSerializer
from django_flashcall.api.views import FlashcallView
from example_project.recipes.login import whose_number
from example_project.recipes.second_factor import who_passed_both


class JWTView(FlashcallView):
    """Takes a proof and answers with a pair of JWT."""

    serializer_class = ProofSerializer
    authentication_classes = []

    def post(self, request: Request) -> Response:
        refresh = RefreshToken.for_user(self.whose(self.body(ProofSerializer, request)["proof"]))
        return Response({"access": str(refresh.access_token), "refresh": str(refresh)})

    def whose(self, proof: str) -> Any:
        """Use the proof up and return its user."""
        raise NotImplementedError


class PhoneJWTView(JWTView):
    """After a call to any number: the account that has it."""

    def whose(self, proof: str) -> Any:
        return whose_number(proof)


class SecondStepJWTView(JWTView):
    """After the password and a call to the account's number."""

    def whose(self, proof: str) -> Any:
        return who_passed_both(proof)
