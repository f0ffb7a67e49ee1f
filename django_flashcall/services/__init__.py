"""What a site calls: the five steps from a number to a redeemed proof, in their order."""

from django_flashcall.services.blocking import block, release, unblock
from django_flashcall.services.client import Client
from django_flashcall.services.finding import get_attempt
from django_flashcall.services.following import follow
from django_flashcall.services.redeeming import discard, own_phone, owner_of, phones_of, proven, redeem
from django_flashcall.services.requesting import fall_back, request_verification
from django_flashcall.services.verifying import Outcome, OutcomeStatus, cancel, verify

__all__ = [
    "Client",
    "Outcome",
    "OutcomeStatus",
    "block",
    "cancel",
    "discard",
    "fall_back",
    "follow",
    "get_attempt",
    "own_phone",
    "owner_of",
    "phones_of",
    "proven",
    "redeem",
    "release",
    "request_verification",
    "unblock",
    "verify",
]
