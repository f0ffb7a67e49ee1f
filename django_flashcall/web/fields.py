"""Form fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from django_flashcall import phones, services
from django_flashcall.codes import TYPED_LENGTH
from django_flashcall.conf import get_config
from django_flashcall.exceptions import DestinationNotAllowed, InvalidProof
from django_flashcall.models import VerificationAttempt
from django_flashcall.phones import Destination
from django_flashcall.refusals import Refusal
from django_flashcall.web.sentences import sentence


class DestinationField(forms.Field):
    """A phone number in any spelling, read by our own rules first; cleans to a `Destination`."""

    widget = forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel", "maxlength": TYPED_LENGTH})

    def to_python(self, value: Any) -> Destination | None:
        if value in self.empty_values:
            return None
        try:
            return phones.parse(value, get_config().default_region())
        except DestinationNotAllowed as error:
            refusal = Refusal("destination_not_allowed", {"reason": error.reason})
            raise ValidationError(sentence(refusal), code="invalid") from None


@dataclass(frozen=True)
class VerifiedPhone:
    """A number that was proved, as long as nobody has redeemed the proof."""

    phone_number: phones.E164
    purpose: str
    context: str
    proof: str = field(repr=False)

    def __str__(self) -> str:
        return phones.mask(self.phone_number)

    def redeem(self, *, user: Any = None) -> VerificationAttempt:
        """Use the proof up, in the transaction of what it is for. Raises as `services.redeem`."""
        return services.redeem(
            self.proof, purpose=self.purpose, phone_number=self.phone_number, user=user, context=self.context
        )

    def discard(self) -> None:
        """Use the proof up for nothing. Raises InvalidProof."""
        services.discard(self.proof, purpose=self.purpose, context=self.context)


class VerifiedPhoneField(forms.CharField):
    """Takes the proof of a phone number, such as the API or `<flash-call>` gave it; cleans to a `VerifiedPhone`.

    A proof that cannot be redeemed is this field's error, whatever becomes of the rest of the form. The proof itself is
    used up by `cleaned_data[...].redeem(user=...)`, which belongs into the transaction that saves the form.
    """

    widget = forms.HiddenInput
    default_error_messages = {
        "required": _("Verify your phone number first."),
        "invalid": _("This verification cannot be used here. Verify the number again."),
    }

    def __init__(self, *, purpose: str = "signup", context: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.purpose, self.context = purpose, context

    def clean(self, value: Any) -> VerifiedPhone | None:
        proof = super().clean(value)
        if not proof:
            return None
        try:
            attempt = services.proven(proof, purpose=self.purpose, context=self.context)
        except InvalidProof:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return VerifiedPhone(attempt.phone_number, self.purpose, self.context, proof)
