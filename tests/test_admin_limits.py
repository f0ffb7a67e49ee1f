"""The admin's list of limits and breakers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from django_flashcall import services
from django_flashcall.exceptions import ProviderUnavailable
from django_flashcall.models import Limit
from django_flashcall.providers import base, memory

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows() -> Any:
    """The rows of the list, as text."""
    browser = Client()
    browser.force_login(get_user_model().objects.create_superuser("root"))

    def read(**query: str) -> list[str]:
        response = browser.get(reverse("admin:flashcall_limit_changelist"), query)
        assert response.status_code == 200
        found = re.findall(r"<tr>(.*?)</tr>", response.content.decode(), re.DOTALL)
        return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found if "field-scope" in row]

    return read


def test_staff_see_which_provider_is_left_alone(phone: str, rows: Any) -> None:
    memory.fail(error_code=base.CREDENTIALS)
    with pytest.raises(ProviderUnavailable):
        services.request_verification(phone)
    (row,) = rows(kind="breaker")
    assert row.startswith("breaker default 5 of 5 nothing is sent over it")


def test_staff_see_what_is_used_up(phone: str, rows: Any, flashcall: Any, age: Any) -> None:
    flashcall(LIMITS={"region": "1/h"})
    services.request_verification(phone)
    refusing = rows(refusing="yes")
    assert any(row.startswith("region UA 1 of 1 refuses") for row in refusing)
    assert all(row.startswith(("region", "cooldown")) for row in refusing)
    assert len(rows(kind="limit")) == len(rows()) == Limit.objects.count()
    age(3601)
    assert rows(refusing="yes") == []


def test_a_row_tells_nothing_of_whom_it_counts(phone: str, rows: Any) -> None:
    services.request_verification(phone)
    assert phone[-4:] not in "".join(rows())
    assert not any(limit.key in row for limit in Limit.objects.all() for row in rows())
