"""Proofs that were given out stay readable, and nothing else is."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.signing import Signer

from django_flashcall import proofs
from django_flashcall.exceptions import InvalidProof
from django_flashcall.proofs import Proof

PROOF = Proof(uuid.UUID("0199f0a1-7c3e-7d21-9b5a-3f1e2d4c5b6a"), "sms")
GIVEN_OUT = "WyIwMTk5ZjBhMTdjM2U3ZDIxOWI1YTNmMWUyZDRjNWI2YSIsInNtcyJd:oe6qMH2dyfQEq0CQbMo1rOIpnFtmCfVeNAcJPoD_q90"


@pytest.fixture(autouse=True)
def _key(settings: Any) -> None:
    settings.SECRET_KEY = "the key of a site that was updated"


def test_a_proof_of_an_earlier_release_is_read() -> None:
    assert proofs.read(GIVEN_OUT) == PROOF
    assert proofs.sign(PROOF) == GIVEN_OUT


@pytest.mark.parametrize("forged", [None, 7, b"bytes", "", "text", GIVEN_OUT[:-1], GIVEN_OUT + "x", "x" * 10_000_000])
def test_what_was_not_given_out_is_no_proof(forged: object) -> None:
    with pytest.raises(InvalidProof):
        proofs.read(forged)


def test_what_the_site_signed_for_another_use_is_no_proof() -> None:
    with pytest.raises(InvalidProof):
        proofs.read(Signer(salt="another use").sign_object([PROOF.attempt_id.hex, PROOF.channel]))
