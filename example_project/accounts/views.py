"""Signup over the API."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError
from rest_framework.views import APIView

from django_flashcall import phones, services
from django_flashcall.exceptions import InvalidProof
from example_project.accounts.models import User
from example_project.accounts.serializers import SignupSerializer


class SignupView(APIView):
    """Makes a user of whoever has proved a phone number."""

    permission_classes = [AllowAny]
    serializer_class = SignupSerializer  # for the OpenAPI document

    def post(self, request: Request) -> Response:
        """Take `username`, `proof` and perhaps `password`; answer 201 with the user name and the masked number."""
        form = SignupSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user, phone_number = sign_up(**form.validated_data)
        return Response({"username": user.username, "phone_number": phones.mask(phone_number)}, status=201)


def sign_up(*, username: str, proof: str, password: str | None = None) -> tuple[User, str]:
    """Make a user and redeem the proof for it, both or neither. Returns the user and the proven number.

    Raises ValidationError where the proof cannot be redeemed, or where somebody else took the user name just now; the
    proof can still be used then.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, password=password)
            attempt = services.redeem(proof, purpose="signup", user=user)
    except InvalidProof as error:
        raise ValidationError({"proof": [_("This proof cannot be used.")]}) from error
    except IntegrityError as error:
        raise ValidationError({"username": [_("A user with that username already exists.")]}) from error
    return user, attempt.phone_number
