"""docs/security.md: its odds are those of the default settings, and what it names exists."""

from __future__ import annotations

import re

import pytest

from django_flashcall import conf, signals
from django_flashcall.refusals import STATUS
from tests import security_tables
from tests.security_tables import PAGE, Guesser, hit, marks

TEXT = PAGE.read_text()


def test_the_page_has_the_odds_of_the_default_settings() -> None:
    for name in security_tables.tables():
        begin, end = marks(name)
        assert TEXT.count(begin) == TEXT.count(end) == 1
    assert security_tables.renewed(TEXT) == TEXT, "run: python -m tests.security_tables --write"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("MAX_CHECKS", 4),
        ("CODE_LENGTH", {"flashcall": 5, "sms": 6}),
        ("CHANNELS", ["sms", "flashcall"]),
        *(("LIMITS", {**conf.DEFAULTS["LIMITS"], scope: "7/h"}) for scope in ("phone_failures", "ip", "site", "phone")),
    ],
)
def test_another_default_would_make_other_tables(monkeypatch: pytest.MonkeyPatch, key: str, value: object) -> None:
    monkeypatch.setitem(conf.DEFAULTS, key, value)
    assert security_tables.renewed(TEXT) != TEXT


def test_a_default_guesser() -> None:
    guesser = Guesser.under(conf.read({}))
    assert guesser == Guesser(checks=3, failures=9, sprayed=4500, from_one_address=2400)


@pytest.mark.parametrize(
    ("lengths", "odds"), [([4], 1 / 9000), ([4, 6], 1 / 9000), ([6, 6], 2 / 900_000), ([4, 4, 6], 2 / 9000)]
)
def test_a_check_is_compared_with_the_codes_of_its_length(lengths: list[int], odds: float) -> None:
    assert hit(lengths) == pytest.approx(odds)


def test_it_says_how_to_report_a_flaw() -> None:
    assert "[SECURITY.md](../SECURITY.md)" in TEXT.partition("## Reporting a flaw")[2]


def test_every_setting_and_signal_that_is_named_exists() -> None:
    quoted = " ".join(re.findall(r"`([^`\n]+)`", TEXT))
    capitals = set(re.findall(r"\b[A-Z_]{5,}\b", quoted))
    assert capitals - {"CALLER_IDS", "SECRET_KEY", "DEBUG"} <= conf.DEFAULTS.keys()
    assert len(capitals & conf.DEFAULTS.keys()) > 8
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", TEXT))
    known = {*vars(signals), *conf.DEFAULTS["LIMITS"], *STATUS, "request_verification"}
    assert named <= known
