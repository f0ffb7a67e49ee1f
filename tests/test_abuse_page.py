"""What docs/abuse.md says is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from django_flashcall import services, signals
from django_flashcall.conf import DEFAULTS
from django_flashcall.exceptions import Refused
from django_flashcall.models.deliveries import NOBODY
from django_flashcall.providers.tails import LAST, TOO_OFTEN
from django_flashcall.services import reporting
from tests.checks.site import HEALTHY, told

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "abuse.md").read_text()
WORDS = " ".join(PAGE.split())
BLOCK, RISK_CHECK, RECEIVER, GENERAL, OWN = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.django_db


def test_a_number_is_blocked_as_it_is_shown(phone: str) -> None:
    exec(BLOCK, {})
    with pytest.raises(Refused):
        services.request_verification(phone)


def test_a_risk_check_is_written_as_it_is_shown(flashcall: Any, phone: str, user: Any) -> None:
    known: dict[str, Any] = {"Refused": Refused}
    exec(RISK_CHECK, known)
    flashcall(RISK_CHECK=known["risk_check"], CHANNELS=["voice"], CHANNEL_PROVIDERS={})
    with pytest.raises(Refused):
        services.request_verification(phone)


def test_the_signal_is_heard_as_it_is_shown(capsys: Any) -> None:
    known: dict[str, Any] = {}
    exec(RECEIVER, known)
    try:
        signals.conversion_low.send(None, scope="region", value="UA", sent=40, verified=2)
    finally:
        assert signals.conversion_low.disconnect(known["page_somebody"])
    assert capsys.readouterr().out == "region UA: of 40 codes 2 were entered\n"


def test_test_numbers_are_set_as_it_is_shown() -> None:
    known = {"FLASHCALL": dict(HEALTHY)}
    exec(GENERAL + OWN, known)
    assert {message.id for message in told(known["FLASHCALL"])} == {"flashcall.W057"}


@pytest.mark.parametrize(
    "words",
    [
        f'`"ip": "{DEFAULTS["LIMITS"]["ip"]}"`',
        "looked at every five minutes at most, over two hours",
        f"from {reporting.LEAST_SENT} attempts on, and is low below {reporting.FLOOR:.0%}".replace("%", " %"),
        f"made up {TOO_OFTEN} of the last {LAST:,} calls",
        f"`{NOBODY}` for a provider",
        f"when {reporting.SITE_SHARE:.0%}".replace("%", " %"),
    ],
)
def test_the_figures_are_the_codes(words: str) -> None:
    assert words in WORDS
    assert (reporting.JUDGED_EVERY, reporting.WINDOW_SECONDS, reporting.TOLD_EVERY) == (300, 7200, 3600)
