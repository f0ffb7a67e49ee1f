"""The handset's number, in any spelling, and the delivery reports that are asked for."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from django_flashcall import phones
from django_flashcall.conf import get_config
from django_flashcall.exceptions import DestinationNotAllowed
from django_flashcall.sandbox.reports import LABELS


class HandsetForm(forms.Form):
    number = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_number(self) -> phones.E164:
        try:
            return phones.parse(self.cleaned_data["number"], get_config().default_region()).number
        except DestinationNotAllowed:
            raise ValidationError(_("That is a short number, which no flash call reaches."), code="short") from None


class ReportsForm(HandsetForm):
    kind = forms.ChoiceField(choices=[(kind.value, label) for kind, label in LABELS.items()])
