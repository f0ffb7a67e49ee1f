"""Proofs: signed, single-use results of verified attempts.

A proof names the attempt and the channel whose code was entered. What it proves (number, purpose, user, context), its
age and whether it was used are on the attempt's row, so nothing has to be believed from what a client sends, and the
right code entered again gives the same proof.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.core.signing import BadSignature, Signer

from django_flashcall.exceptions import InvalidProof

SALT = "django_flashcall.proof"


@dataclass(frozen=True)
class Proof:
    """What a proof says."""

    attempt_id: uuid.UUID
    channel: str


def sign(proof: Proof) -> str:
    """Return the proof as text that can be sent to a client."""
    return Signer(salt=SALT).sign_object([proof.attempt_id.hex, proof.channel])


def read(text: object) -> Proof:
    """Return what a proof says. Raises InvalidProof for anything that `sign` did not make with one of our keys."""
    if not isinstance(text, str):
        raise InvalidProof
    try:
        attempt_id, channel = Signer(salt=SALT).unsign_object(text)
    except (BadSignature, ValueError):
        raise InvalidProof from None
    return Proof(uuid.UUID(attempt_id), channel)
