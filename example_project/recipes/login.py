"""Log in with nothing but a phone number."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from django_flashcall import services
from django_flashcall.api.serializers import ProofSerializer
from django_flashcall.api.views import FlashcallView
from django_flashcall.models import PhoneStatus

BACKEND = "django.contrib.auth.backends.ModelBackend"


@method_decorator(csrf_protect, name="dispatch")
class PhoneLoginView(FlashcallView):
    """Signs a browser in."""

    serializer_class = ProofSerializer  # for the OpenAPI document

    def post(self, request: Request) -> Response:
        user = whose_number(self.body(ProofSerializer, request)["proof"])
        login(request._request, user, backend=BACKEND)
        return Response({"username": user.get_username()})


def whose_number(proof: str) -> Any:
    """Use a proof up, and return the user whose number it proves.

    Raises InvalidProof, and ValidationError where no account is entered by this number alone: nobody has it, or a
    member of staff, or it is no longer the account's latest.
    """
    number = services.redeem(proof, purpose="phone_login").phone_number
    status = PhoneStatus.objects.verified().filter(phone_number=number, user__is_active=True).first()
    user: Any = status and status.user
    if user is None or user.is_staff or services.phones_of(user)[0].phone_number != number:
        raise ValidationError({"proof": [_("No account is entered by this number. Log in another way, or sign up.")]})
    return user
