"""A flash call as a device of django-otp, and as a method of django-two-factor-auth where that is installed."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class FlashcallOTPConfig(AppConfig):
    name = "django_flashcall.contrib.otp"
    label = "flashcall_otp"
    verbose_name = _("Flash call devices")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_flashcall.contrib.otp.models import FlashCallDevice
        from django_flashcall.services.holdings import OTHERS, Other

        OTHERS.append(Other("devices", FlashCallDevice.about))
        if apps.is_installed("two_factor"):
            from django_flashcall.contrib.otp import two_factor

            two_factor.register()
