"""The tables, each with its queries and changes of state."""

from django_flashcall.models.attempts import VerificationAttempt
from django_flashcall.models.deliveries import Delivery
from django_flashcall.models.health import Health
from django_flashcall.models.limits import Limit
from django_flashcall.models.phones import PhoneStatus
from django_flashcall.models.standing import Standing

__all__ = ["Delivery", "Health", "Limit", "PhoneStatus", "Standing", "VerificationAttempt"]
