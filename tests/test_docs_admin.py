"""docs/admin.md names what exists, and its snippet is the code that the themes are tested with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.template.loader import get_template

from django_flashcall import services
from django_flashcall.admin import base, finding
from django_flashcall.models.deliveries import MOST_POLLS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "admin.md").read_text()


def test_every_permission_that_is_named_exists(db: None) -> None:
    named = re.findall(r"`flashcall\.([a-z_]+)`", PAGE)
    known = Permission.objects.filter(content_type__app_label="flashcall").values_list("codename", flat=True)
    assert len(named) == 9 and set(named) <= set(known)


def test_every_template_and_service_that_is_named_exists() -> None:
    for name in re.findall(r"`(?:flashcall/admin/)?([a-z_]+\.html)`", PAGE):
        get_template(f"flashcall/admin/{name}")
    named = re.findall(r"`services\.([a-z]+)", PAGE)
    assert len(named) == 3 and all(hasattr(services, name) for name in named)


def test_the_numbers_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    assert f"the newest {finding.LOOKED_THROUGH:,} attempts" in text
    assert f"counted up to {base.COUNTED:,} rows" in text
    assert f"{MOST_POLLS} times at most" in text


def test_the_classes_that_are_shown_can_be_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    (snippet,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    site = admin.AdminSite()
    monkeypatch.setattr(site, "_registry", dict(admin.site._registry))
    monkeypatch.setattr(admin.sites, "site", site)
    monkeypatch.setattr(admin, "site", site)
    exec(snippet.replace("unfold.admin", "django.contrib.admin"), names := {})
    for model in (names["VerificationAttempt"], names["PhoneStatus"], names["Limit"], names["Health"]):
        assert type(site._registry[model]).__module__ == "builtins"
