"""docs/recipes/captcha.md: the setting is right, and the widget is in the page's form."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from example_project import risk
from tests.checks.site import HEALTHY, told
from tests.docs.markdown import ROOT, blocks

PAGE = ROOT / "docs" / "recipes" / "captcha.md"


def test_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURNSTILE_SECRET_KEY", "a-secret")
    known: dict[str, Any] = {"FLASHCALL": copy.deepcopy(HEALTHY)}
    (block,) = blocks(PAGE, "python")
    exec(block.text.replace("shop.risk", risk.__name__), known)
    assert known["FLASHCALL"]["RISK_CHECK"] == "example_project.risk.turnstile"
    assert told(known["FLASHCALL"]) == []


@pytest.mark.django_db
def test_the_widget_is_in_the_form(settings: Any, tmp_path: Path) -> None:
    (block,) = blocks(PAGE, "django")
    name = block.text.removeprefix("{# templates/").partition(" #}")[0]
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(block.text)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    _, _, form = Client().get("/phone/").content.decode().partition('<form name="phone"')
    assert 'class="cf-turnstile"' in form.partition("</form>")[0]
