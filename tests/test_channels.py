"""What each channel says, and in how many parts an SMS is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from django_flashcall import channels
from django_flashcall.codes import Code
from django_flashcall.parts import parts

CODE = Code("482175")

PARTS = {
    "nothing": ("", 1),
    "160 Latin letters": ("x" * 160, 1),
    "161 Latin letters": ("x" * 161, 2),
    "306 Latin letters": ("x" * 306, 2),
    "307 Latin letters": ("x" * 307, 3),
    "70 Cyrillic letters": ("ї" * 70, 1),
    "71 Cyrillic letters": ("ї" * 71, 2),
    "134 Cyrillic letters": ("ї" * 134, 2),
    "135 Cyrillic letters": ("ї" * 135, 3),
    "one Cyrillic letter among Latin ones": ("x" * 69 + "ї", 1),
    "one Cyrillic letter among more Latin ones": ("x" * 70 + "ї", 2),
    "Greek capitals, which the alphabet has": ("ΔΦΓΛΩΠΨΣΘΞ" * 16, 1),
    "a small Greek letter, which it has not": ("α" + "x" * 70, 2),
    "a typographic apostrophe, which it has not": ("’" + "x" * 70, 2),
    "80 signs that take two places": ("€" * 80, 1),
    "81 signs that take two places": ("€" * 81, 2),
    "line breaks": ("\r\n" * 80, 1),
    "35 emoji, of two units each": ("🔐" * 35, 1),
    "36 emoji": ("🔐" * 36, 2),
    "half an emoji": ("\ud83d" + "x" * 69, 1),
}


@pytest.mark.parametrize(("text", "count"), PARTS.values(), ids=PARTS)
def test_the_parts_of_an_sms_are_counted(text: str, count: int) -> None:
    assert parts(text) == count


@pytest.fixture
def said() -> Callable[..., str]:
    def say(channel: str, purpose: str = "signup", language: str = "en") -> str:
        return channels.text(channel, code=CODE, purpose=purpose, language=language)

    return say


@pytest.fixture
def template(tmp_path: Path, settings: Any) -> Callable[[str, str], None]:
    """Write a template of the site's own."""

    def write(name: str, text: str) -> None:
        folder = tmp_path / "flashcall" / "messages"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    return write


def test_a_flash_call_says_nothing(said: Callable[..., str]) -> None:
    assert said("flashcall") == ""


@pytest.mark.parametrize(
    ("purpose", "text"),
    [
        ("signup", "Your code is 482175. Tell it to nobody."),
        ("change_phone", "Your code for the new number is 482175. Tell it to nobody."),
        ("login", "Your login code is 482175. Tell it to nobody."),
        ("transaction", "482175 confirms your operation. Tell it to nobody."),
        ("of_the_site", "Your code is 482175. Tell it to nobody."),
    ],
)
def test_an_sms_says_what_its_code_is_for(said: Callable[..., str], purpose: str, text: str) -> None:
    assert said("sms", purpose) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("uk", "Ваш код 482175. Нікому не кажіть."),
        ("en", "Your code is 482175. Tell it to nobody."),
        ("", "Your code is 482175. Tell it to nobody."),
    ],
)
def test_an_sms_speaks_the_attempts_language(said: Callable[..., str], language: str, text: str) -> None:
    assert said("sms", language=language) == text


def test_a_voice_says_the_code_digit_by_digit_and_twice(said: Callable[..., str]) -> None:
    assert said("voice") == "Your code is 4, 8, 2, 1, 7, 5. Once more: 4, 8, 2, 1, 7, 5. Tell it to nobody."
    assert said("voice", language="uk").count("4, 8, 2, 1, 7, 5") == 2


def test_viber_has_words_for_providers_that_have_no_template(said: Callable[..., str]) -> None:
    assert said("viber_otp") == "Your code is 482175. Tell it to nobody."


def test_a_site_brings_its_own_words_for_a_purpose(said: Callable[..., str], template: Callable[..., None]) -> None:
    template("pigeon.txt", "{{ code }}")
    template("sms_login.txt", "{{ code }} for {{ purpose }}\n")
    assert said("pigeon") == "482175"
    assert said("sms", "login") == "482175 for login"
    assert said("sms", "signup") == "Your code is 482175. Tell it to nobody."


def test_only_an_sms_ends_with_the_line_for_browsers(said: Callable[..., str], flashcall: Callable[..., None]) -> None:
    flashcall(WEBOTP_HOST="example.com")
    assert said("sms").endswith("\n\n@example.com #482175")
    assert "@" not in said("viber_otp") + said("voice")


def test_the_log_says_once_that_a_text_costs_two_parts(
    said: Callable[..., str], template: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    template("sms_login.txt", "ї" * 65 + " {{ code }}")
    channels._tell_of_parts.cache_clear()
    with caplog.at_level(logging.WARNING, "django_flashcall"):
        for purpose in ("login", "login", "signup"):
            said("sms", purpose, "uk")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert {name: vars(record)[name] for name in ("channel", "purpose", "language", "parts")} == {
        "channel": "sms",
        "purpose": "login",
        "language": "uk",
        "parts": 2,
    }
    assert "482175" not in f"{record.getMessage()} {vars(record)}"


def test_other_channels_have_no_parts(
    said: Callable[..., str], template: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    template("viber_otp.txt", "ї" * 700 + " {{ code }}")
    said("viber_otp")
    assert caplog.records == []


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("purpose", ["signup", "login", "transaction", "change_phone"])
def test_a_default_text_has_one_part_with_a_host_and_the_usual_code(
    said: Callable[..., str], flashcall: Callable[..., None], purpose: str, language: str
) -> None:
    flashcall(WEBOTP_HOST="example.com")
    assert parts(said("sms", purpose, language)) == 1
