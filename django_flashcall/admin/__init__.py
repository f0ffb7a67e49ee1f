"""Pages on which staff find out what happened, and say what is to be done about it.

A site that has an admin class or a theme of its own combines it with the mixins, and registers that instead:

    admin.site.unregister(VerificationAttempt)

    @admin.register(VerificationAttempt)
    class AttemptAdmin(AttemptAdminMixin, unfold.admin.ModelAdmin): ...
"""

from django_flashcall.admin.attempts import AttemptAdmin, AttemptAdminMixin
from django_flashcall.admin.health import HealthAdmin, HealthAdminMixin
from django_flashcall.admin.limits import LimitAdmin, LimitAdminMixin
from django_flashcall.admin.phones import PhoneStatusAdmin, PhoneStatusAdminMixin

__all__ = [
    "AttemptAdmin",
    "AttemptAdminMixin",
    "HealthAdmin",
    "HealthAdminMixin",
    "LimitAdmin",
    "LimitAdminMixin",
    "PhoneStatusAdmin",
    "PhoneStatusAdminMixin",
]
