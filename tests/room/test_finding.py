"""Finding an attempt or a number, among however many there are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.admin import attempts, finding
from django_flashcall.models import Delivery, PhoneStatus, VerificationAttempt
from tests.room.conftest import ACT, LOOK, text, url

pytestmark = pytest.mark.django_db

LIST = "/admin/flashcall/verificationattempt/"


def numbers(response: Any) -> list[str]:
    """Return the masked numbers of a list, by their last two digits."""
    return re.findall(r"\+380•{7}(\d\d)</a>", response.content.decode())


@pytest.fixture
def three(db: None, outbox: Any) -> list[VerificationAttempt]:
    """Attempts for three numbers, the oldest first."""
    return [services.request_verification(f"+38050123450{last}") for last in (1, 2, 3)]


@pytest.mark.parametrize(("digits", "found"), [("03", ["03"]), ("4502", ["02"]), ("450", []), ("9999", [])])
def test_last_digits_are_searched_for(three: Any, staff: Any, digits: str, found: list[str]) -> None:
    assert numbers(staff(*LOOK).get(LIST, {"q": digits})) == found


@pytest.mark.parametrize("digits", ["34501", "0501234501", "1", "٠١", "0%"])
def test_more_digits_than_four_are_not(three: Any, staff: Any, digits: str) -> None:
    """A masked number would be told digit by digit."""
    assert numbers(staff(*LOOK).get(LIST, {"q": digits})) == []


def test_last_digits_are_looked_for_among_the_newest(three: Any, staff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 2)
    assert numbers(staff(*LOOK).get(LIST, {"q": "02"})) == ["02"]
    assert numbers(staff(*LOOK).get(LIST, {"q": "01"})) == []


def test_a_whole_number_is_posted_and_is_in_no_address(three: Any, staff: Any) -> None:
    posted = staff(*LOOK).post(f"{LIST}find/", {"number": "050 123 45 02"})
    assert posted.status_code == 302 and "4502" not in posted.url
    assert numbers(staff(*LOOK).get(posted.url)) == ["02"]


def test_a_number_is_found_under_the_keys_that_are_still_honoured(three: Any, staff: Any, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key-" * 5
    posted = staff(*LOOK).post(f"{LIST}find/", {"number": "+380501234502"})
    assert numbers(staff(*LOOK).get(posted.url)) == ["02"]


@pytest.mark.parametrize("typed", ["", "12", "letters", "+380501234502\0", "1" * 5000])
def test_what_is_no_number_is_said_to_be_none(three: Any, staff: Any, typed: str) -> None:
    browser = staff(*LOOK)
    for model in ("verificationattempt", "phonestatus"):
        page = browser.post(url("find", model=model), {"number": typed}, follow=True)
        assert "Enter one phone number" in text(page)


def test_the_number_of_a_status_is_found(three: Any, staff: Any, user: Any) -> None:
    PhoneStatus.objects.give("+380501234502", user=user, channel="sms")
    browser, find = staff(*LOOK), url("find", model="phonestatus")
    assert "Its verified owner is olena." in text(browser.post(find, {"number": "+380501234502"}, follow=True))
    assert "Nothing is known of this number." in text(browser.post(find, {"number": "+380501234503"}, follow=True))


def test_all_attempts_for_the_number_of_one(three: Any, staff: Any, age: Any) -> None:
    age(60)
    services.request_verification("+380501234502")
    page = staff(*LOOK).get(url("same_number", three[1]), follow=True)
    assert numbers(page) == ["02", "02"]
    assert "What is known of +380•••••••02" in text(page)


@pytest.mark.parametrize("value", ["", "x", "0" * 63, "0" * 64 + "." + "g" * 64, "a\0b", "." * 64])
def test_a_digest_that_is_none_changes_nothing(three: Any, staff: Any, value: str) -> None:
    assert len(numbers(staff(*LOOK).get(LIST, {"number": value}))) == 3


@pytest.mark.parametrize("page", ["find", "same_number"])
def test_who_may_not_look_finds_nothing(three: Any, staff: Any, page: str) -> None:
    row = None if page == "find" else three[0]
    answer = staff("view_limit").post(url(page, row), {"number": "+380501234502"})
    assert answer.status_code == 403


def test_a_number_is_posted_and_not_gotten(staff: Any) -> None:
    assert staff(*LOOK).get(f"{LIST}find/", {"number": "+380501234502"}).status_code == 405


# Filters


def test_the_list_is_filtered_by_channel(three: Any, staff: Any, age: Any) -> None:
    age(25)
    services.fall_back(three[1].pk, channel="sms")
    Delivery.objects.filter(attempt=three[2]).update(fallbacks="sms", delivered_channel="sms")
    browser = staff(*LOOK)
    assert numbers(browser.get(LIST, {"channel": "flashcall"})) == ["03", "02", "01"]
    assert numbers(browser.get(LIST, {"channel": "sms"})) == ["03", "02"]
    assert numbers(browser.get(LIST, {"channel": "pigeon"})) == ["03", "02", "01"]


def test_the_list_is_filtered_by_region(three: Any, staff: Any, flashcall: Any) -> None:
    flashcall(ALLOWED_REGIONS=["UA", "PL"])
    services.request_verification("+48512345678")
    browser = staff(*LOOK)
    assert numbers(browser.get(LIST, {"region": "UA"})) == ["03", "02", "01"]
    flashcall(ALLOWED_REGIONS="*")
    assert "?region=PL" in browser.get(LIST).content.decode()
    assert numbers(browser.get(LIST, {"region": "PL"})) == []
    assert len(numbers(browser.get(LIST, {"region": "XX"}))) == 3


def test_a_filter_looks_so_far_and_then_further(three: Any, staff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "LOOKED_THROUGH", 2)
    browser = staff(*LOOK)
    first = browser.get(LIST, {"state": "pending"})
    assert numbers(first) == ["03", "02"]
    assert "Looked through 2 attempts" in text(first)
    (further,) = re.findall(r'href="([^"]*before=[^"]*)"', first.content.decode().split("Look through older")[0][-200:])
    second = browser.get(LIST + further.replace("&amp;", "&"))
    assert numbers(second) == ["01"]
    assert "Looked through" not in text(second)
    assert len(numbers(browser.get(LIST))) == 3


@pytest.mark.parametrize("value", ["", "x", "a\0b", "0" * 36])
def test_a_boundary_that_is_none_changes_nothing(three: Any, staff: Any, value: str) -> None:
    assert len(numbers(staff(*LOOK).get(LIST, {"before": value, "state": "pending"}))) == 3


# What it costs


@pytest.fixture
def owned(three: Any, user: Any) -> PhoneStatus:
    PhoneStatus.objects.give("+380501234502", user=user, channel="sms")
    return PhoneStatus.objects.get()


QUERIES = [
    {},
    *({"state": state} for state in ("pending", "verified", "canceled", "exhausted", "failed", "expired")),
    {"channel": "sms"},
    {"purpose": "signup"},
    {"region": "UA"},
    {"created": "24h"},
    {"state": "failed", "channel": "sms", "purpose": "signup", "region": "UA", "created": "7d"},
    {"q": "4502"},
    {"q": "olena"},
]
MOST = 12


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_each_list_and_filter_costs_at_most_twelve_queries(
    three: Any, staff: Any, flashcall: Any, query: dict[str, str], django_assert_max_num_queries: Any
) -> None:
    flashcall(ALLOWED_REGIONS="*")
    browser = staff(*ACT)
    with django_assert_max_num_queries(MOST):
        assert browser.get(LIST, query).status_code == 200


def test_each_page_costs_at_most_twelve_queries(
    three: Any, owned: PhoneStatus, staff: Any, django_assert_max_num_queries: Any
) -> None:
    browser = staff(*ACT)
    pages = [url("change", three[1]), url("change", owned), url("history", three[1])]
    pages += [url("changelist", model=model) for model in ("phonestatus", "limit")]
    pages += [url("changelist", model="limit") + "?refusing=yes", url("changelist", model="phonestatus") + "?q=olena"]
    pages.append(browser.get(url("same_number", three[1])).url)
    for page in pages:
        browser.get(page)
        with django_assert_max_num_queries(MOST):
            assert browser.get(page).status_code == 200, page


def test_the_page_of_a_number_costs_the_same_however_often_it_was_tried(
    owned: PhoneStatus, staff: Any, age: Any, django_assert_num_queries: Any, flashcall: Any
) -> None:
    flashcall(LIMITS={"phone": "", "phone_failures": "90/d"})
    browser = staff(*LOOK)
    browser.get(url("change", owned))
    for _ in range(2):
        for _ in range(4):
            age(31)
            services.request_verification(owned.phone_number)
        with django_assert_num_queries(10):
            browser.get(url("change", owned))
