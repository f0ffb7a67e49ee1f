"""docs/privacy.md: every field that is stored is on the page, and what it promises is so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps

from django_flashcall import conf, services, testing
from django_flashcall.models import PhoneStatus, VerificationAttempt
from tests.docs.markdown import ROOT

PAGE = ROOT / "docs" / "privacy.md"
MODELS = [model for model in apps.get_app_config("flashcall").get_models() if not model._meta.proxy]


def told(model: str) -> list[str]:
    """Return the fields in the table below the sentence that begins with a model's name."""
    _, _, after = PAGE.read_text().partition(f"\n`{model}`, one row")
    table = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert table, f"{model} has no table"
    rows = [row.split("|")[1] for row in table[0].splitlines()[2:]]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_told_and_no_other(model: Any) -> None:
    fields = [field.name for field in model._meta.concrete_fields]
    assert sorted(told(model.__name__)) == sorted(fields)


def test_the_page_has_the_default() -> None:
    assert f"`RETENTION_DAYS` ({conf.DEFAULTS['RETENTION_DAYS']})" in PAGE.read_text()


@pytest.mark.django_db
def test_with_its_user_an_attempt_goes_and_the_number_is_nobodys(user: Any) -> None:
    testing.verified_phone(user)
    user.delete()
    assert not VerificationAttempt.objects.exists()
    assert PhoneStatus.objects.get().user is None
    assert not PhoneStatus.objects.get().is_verified
    assert not services.phones_of(user)
