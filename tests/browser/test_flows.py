"""Each flow of the example, from the first click: as it is, without JavaScript, and on a site as strict as can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from playwright.sync_api import Page, expect

from django_flashcall.models import PhoneStatus
from django_flashcall.models.clock import DbNow
from example_project.tour.models import Payment
from tests.browser.person import NUMBER, Person

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize(
        ("scripts", "strict"), [(True, False), (False, False), (True, True)], ids=["scripts", "no scripts", "strict"]
    ),
]

OTHER = "+380671234567"
PASSWORD = "a password of the tests"


@pytest.fixture
def owner(user: Any) -> Any:
    """A user with a password, an address and a verified number."""
    user.set_password(PASSWORD)
    user.email = "olena@example.com"
    user.save()
    PhoneStatus.objects.create(phone_number=NUMBER, user=user, verified_at=DbNow(), verified_channel="flashcall")
    return user


def log_in(person: Person) -> None:
    """Give name and password, and the code of the call."""
    page = person.page
    page.goto("/login/")
    page.get_by_label("Username").fill("olena")
    page.get_by_label("Password").fill(PASSWORD)
    person.button("Log in").click()
    expect(page.get_by_role("main")).to_contain_text("We will call +380 ••• •• •• 03")
    person.button("Call me").click()
    expect(person.code).to_be_visible()
    person.enters(person.hears())
    expect(page).to_have_url(re.compile("/profile/$"))


def test_a_number_is_verified(page: Page, person: Person) -> None:
    page.goto("/phone/")
    person.gives(NUMBER)
    expect(page.get_by_role("heading", name="We are calling +380 ••• •• •• 03")).to_be_visible()
    expect(page.get_by_text("You need not answer. Enter the last 4 digits of the number that called.")).to_be_visible()
    person.enters(person.hears())
    expect(page.get_by_role("heading", name="Your number is verified")).to_be_visible()


def test_somebody_signs_up_by_phone(page: Page, person: Person) -> None:
    page.goto("/signup/")
    person.verifies()
    page.get_by_label("Username").fill("taras")
    page.get_by_label(re.compile("^Password:?$")).fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)
    person.button("Sign up").click()
    expect(page.get_by_role("heading", name="taras")).to_be_visible()
    assert PhoneStatus.objects.get(phone_number=NUMBER).user == get_user_model().objects.get(username="taras")


def test_a_call_is_the_second_step_of_a_login(page: Page, person: Person, owner: Any) -> None:
    log_in(person)
    expect(page.get_by_role("heading", name="olena")).to_be_visible()


def test_a_number_is_changed_and_the_old_one_told(page: Page, person: Person, owner: Any) -> None:
    log_in(person)
    page.get_by_role("link", name="Change the number").click()
    page.get_by_label("Password").fill(PASSWORD)
    person.button("Continue").click()
    person.verifies(OTHER)
    expect(page.get_by_role("listitem").first).to_contain_text("67")
    assert PhoneStatus.objects.get(phone_number=OTHER).user == owner
    assert ["olena@example.com"] in [message.to for message in mail.outbox]


def test_a_payment_is_confirmed(page: Page, person: Person, owner: Any, age: Callable[..., None]) -> None:
    log_in(person)
    age(31)
    page.get_by_role("link", name="Pay somebody").click()
    page.get_by_label("Payee").fill("Solomiia")
    page.get_by_label("Amount").fill("120.50")
    person.button("Continue").click()
    expect(page.get_by_text("120.50 ₴ → Solomiia")).to_be_visible()
    person.button("Call me").click()
    expect(person.code).to_be_visible()
    person.enters(person.hears())
    expect(page.get_by_text("Paid:")).to_be_visible()
    payment = Payment.objects.get()
    assert (payment.amount, payment.paid_at is not None) == (Decimal("120.50"), True)


def test_a_page_for_members_opens_once_the_number_is_verified(page: Page, person: Person, owner: Any) -> None:
    log_in(person)
    PhoneStatus.objects.update(user=None, verified_at=None, verified_channel="")
    page.goto("/members/")
    person.verifies(OTHER)
    expect(page.get_by_text("You see this, because your number is verified.")).to_be_visible()
