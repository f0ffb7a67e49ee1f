"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FlashcallConfig(AppConfig):
    name = "django_flashcall"
    label = "flashcall"
    verbose_name = _("Phone verification")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_flashcall import checks  # noqa: F401  (registers the system checks)
