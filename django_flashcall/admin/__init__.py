"""Pages on which staff review what happened. They show, and change nothing."""

from django_flashcall.admin.attempts import AttemptAdmin
from django_flashcall.admin.limits import LimitAdmin
from django_flashcall.admin.phones import PhoneStatusAdmin

__all__ = ["AttemptAdmin", "LimitAdmin", "PhoneStatusAdmin"]
