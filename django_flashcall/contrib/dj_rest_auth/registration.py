"""Signup with dj-rest-auth, which has allauth make the user: with a verified number."""

from __future__ import annotations

from typing import Any

from dj_rest_auth.registration import serializers as dj_rest_auth
from django.db import IntegrityError, router, transaction
from rest_framework.exceptions import ValidationError

from django_flashcall import services
from django_flashcall.api.serializers import TextField
from django_flashcall.exceptions import InvalidProof, PhoneTaken
from django_flashcall.models import VerificationAttempt
from django_flashcall.refusals import DETAIL, from_exception


class RegisterSerializer(dj_rest_auth.RegisterSerializer):  # type: ignore[misc]  # dj-rest-auth has no types
    """Takes a proof besides, and makes the new user the owner of its number.

    The user and all that `custom_signup` writes are saved in the transaction in which the proof is redeemed: all of it
    happens, or nothing does and the proof can be used again.
    """

    proof = TextField(write_only=True)

    def validate_proof(self, proof: str) -> str:
        """Refuse at once what cannot be redeemed, together with all else that is wrong. Nothing is used up."""
        try:
            services.proven(proof, purpose="signup")
        except InvalidProof:
            raise ValidationError(DETAIL["invalid_proof"]) from None
        return proof

    def save(self, request: Any) -> Any:
        """Return the new user. Raises ValidationError where the proof, or the name, was taken meanwhile."""
        try:
            with transaction.atomic(using=router.db_for_write(VerificationAttempt)):
                user = super().save(request)
                services.redeem(self.validated_data["proof"], purpose="signup", user=user)
        except (InvalidProof, PhoneTaken) as error:
            raise ValidationError({"proof": [DETAIL[from_exception(error).code]]}) from None
        except IntegrityError:
            # The same request twice at once: the other one was saved since this one was judged.
            type(self)(data=self.initial_data, context=self.context).is_valid(raise_exception=True)
            raise
        return user
