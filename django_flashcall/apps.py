"""The Django app."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class FlashcallConfig(AppConfig):
    name = "django_flashcall"
    label = "flashcall"
    verbose_name = _("Phone verification")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_flashcall import checks  # noqa: F401  (registers the system checks)

        if apps.is_installed("drf_spectacular"):
            from django_flashcall.api import schema  # noqa: F401  (registers what the OpenAPI document says of us)
