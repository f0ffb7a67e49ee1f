"""The admin's pages with something on them, and how a member of staff comes to see them."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import get_user_model

from django_flashcall import services
from django_flashcall.models import Delivery, PhoneStatus, VerificationAttempt
from django_flashcall.services.client import Client
from tests.browser.room import Clerk
from tests.health.rows import in_every_section

View = Callable[[Clerk, Callable[..., None]], None]

NUMBER, UNDELIVERED = "+380501234503", "+380501230011"
CLIENT = Client("93.184.216.34", "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/156 Mobile")


def _a_day(age: Callable[..., None]) -> VerificationAttempt:
    """Let people verify their numbers, well and badly; return the attempt that has the longest story."""
    olena = get_user_model().objects.create_user("olena")
    services.request_verification("+380501230001", client=CLIENT)
    age(4000)
    services.cancel(services.request_verification("+380671112233", client=CLIENT).pk)
    age(900)
    services.request_verification("+380931112245", purpose="login", user=olena, client=CLIENT)
    age(300)
    PhoneStatus.objects.give("+380631112299", user=olena, channel="flashcall")
    exhausted = services.request_verification("+380671112288", client=CLIENT)
    for _ in range(3):
        services.verify(exhausted.pk, code="0000")
    age(130)
    attempt = services.request_verification(UNDELIVERED, client=CLIENT)
    age(6)
    services.follow(attempt.pk)
    age(19)
    services.fall_back(attempt.pk, channel="sms", client=CLIENT)
    services.verify(attempt.pk, code="000000")
    Delivery.objects.filter(channel="sms").update(cost="0.85", currency="UAH")
    PhoneStatus.objects.give(NUMBER, user=olena, channel="flashcall")
    services.request_verification(NUMBER, client=CLIENT)
    return attempt


def attempts(clerk: Clerk, age: Callable[..., None]) -> None:
    _a_day(age)
    clerk.begins_at("Verification attempts")


def story(clerk: Clerk, age: Callable[..., None]) -> None:
    attempt = _a_day(age)
    clerk.page.goto(f"/admin/flashcall/verificationattempt/{attempt.pk}/change/")


def number(clerk: Clerk, age: Callable[..., None]) -> None:
    _a_day(age)
    clerk.begins_at("Phone statuses")
    clerk.finds(NUMBER)
    block = clerk.page.locator("details", has=clerk.page.get_by_text("No code is sent to it for that time."))
    block.locator("summary").click()
    block.get_by_label("Why").fill("Says that somebody else signs up with the number")
    block.get_by_role("button").click()


def found(clerk: Clerk, age: Callable[..., None]) -> None:
    _a_day(age)
    clerk.begins_at("Verification attempts")
    clerk.finds(NUMBER)


def limits(clerk: Clerk, age: Callable[..., None]) -> None:
    _a_day(age)
    clerk.begins_at("Limits")


def health(clerk: Clerk, age: Callable[..., None]) -> None:
    in_every_section()
    clerk.begins_at("Health")


VIEWS: list[View] = [attempts, found, story, number, limits, health]
THEMED: list[View] = [attempts, story, health]
"""Those that are shown under a theme, too."""
