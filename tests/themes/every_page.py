"""Every page and act of the admin, under the theme that the settings name."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils.module_loading import import_string

from django_flashcall import services
from django_flashcall.admin.states import STATES
from django_flashcall.models import Limit, PhoneStatus
from tests.room.conftest import act, text, url
from tests.themes import urls

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:Overriding get_action"),  # which the theme does as it was done before Django 6.1
]


@pytest.fixture
def browser(db: None) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


@pytest.fixture
def status(phone: str, user: Any) -> PhoneStatus:
    PhoneStatus.objects.give(phone, user=user, channel="flashcall")
    return PhoneStatus.objects.get()


def test_the_classes_are_those_of_the_theme() -> None:
    for model in urls.MIXINS:
        assert isinstance(admin.site._registry[model], import_string(settings.MODEL_ADMIN))


def test_the_list_of_attempts(attempt: Any, browser: Client) -> None:
    page = browser.get(url("changelist", model="verificationattempt"))
    said = text(page)
    for word in ("+380•••••••03", "pending", "flash call", "just now", "Whole phone number"):
        assert word in said
    assert "flashcall/admin.css" in page.content.decode()


@pytest.mark.parametrize("window", ["24h", "7d", "30d"])
def test_health(attempt: Any, browser: Client, window: str) -> None:
    said = text(browser.get(url("changelist", model="health"), {"window": window}))
    for word in ("Health of phone verification", "From request to redeemed proof, by channel", "Conversion by region"):
        assert word in said


def test_the_attempts_as_a_file(attempt: Any, browser: Client) -> None:
    page = browser.get(url("changelist", model="verificationattempt"), {"format": "csv"})
    assert page["Content-Type"].startswith("text/csv")
    assert b"+380501234503" in b"".join(page.streaming_content)


@pytest.mark.parametrize(
    "query",
    [
        *({"state": state} for state in STATES),
        *({"channel": "sms"}, {"purpose": "login"}, {"region": "UA"}),
        *({"created": "1h"}, {"q": "4503"}, {"q": "nobody"}),
    ],
    ids=str,
)
def test_each_filter_of_the_list(attempt: Any, browser: Client, query: dict[str, str]) -> None:
    assert browser.get(url("changelist", model="verificationattempt"), query).status_code == 200


def test_the_attempts_of_a_number(attempt: Any, status: Any, browser: Client) -> None:
    page = browser.post(url("find", model="verificationattempt"), {"number": "+380501234503"}, follow=True)
    assert "What is known of +380•••••••03 Its verified owner is olena." in text(page)


def test_a_list_that_looks_so_far(attempt: Any, browser: Client, monkeypatch: pytest.MonkeyPatch, age: Any) -> None:
    monkeypatch.setattr("django_flashcall.admin.attempts.LOOKED_THROUGH", 1)
    age(31)
    services.request_verification("+380501234503")
    page = browser.get(url("changelist", model="verificationattempt"), {"state": "pending"})
    assert "Looked through 1 attempts" in text(page)


def test_the_story_of_an_attempt(attempt: Any, status: Any, browser: Client) -> None:
    page = browser.get(url("change", attempt))
    said = text(page)
    for word in (
        "What to tell the person",
        "Asked for a code",
        "Called",
        "Limits of this number now",
        "Open the number",
    ):
        assert word in said
    assert "flashcall/admin.css" in page.content.decode()


def test_the_page_of_a_number(attempt: Any, status: PhoneStatus, browser: Client) -> None:
    said = text(browser.get(url("change", status)))
    for word in ("Its verified owner is olena.", "Its latest attempts", "What staff did"):
        assert word in said


def test_the_lists_of_numbers_and_limits(attempt: Any, status: Any, browser: Client) -> None:
    assert "olena" in text(browser.get(url("changelist", model="phonestatus")))
    assert "codes for a number" in text(browser.get(url("changelist", model="limit")))
    assert "refuses" in text(browser.get(url("changelist", model="limit"), {"refusing": "yes"}))


def test_the_histories(attempt: Any, status: Any, browser: Client) -> None:
    for row in (attempt, status):
        browser.get(url("change", row))
        assert "Saw the whole phone number." in text(browser.get(url("history", row)))


def test_what_staff_do(attempt: Any, status: Any, browser: Client) -> None:
    assert "Blocked the number" in text(act(browser, status, "block", reason="Asked us to", seconds=3600))
    assert "Unblocked the number" in text(act(browser, status, "unblock", reason="A mistake"))
    assert "Released the number" in text(act(browser, status, "release", reason="Sold"))
    assert "Asked the provider" in text(act(browser, attempt, "ask"))
    assert "Forgave" in text(act(browser, attempt, "forgive"))
    assert "Canceled the attempt" in text(act(browser, attempt, "cancel"))


def test_limits_are_forgiven_in_their_list(attempt: Any, browser: Client) -> None:
    chosen = {"action": "forgive", "_selected_action": [Limit.objects.get(scope="cooldown").pk]}
    assert "Forgave 1 limit" in text(browser.post(url("changelist", model="limit"), chosen, follow=True))


def test_nothing_is_changed_by_a_form(attempt: Any, status: Any, browser: Client) -> None:
    for row in (attempt, status):
        assert browser.post(url("change", row), {"status": "verified"}).status_code == 403
        assert browser.get(url("add", model=row._meta.model_name)).status_code == 403
        assert browser.post(url("delete", row), {"post": "yes"}).status_code == 403
