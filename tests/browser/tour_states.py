"""The pages of the example's tour, and how a person comes to see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import expect

from django_flashcall.models import PhoneStatus
from django_flashcall.models.clock import DbNow
from example_project.demo import LOOPBACK
from example_project.tour.models import Payment
from tests.browser.person import NUMBER, Person


def tour_index(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.page.goto("/")


def tour_signup(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.page.goto("/signup/")
    person.verifies()
    expect(person.page.get_by_label("Username")).to_be_visible()


def tour_login(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.page.goto("/login/")
    person.page.get_by_label("Username").fill("nobody")
    person.page.get_by_label("Password").fill("wrong")
    person.button("Log in").click()
    expect(person.page.locator(".errorlist")).to_be_visible()


def tour_profile(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    is_member(person)
    person.page.goto("/profile/")


def tour_password(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    is_member(person)
    person.page.goto("/profile/password/")


def tour_payment_form(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    is_member(person)
    person.page.goto("/payments/new/")


def tour_payment_phone(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.page.goto(f"/payments/{pays(is_member(person)).pk}/phone/")
    expect(person.page.get_by_text("120.50 ₴ → Solomiia")).to_be_visible()


def tour_payment(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.page.goto(f"/payments/{pays(is_member(person), paid_at=DbNow()).pk}/")
    expect(person.page.get_by_text("Paid:")).to_be_visible()


def tour_members(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    is_member(person)
    person.page.goto("/members/")


TOUR = [
    *(tour_index, tour_signup, tour_login, tour_profile, tour_password),
    *(tour_payment_form, tour_payment_phone, tour_payment, tour_members),
]


def is_member(person: Person) -> Any:
    """Let the browser be signed in as a user with a verified number."""
    user = get_user_model().objects.create_user("olena", email="olena@example.com")
    PhoneStatus.objects.give(NUMBER, user=user, channel="flashcall")
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    person.page.context.add_cookies([{"name": "sessionid", "value": session, "domain": LOOPBACK, "path": "/"}])
    return user


def pays(user: Any, **fields: Any) -> Payment:
    """Return a payment of this user."""
    return Payment.objects.create(user=user, payee="Solomiia", amount="120.50", **fields)
