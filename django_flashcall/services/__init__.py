"""What a site calls: the five steps from a number to a redeemed proof, in their order."""

from django_flashcall.services.client import Client
from django_flashcall.services.finding import get_attempt
from django_flashcall.services.redeeming import own_phone, phones_of, redeem
from django_flashcall.services.requesting import fall_back, request_verification
from django_flashcall.services.verifying import Outcome, OutcomeStatus, cancel, verify

__all__ = [
    "Client",
    "Outcome",
    "OutcomeStatus",
    "cancel",
    "fall_back",
    "get_attempt",
    "own_phone",
    "phones_of",
    "redeem",
    "request_verification",
    "verify",
]
