"""What the pages ask for."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from django_flashcall import codes
from django_flashcall.conf import Purpose
from django_flashcall.web.fields import DestinationField
from django_flashcall.web.sentences import PLAIN

LONGEST = 64
"""Characters of what may be typed or pasted as a code."""


class KeyField(forms.CharField):
    """A key that every rendered form has of its own, so that a form that is sent twice does what it does once."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "initial": lambda: secrets.token_urlsafe(16), **kwargs})


class PhoneForm(forms.Form):
    """The number that is called. Without the field where the site gives the number."""

    phone_number = DestinationField(label=_("Phone number"))
    channel = forms.ChoiceField(
        required=False, widget=forms.HiddenInput, error_messages={"invalid_choice": PLAIN["channel_unavailable"]}
    )
    idempotency_key = KeyField()

    def __init__(self, *args: Any, purpose: Purpose, asks_number: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = purpose.channels if purpose.channel_choice else purpose.channels[:1]
        self.fields["channel"].choices = [(channel, channel) for channel in chosen]  # type: ignore[attr-defined]
        if not asks_number:
            del self.fields["phone_number"]


class CodeForm(forms.Form):
    """The code, or the whole number that called."""

    code = forms.CharField(
        label=_("Code"),
        max_length=LONGEST,
        widget=forms.TextInput(
            {
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "autofocus": True,
                "spellcheck": "false",
                "data-flashcall": "code",
                "aria-describedby": "flashcall-lead",
            }
        ),
    )
    idempotency_key = KeyField()

    def entered(self, code_lengths: list[int]) -> dict[str, Any]:
        """Return what `services.verify` is given: more digits than any code has are the number that called."""
        typed = self.cleaned_data["code"]
        number = codes.without_separators(typed)
        if len(number.removeprefix("+")) > max(code_lengths):
            return {"caller_id": number}
        return {"code": typed}
