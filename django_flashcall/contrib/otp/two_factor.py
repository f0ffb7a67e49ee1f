"""Flash calls as the "call" method of django-two-factor-auth, in place of the one of its phonenumber plug-in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from two_factor.forms import AuthenticationTokenForm, DeviceValidationForm
from two_factor.plugins.registry import MethodBase, registry

from django_flashcall import codes, phones
from django_flashcall.conf import get_config
from django_flashcall.contrib.otp.models import FlashCallDevice
from django_flashcall.exceptions import DestinationNotAllowed


class NumberForm(forms.Form):
    """Asks for the number that is called."""

    number = forms.CharField(
        label=_("Phone number"),
        max_length=codes.TYPED_LENGTH,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "autofocus": True}),
    )

    def clean_number(self) -> str:
        """Return the number in E.164 form. Raises ValidationError for one that this site does not call."""
        config = get_config()
        try:
            destination = phones.parse(self.cleaned_data["number"], config.default_region())
            phones.refuse_unless_allowed(
                destination, regions=config.allowed_regions, line_types=config.allowed_line_types
            )
        except DestinationNotAllowed as error:
            raise ValidationError(_("This number cannot be called from here.")) from error
        return destination.number


def _code_field() -> forms.CharField:
    attributes = {"autofocus": True, "inputmode": "numeric", "autocomplete": "one-time-code"}
    return forms.CharField(label=_("Code"), max_length=codes.TYPED_LENGTH, widget=forms.TextInput(attrs=attributes))


class CodeForm(AuthenticationTokenForm):  # type: ignore[misc]  # no types
    """Asks for the code, of whatever length the channel has."""

    otp_token = _code_field()


class ValidationForm(DeviceValidationForm):  # type: ignore[misc]
    """Asks for the code when a device is set up."""

    token = _code_field()
    idempotent = False
    """A code serves once, and the wizard validates again at its end what it may."""


class FlashCallMethod(MethodBase):  # type: ignore[misc]
    """A flash call. The wizard for setting a device up knows methods by their code, and a phone's is "call"."""

    code = "call"
    verbose_name = _("Flash call")

    def get_devices(self, user: Any) -> Any:
        return FlashCallDevice.objects.devices_for_user(user)

    def recognize_device(self, device: Any) -> bool:
        return isinstance(device, FlashCallDevice)

    def get_setup_forms(self, wizard: Any) -> dict[str, type[forms.Form]]:
        return {"number": NumberForm, "validation": ValidationForm}

    def get_device_from_setup_data(
        self, request: HttpRequest, setup_data: Any, **kwargs: Any
    ) -> FlashCallDevice | None:
        """Return the device that is being set up, unconfirmed until its first right code."""
        number = setup_data.get("number", {}).get("number")
        if not number:
            return None
        device, _created = FlashCallDevice.objects.get_or_create(
            user=request.user, phone_number=number, confirmed=False, defaults={"name": "default"}
        )
        return device  # type: ignore[no-any-return]

    def get_token_form_class(self) -> type[forms.Form]:
        return CodeForm

    def get_action(self, device: FlashCallDevice) -> str:
        return gettext("Call %(phone)s") % {"phone": phones.mask(device.phone_number)}

    def get_verbose_action(self, device: FlashCallDevice) -> str:
        return gettext("We are calling your phone. Enter the last digits of the number that called.")


def register() -> None:
    """Make it the "call" method, whatever else was."""
    registry.unregister(FlashCallMethod.code)
    registry.register(FlashCallMethod())
