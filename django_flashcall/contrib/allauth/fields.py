"""The phone field of allauth's forms."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.core.exceptions import ValidationError

from django_flashcall import phones, services
from django_flashcall.codes import TYPED_LENGTH
from django_flashcall.conf import get_config
from django_flashcall.exceptions import InvalidProof
from django_flashcall.phones import E164
from django_flashcall.refusals import Refusal
from django_flashcall.web import flows
from django_flashcall.web.fields import DestinationField, VerifiedPhone, VerifiedPhoneField
from django_flashcall.web.flows import Flow
from django_flashcall.web.sentences import sentence


class ProvenNumber(E164):
    """A number, as allauth wants it, with the proof that it was verified by."""

    verified: VerifiedPhone

    def __new__(cls, verified: VerifiedPhone) -> ProvenNumber:
        number = super().__new__(cls, verified.phone_number)
        number.verified = verified
        return number


class PhoneField(forms.CharField):
    """Asks for a number where somebody says who he is, and for the proof of one where he is given it.

    allauth makes one field for all its forms, so the field looks at the form that it is in. In a form for a login it is
    a number, as typed. In every other it is hidden, and takes a proof, or the key of a flow of our pages whose proof is
    in the session; it cleans to a `ProvenNumber`. A flow that ended with a verified number fills the field in, and
    `masked` is that number for the page to show.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DestinationField.widget)
        super().__init__(**kwargs)
        self.form: Any = None
        self.masked = ""

    @property
    def purpose(self) -> str:
        """What the number has to be proved for; empty where it only says who somebody is."""
        if self.form is None or isinstance(self.form, account.LoginForm | account.RequestLoginCodeForm):
            return ""
        return "signup" if isinstance(self.form, account.BaseSignupForm) else "change_phone"

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        self.form = form
        if self.purpose:
            self.widget = forms.HiddenInput()
            self.widget.is_required = self.required
            if not form.is_bound:
                self._offer()
        return super().get_bound_field(form, field_name)

    def clean(self, value: Any) -> str | None:
        """Return the number. Raises ValidationError."""
        if not self.purpose:
            return self._number(value)
        if flow := _flow(value):
            value = flow.proof
        verified = VerifiedPhoneField(purpose=self.purpose, required=self.required).clean(value)
        if verified is None:
            return None
        self._refuse_anothers(verified)
        self._refuse_if_taken(verified.phone_number)
        get_adapter().clean_phone(verified.phone_number)
        return ProvenNumber(verified)

    def _number(self, value: Any) -> str | None:
        if super().clean(value) in self.empty_values:
            return None
        if isinstance(self.form, account.RequestLoginCodeForm):
            # Said of every number, so that it says nothing of any.
            raise ValidationError(sentence(Refusal("channel_unavailable")), code="invalid")
        destination = DestinationField().clean(str(value)[: TYPED_LENGTH + 1])
        return str(get_adapter().clean_phone(destination.number))

    def _refuse_anothers(self, verified: VerifiedPhone) -> None:
        # Redeeming would refuse it as well, but not where a signup is only pretended, which would tell the two apart.
        try:
            attempt = services.proven(verified.proof, purpose=verified.purpose)
        except InvalidProof:  # redeemed since it was read, as by a double click
            attempt = None
        if attempt is None or attempt.user_id not in {None, getattr(getattr(self.form, "user", None), "pk", None)}:
            raise ValidationError(VerifiedPhoneField.default_error_messages["invalid"], code="invalid")

    def _refuse_if_taken(self, number: E164) -> None:
        # Whoever is told has the number in his hands: it is no stranger who tries numbers out.
        owner = services.owner_of(number)
        if not get_config().allow_transfer and owner not in {None, getattr(self.form, "user", None)}:
            raise ValidationError(sentence(Refusal("phone_taken")), code="invalid")

    def _offer(self) -> None:
        """Fill in the flow that the URL names, or the latest, if its proof can be redeemed."""
        key = context.request.GET.get(flows.PARAMETER)
        for flow in reversed(flows.proven(context.request)):
            if key not in {None, flow.key}:
                continue
            try:
                number = services.proven(flow.proof, purpose=self.purpose).phone_number
            except InvalidProof:
                continue
            self.initial, self.masked = flow.key, phones.mask(number)
            return


def _flow(value: Any) -> Flow | None:
    """Return the flow of this session with a proof whose key was sent, or None."""
    return next((flow for flow in flows.proven(context.request) if flow.key == value), None)
