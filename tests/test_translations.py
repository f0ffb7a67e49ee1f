"""The Ukrainian catalogue: whole, compiled, and short enough for one SMS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polib
import pytest
from django.utils import translation

import django_flashcall
from django_flashcall import channels
from django_flashcall.codes import Code
from django_flashcall.conf import get_config

LOCALE = Path(django_flashcall.__file__).parent / "locale" / "uk" / "LC_MESSAGES"

ONE_PART_OF_CYRILLIC = 70
"""Characters of an SMS in UCS-2 (3GPP TS 23.038)."""


def test_every_text_is_translated() -> None:
    catalogue = polib.pofile(str(LOCALE / "django.po"))
    assert len(catalogue) > 100
    assert [entry.msgid for entry in catalogue.untranslated_entries() + catalogue.fuzzy_entries()] == []


def test_what_is_compiled_is_what_is_written() -> None:
    written = {entry.msgid: entry.msgstr for entry in polib.pofile(str(LOCALE / "django.po"))}
    compiled = {entry.msgid: entry.msgstr for entry in polib.mofile(str(LOCALE / "django.mo"))}
    assert compiled == written


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
