"""The admin's list of limits and breakers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from django_flashcall import services
from django_flashcall.exceptions import ProviderUnavailable
from django_flashcall.models import Limit
from django_flashcall.models.breakers import Breaker
from django_flashcall.providers import base, memory

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows() -> Any:
    """The rows of the list, as text."""
    browser = Client()
    browser.force_login(get_user_model().objects.create_superuser("root"))

    return lambda **query: [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in marked(browser, **query)]


def marked(browser: Client, **query: str) -> list[str]:
    """Return the rows of the list, with their markup."""
    response = browser.get(reverse("admin:flashcall_limit_changelist"), query)
    assert response.status_code == 200
    found = re.findall(r"<tr>(.*?)</tr>", response.content.decode(), re.DOTALL)
    return [row for row in found if "field-what" in row]


def test_staff_see_which_provider_is_left_alone(phone: str, rows: Any) -> None:
    memory.fail(error_code=base.CREDENTIALS)
    with pytest.raises(ProviderUnavailable):
        services.request_verification(phone)
    (row,) = rows(kind="breaker")
    assert row.startswith("failures of a provider default - 5 of 5 nothing is sent over it 30 seconds")


def test_a_provider_left_alone_is_seen_while_a_key_is_rotated(rows: Any, settings: Any) -> None:
    Breaker("default", 0, 0).count_failure(Limit.objects.all(), "timeout", at_once=True)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the-new-key", [settings.SECRET_KEY]
    assert len(rows(kind="breaker")) == 1


def test_staff_see_what_is_used_up(phone: str, rows: Any, flashcall: Any, age: Any) -> None:
    flashcall(LIMITS={"region": "1/h"})
    services.request_verification(phone)
    refusing = rows(refusing="yes")
    assert any(row.startswith("codes for a country in 60 minutes UA - 1 of 1 refuses 60 minutes") for row in refusing)
    assert all(row.startswith(("codes for a country", "pause between two codes")) for row in refusing)
    assert len(rows(kind="limit")) == len(rows()) == Limit.objects.count()
    age(3601)
    assert rows(refusing="yes") == []


def test_a_row_tells_nothing_of_whom_it_counts(phone: str, rows: Any) -> None:
    services.request_verification(phone)
    assert phone[-4:] not in "".join(rows()) and "+380•••••••03" in "".join(rows())
    assert not any(limit.key in row for limit in Limit.objects.all() for row in rows())


@pytest.mark.parametrize("may", [True, False], ids=["may", "may not"])
def test_a_row_leads_to_the_latest_attempt_of_whom_it_counts(phone: str, may: bool, age: Any) -> None:
    services.request_verification(phone)
    age(31)
    latest = services.request_verification(phone)
    clerk = get_user_model().objects.create_user("clerk", is_staff=True)
    codenames = ["view_limit", *(["view_verificationattempt"] if may else [])]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    browser = Client()
    browser.force_login(clerk)
    (row,) = [row for row in marked(browser) if "codes for a number in 10 minutes" in row]
    address = reverse("admin:flashcall_verificationattempt_change", args=[latest.pk])
    assert (f'<a href="{address}">+380•••••••03</a>' in row) == may
    assert "+380•••••••03" in row and ("<a " in row) == may
