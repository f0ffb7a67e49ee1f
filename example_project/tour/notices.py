"""Whoever has a number is told when the account gets another, in case it was not him who changed it."""

from __future__ import annotations

from typing import Any

from django.core.mail import send_mail
from django.dispatch import receiver
from django.utils.translation import gettext as _

from django_flashcall import phones, services
from django_flashcall.models import VerificationAttempt
from django_flashcall.signals import phone_verified


@receiver(phone_verified)
def tell_of_a_new_number(attempt: VerificationAttempt, **kwargs: Any) -> None:
    """Write to the user who had another number already. The example's mail is printed where the site runs."""
    user: Any = attempt.user
    earlier = [
        phones.mask(one.phone_number) for one in services.phones_of(user) if one.phone_number != attempt.phone_number
    ]
    if not earlier or not user.email:
        return
    text = _("The phone number of your account was %(old)s and is now %(new)s. If it was not you, write to us at once.")
    numbers = {"old": earlier[0], "new": phones.mask(attempt.phone_number)}
    send_mail(_("Your phone number was changed"), text % numbers, None, [user.email])
