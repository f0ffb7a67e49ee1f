"""What the shop's pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm
from django.utils.translation import gettext_lazy as _

from example_project.accounts.models import User
from example_project.tour.models import Payment


class SignupForm(BaseUserCreationForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """An account; its number was verified before."""

    class Meta:
        model = User
        fields = ["username", "email"]


class PasswordForm(forms.Form):
    """The password of whoever is signed in, once more."""

    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("That is not your password."))
        return password


class PaymentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A payment."""

    class Meta:
        model = Payment
        fields = ["payee", "amount"]
