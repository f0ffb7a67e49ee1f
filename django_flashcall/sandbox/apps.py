"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SandboxConfig(AppConfig):
    name = "django_flashcall.sandbox"
    label = "flashcall_sandbox"
    verbose_name = _("Phone verification sandbox")
