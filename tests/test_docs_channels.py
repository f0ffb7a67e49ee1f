"""What docs/channels.md shows can be written so, and what it promises of numbers is so."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from django_flashcall import channels
from django_flashcall.codes import Code
from django_flashcall.conf import DEFAULTS
from django_flashcall.parts import parts
from django_flashcall.problems import PROBLEMS
from django_flashcall.providers import smsbat_checks
from tests.checks.site import SMSBAT, told

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "channels.md").read_text()
OPTIONS = {"API_KEY": "0123456789abcdef", "SENDER": "MyShop"}


TOPICS = [
    *("`text`", "`callerId`", "integer or a text", "How many digits", "begin with 0", "the last digits of the number"),
    *("How many numbers", "national", "`delivered`", "`undeliverable`", "starts the next message of `fallbacks`"),
    *("somebody answers billed", "plus", "`customerMessageId`", "unique", "sent twice", "look it up"),
    *("secret or a signature", "which addresses", "repeated", "`Retry-After`", "test numbers", "(their ids)"),
    *("(TTS)", "voices"),
]
"""What the provider's documents leave open."""


def questions() -> list[tuple[str, str]]:
    """Return the questions to the provider, each with what its answer decides."""
    _, _, section = PAGE.partition("## What to ask the provider")
    _, _, rows = section.partition("|---|---|\n")
    return re.findall(r"^\| (.+) \| (.+) \|$", rows, re.MULTILINE)


def settings_shown(name: str) -> list[dict[str, Any]]:
    shown = re.findall(rf"^```python\n{name} = (.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    environment = {"SMSBAT_WEBHOOK_SECRETS": f"{secrets.token_urlsafe()} {secrets.token_urlsafe()}"}
    return [eval(text, {"os": SimpleNamespace(environ=environment)}) for text in shown]


@pytest.mark.parametrize("shown", settings_shown("SMSBAT_OPTIONS"), ids=lambda shown: ", ".join(shown))
def test_options_that_are_shown_are_right(shown: dict[str, Any]) -> None:
    provider = {"CLASS": SMSBAT, "OPTIONS": OPTIONS | shown}
    channels = ["flashcall", "viber_otp", "sms", *(["voice"] if "VOICE_TYPE" in shown else [])]
    assert told({"PROVIDERS": {"default": provider}, "ALLOWED_REGIONS": ["UA"], "CHANNELS": channels}) == []


@pytest.mark.parametrize("shown", settings_shown("FLASHCALL"), ids=lambda shown: ", ".join(shown))
def test_settings_that_are_shown_are_right(shown: dict[str, Any]) -> None:
    texts = f"{__name__}.test_settings_that_are_shown_are_right"  # any function that can be imported
    for entry in shown.get("PROVIDERS", {}).values():
        entry["OPTIONS"] |= {"SEND": texts} if "SEND" in entry["OPTIONS"] else OPTIONS
    healthy = {"PROVIDERS": {"default": {"CLASS": SMSBAT, "OPTIONS": OPTIONS}}, "ALLOWED_REGIONS": ["UA"]}
    assert told(healthy | shown) == []


def test_there_are_as_many_settings_as_are_read_here() -> None:
    assert (len(settings_shown("SMSBAT_OPTIONS")), len(settings_shown("FLASHCALL"))) == (3, 2)


@pytest.mark.parametrize("topic", TOPICS)
def test_the_provider_is_asked_about(topic: str) -> None:
    assert [question for question, _ in questions() if topic in question]


def test_every_check_that_is_named_exists() -> None:
    named = set(re.findall(r"flashcall\.[EW][0-9]{3}", PAGE))
    assert named
    assert named <= PROBLEMS.keys() | smsbat_checks.SMSBAT_CHECKS.keys()


def test_every_option_that_is_named_exists() -> None:
    options = re.findall(r"`([A-Z]+_[A-Z_]+)`", PAGE)
    assert options
    assert {*options} <= {*DEFAULTS, *smsbat_checks.DEFAULTS}


@pytest.mark.parametrize("purpose", ["signup", "login", "transaction", "change_phone"])
def test_a_host_of_eleven_characters_leaves_one_part(purpose: str, flashcall: Any) -> None:
    flashcall(WEBOTP_HOST="x" * 7 + ".com")
    assert parts(channels.text("sms", code=Code("482175"), purpose=purpose, language="uk")) == 1
