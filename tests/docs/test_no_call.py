"""docs/no-call.md knows every state in which a delivery can be."""

from __future__ import annotations

import re

from django_flashcall import conf
from django_flashcall.models import Delivery
from django_flashcall.providers.base import ERROR_CODES
from tests.docs.markdown import ROOT

PAGE = (ROOT / "docs" / "no-call.md").read_text()


def test_every_status_of_a_delivery_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == {status.value for status in Delivery.Status}


def test_what_it_says_of_codes_is_so() -> None:
    assert f"the flash call's is {conf.DEFAULTS['TTL']['flashcall']} seconds" in PAGE
    assert {"credentials", "invalid_sender"} <= ERROR_CODES.keys()
