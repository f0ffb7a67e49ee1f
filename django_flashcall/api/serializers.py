"""The shapes of the JSON that comes in and goes out. No decision is made here."""

from __future__ import annotations

import math
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers

from django_flashcall import phones
from django_flashcall.conf import get_config
from django_flashcall.models import PhoneStatus, Standing
from django_flashcall.phones import Destination


class TextField(serializers.CharField):
    """A string, and nothing that could be turned into one: the code 0123 is not the number 123."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class DestinationField(PhoneNumberField):  # type: ignore[misc]  # untyped base
    """A phone number in any spelling, read by our own rules before libphonenumber sees it."""

    def to_internal_value(self, data: Any) -> Destination:
        try:
            return phones.parse(data, get_config().default_region())
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages, code="invalid") from None


class RequestSerializer(serializers.Serializer[Any]):
    """The body of a request for a new attempt."""

    phone_number = DestinationField()
    purpose = TextField(default="signup", max_length=32)
    channel = TextField(required=False, max_length=32)

    def validate_purpose(self, name: str) -> str:
        purpose = get_config().purposes.get(name)
        user = self.context["request"].user  # None where the host's UNAUTHENTICATED_USER is None
        signed_in = user is not None and user.is_authenticated
        if purpose is None or not purpose.api or (purpose.signed_in and not signed_in):
            raise serializers.ValidationError(_("This purpose cannot be started here."), code="invalid_choice")
        return name


class FallbackSerializer(serializers.Serializer[Any]):
    """The body of a request for a further delivery."""

    channel = TextField(required=False, max_length=32)


class VerifySerializer(serializers.Serializer[Any]):
    """What was entered: the code, or the whole number that called."""

    code = TextField(required=False, max_length=64)
    caller_id = TextField(required=False, max_length=20)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Give one of code and caller_id."))
        return attrs


class ProofSerializer(serializers.Serializer[Any]):
    """A proof to redeem."""

    proof = TextField(max_length=512)


def attempt_json(standing: Standing) -> dict[str, Any]:
    """Return an attempt as a client sees it."""
    attempt, newest = standing.attempt, standing.newest
    purpose = get_config().purpose(attempt.purpose)
    next_channel = standing.next_channel(purpose)
    return {
        "id": str(attempt.pk),
        "status": standing.state,
        "purpose": attempt.purpose,
        "phone_number": attempt.masked_phone_number(),
        "channel": newest.reached_over,
        "code_length": newest.code_length,
        "code_lengths": sorted({delivery.code_length for delivery in standing.live or [newest]}),
        "expires_at": standing.expires_at,
        "expires_in": max(round(standing.expires_in), 0),
        "checks_left": attempt.checks_left,
        "next_channel": next_channel,
        "next_channel_in": None if next_channel is None else math.ceil(standing.wait_for(next_channel, purpose)),
        "resend_in": None if standing.closed else math.ceil(standing.wait_for(newest.channel, purpose)),
    }


def phone_json(status: PhoneStatus, *, masked: bool) -> dict[str, Any]:
    """Return a user's verified number as the user sees it."""
    return {
        "phone_number": status.masked_phone_number() if masked else str(status.phone_number),
        "verified_at": status.verified_at,
        "verified_channel": status.verified_channel,
    }
