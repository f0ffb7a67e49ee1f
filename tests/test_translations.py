"""The Ukrainian catalogue: whole, compiled, and short enough for one SMS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polib
import pytest
from django.utils import translation

import django_flashcall
import example_project
from django_flashcall import channels
from django_flashcall.codes import Code
from django_flashcall.conf import get_config

SITES = [Path(site.__file__).parent for site in (django_flashcall, example_project)]

ONE_PART_OF_CYRILLIC = 70
"""Characters of an SMS in UCS-2 (3GPP TS 23.038)."""
CYRILLIC = re.compile("[а-яіїєґ]")


def entries(catalogue: Any) -> set[tuple[Any, ...]]:
    """Return what a catalogue says, with each form of a plural."""
    return {
        (entry.msgctxt, entry.msgid, entry.msgstr, tuple(sorted(entry.msgstr_plural.items()))) for entry in catalogue
    }


@pytest.fixture(params=SITES, ids=lambda site: str(site.name))
def locale(request: pytest.FixtureRequest) -> Path:
    return Path(request.param, "locale", "uk", "LC_MESSAGES")


def test_every_text_is_translated(locale: Path) -> None:
    catalogue = polib.pofile(str(locale / "django.po"))
    assert len(catalogue) > 30
    assert [entry.msgid for entry in catalogue.untranslated_entries() + catalogue.fuzzy_entries()] == []


def test_what_is_compiled_is_what_is_written(locale: Path) -> None:
    written = polib.pofile(str(locale / "django.po"))
    assert entries(polib.mofile(str(locale / "django.mo"))) == entries(written)


def test_the_api_speaks_ukrainian(client: Any, db: None) -> None:
    with translation.override("uk"):
        body = client.get("/api/phone/verifications/unknown/", headers={"Accept-Language": "uk"}).json()
    assert body == {"error": "not_found", "detail": "Такого підтвердження немає."}


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("purpose", ["signup", "login", "transaction", "change_phone"])
def test_an_sms_costs_one_part(language: str, purpose: str) -> None:
    text = channels.text("sms", code=Code("482175"), purpose=purpose, language=language)
    assert "482175" in text
    assert len(text) <= ONE_PART_OF_CYRILLIC
    assert purpose in get_config().purposes


@pytest.mark.parametrize(("language", "warning"), [("en", "Tell it to nobody."), ("uk", "Нікому не кажіть.")])
@pytest.mark.parametrize("purpose", ["signup", "login", "transaction", "change_phone", "of_a_site"])
def test_a_code_is_to_be_told_to_nobody(language: str, warning: str, purpose: str) -> None:
    assert channels.text("sms", code=Code("482175"), purpose=purpose, language=language).endswith(warning)


def test_the_element_says_everything_in_both_languages() -> None:
    """Else it would say it in English, and nobody would hear of it. Few is no number of digits in English."""
    script = (Path(django_flashcall.__file__).parent / "static" / "flashcall" / "flash-call.js").read_text()
    english, ukrainian = (_texts(script, language) for language in ("en", "uk"))
    assert len(english) > 20
    assert ukrainian.keys() - english.keys() == {"digits_few"}
    assert english.keys() - ukrainian.keys() == set()
    for name, text in english.items():
        assert _places(ukrainian[name]) == _places(text), name
        assert CYRILLIC.search(ukrainian[name]), name


def _texts(script: str, language: str) -> dict[str, str]:
    """Return the texts that the element has in a language, by name."""
    (block,) = re.findall(rf"^  {language}: {{$(.*?)^  }},$", script, re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"^    (\w+):(.*?),$(?=\n    \w|\n\Z)", block, re.DOTALL | re.MULTILINE))


def _places(text: str) -> list[str]:
    return sorted(re.findall(r"{\w+}", text))
