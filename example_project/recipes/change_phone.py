"""Change the number of an account: only with the password, and nobody is left with the old number."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.mail import send_mail
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle

from django_flashcall import phones, services
from django_flashcall.api.serializers import phone_json
from django_flashcall.api.views import PhonesView
from django_flashcall.models import PhoneStatus


class ChangeSerializer(serializers.Serializer[Any]):
    """The proof of the new number, and the password once more."""

    proof = serializers.CharField(max_length=512)
    password = serializers.CharField(trim_whitespace=False)


class PasswordThrottle(UserRateThrottle):
    """Bounds how fast whoever found a session open guesses its password."""

    scope = "password"
    rate = "10/hour"


class ChangePhoneView(PhonesView):
    """The package's `phones/`, but it asks for the password. Mounted in front of it, so that there is no other way."""

    serializer_class = ChangeSerializer

    def get_throttles(self) -> list[Any]:
        return [*super().get_throttles(), *([PasswordThrottle()] if self.request.method == "POST" else [])]

    def post(self, request: Request) -> Response:
        body = self.body(ChangeSerializer, request)
        if not request.user.check_password(body["password"]):
            raise serializers.ValidationError({"password": [_("That is not your password.")]})
        return Response(phone_json(change_phone(request.user, body["proof"]), masked=True))


def change_phone(user: Any, proof: str) -> PhoneStatus:
    """Give the proven number to `user`, take the earlier ones away, and tell of it. Raises InvalidProof, PhoneTaken."""
    with transaction.atomic():
        earlier = services.phones_of(user)
        new = services.own_phone(proof, user=user)
        gone = PhoneStatus.objects.for_user(user).exclude(phone_number=new.phone_number)
        gone.update(user=None, verified_at=None, verified_channel="")
        if earlier and earlier[0].phone_number != new.phone_number:
            transaction.on_commit(partial(tell, user, earlier[0].phone_number, new.phone_number), robust=True)
    return new


def tell(user: Any, old: str, new: str) -> None:
    """Write to the user, in case it was somebody else. A site that sends SMS of its own sends one to `old`, too."""
    text = _("The phone number of your account was %(old)s and is now %(new)s. If it was not you, write to us at once.")
    numbers = {"old": phones.mask(old), "new": phones.mask(new)}
    send_mail(_("Your phone number was changed"), text % numbers, None, [user.email])
