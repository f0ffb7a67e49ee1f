"""What people ask the staff, and that the staff find the answer: at most three clicks or searches from the index."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import BrowserContext, Page

from django_flashcall import services
from django_flashcall.exceptions import FlashcallError
from django_flashcall.models import Delivery, PhoneStatus
from django_flashcall.services.client import Client
from tests.browser.room import PERMISSIONS, Clerk, sign_in

pytestmark = pytest.mark.slow

NUMBER = "+380501234503"
REFUSED, UNDELIVERED, NOWHERE = "+380501230001", "+380501230011", "+380501230010"
ATTEMPTS, NUMBERS, LIMITS, HEALTH = "Verification attempts", "Phone statuses", "Limits", "Health"
CLIENT = Client("93.184.216.34", "Mozilla/5.0 (Android 15; Mobile)")


@pytest.fixture
def strict() -> bool:
    """The admin's own pages have inline styles before Django 6.1."""
    return False


@pytest.fixture(params=PERMISSIONS)
def clerk(request: Any, context: BrowserContext, site: str, page: Page) -> Clerk:
    sign_in(context, site, PERMISSIONS[request.param])
    page.set_viewport_size({"width": 1280, "height": 800})
    return Clerk(page, sees_all=request.param == "act")


@pytest.fixture
def look_at(clerk: Clerk) -> Callable[[str], None]:
    """Open the newest attempt for a number that ends with these digits."""

    def look(digits: str) -> None:
        clerk.begins_at(ATTEMPTS)
        clerk.searches(digits)
        clerk.opens("+380")

    return look


def test_no_call_came(clerk: Clerk, look_at: Any, age: Any) -> None:
    attempt = services.request_verification(UNDELIVERED, client=CLIENT)
    age(6)
    services.follow(attempt.pk)
    assert Delivery.objects.get().status == "undeliverable"
    look_at("0011")
    clerk.reads("It did not arrive: the phone was off", "The page offers another way now: SMS.", "Called")
    assert clerk.objections() == []


def test_why_did_i_get_an_sms_and_no_call(clerk: Clerk, look_at: Any) -> None:
    services.request_verification(REFUSED, client=CLIENT)
    look_at("0001")
    clerk.reads("Refused by the provider: flash call", "SMS sent")
    assert clerk.objections() == []


def test_nothing_came_at_all(clerk: Clerk, look_at: Any) -> None:
    with contextlib.suppress(FlashcallError):
        services.request_verification(NOWHERE, client=CLIENT)
    look_at("0010")
    clerk.reads("No code reached the phone.", "No call or message was placed, because")
    assert clerk.objections() == []


def test_my_code_is_not_accepted(clerk: Clerk, look_at: Any) -> None:
    attempt = services.request_verification(NUMBER, client=CLIENT)
    for _ in range(3):
        services.verify(attempt.pk, code="0000")
    look_at("4503")
    clerk.reads("Too many wrong codes were entered.", "A wrong code was entered 3 times")
    assert clerk.objections() == []


def test_the_code_came_too_late(clerk: Clerk, look_at: Any, age: Any) -> None:
    services.request_verification(NUMBER, client=CLIENT)
    age(100)
    look_at("03")
    clerk.reads("The code has expired. Ask for another.", "The code expired: flash call")
    assert clerk.objections() == []


def test_was_i_charged_twice(clerk: Clerk, look_at: Any, age: Any) -> None:
    attempt = services.request_verification(NUMBER, client=CLIENT)
    age(25)
    services.fall_back(attempt.pk, channel="sms")
    Delivery.objects.filter(channel="sms").update(cost="0.85", currency="UAH")
    look_at("4503")
    clerk.reads("2 calls or messages were placed. The site paid 0.85 UAH. The person is not charged for codes.")
    assert clerk.objections() == []


def test_who_asked_for_it_i_did_not(clerk: Clerk, look_at: Any) -> None:
    services.request_verification(NUMBER, client=CLIENT)
    look_at("4503")
    clerk.reads("From the address 93.184.216.34.", "With the browser Mozilla/5.0 (Android 15; Mobile)")
    assert clerk.objections() == []


def test_who_blocked_me(clerk: Clerk, page: Page, context: BrowserContext, site: str) -> None:
    PhoneStatus.objects.block(NUMBER, seconds=60, reason="x")
    PhoneStatus.objects.unblock(NUMBER)
    blocker = Clerk(page)
    before = context.cookies()
    sign_in(context, site, PERMISSIONS["act"], "petro")
    blocker.begins_at(NUMBERS)
    blocker.finds(NUMBER)
    block = page.locator("details", has=page.get_by_text("No code is sent to it for that time."))
    block.locator("summary").click()
    block.get_by_label("For how long").select_option("1 day")
    block.get_by_label("Why").fill("Asked us to")
    assert clerk.objections() == []
    block.get_by_role("button", name="Block the number").click()
    blocker.reads("Blocked the number: 1 day.")

    context.clear_cookies()
    context.add_cookies(before)
    clerk.begins_at(NUMBERS)
    clerk.finds(NUMBER)
    clerk.reads("The number is blocked for 24 hours more: Asked us to", "petro: Blocked the number: 1 day.")
    assert clerk.objections() == []


def test_whose_is_my_number(clerk: Clerk) -> None:
    owner = get_user_model().objects.create_user("olena")
    PhoneStatus.objects.give(NUMBER, user=owner, channel="flashcall")
    clerk.begins_at(NUMBERS)
    clerk.finds(NUMBER)
    clerk.reads("Its verified owner is olena.")
    assert clerk.objections() == []


def test_why_too_many_requests(clerk: Clerk, settings: Any, age: Any) -> None:
    settings.FLASHCALL = {**settings.FLASHCALL, "LIMITS": {"phone": "2/10m"}}
    for _ in range(2):
        services.request_verification(NUMBER, client=CLIENT)
        age(31)
    clerk.begins_at(ATTEMPTS)
    clerk.finds(NUMBER)
    clerk.reads("Too many requests: codes for a number in 10 minutes, 2 of 2. Another can be asked for in 9 minutes.")
    assert clerk.objections() == []


def test_who_is_limited_now(clerk: Clerk, settings: Any) -> None:
    settings.FLASHCALL = {**settings.FLASHCALL, "LIMITS": {"ip": "1/h"}}
    services.request_verification(NUMBER, client=CLIENT)
    clerk.begins_at(LIMITS)
    clerk.opens("refuses now")
    clerk.reads("codes from an address", "93.184.216.34", "1 of 1", "60 minutes")
    assert clerk.objections() == []


def test_is_the_provider_down(clerk: Clerk, settings: Any) -> None:
    provider = settings.FLASHCALL["PROVIDERS"]["default"]
    options = {**provider["OPTIONS"], "BASE_URL": "http://127.0.0.1:9"}
    settings.FLASHCALL = {**settings.FLASHCALL, "PROVIDERS": {"default": {**provider, "OPTIONS": options}}}
    for last in range(5):
        with contextlib.suppress(FlashcallError):
            services.request_verification(f"+38050123450{last}", client=CLIENT)
    clerk.begins_at(LIMITS)
    clerk.opens("providers that fail")
    clerk.reads("failures of a provider default", "nothing is sent over it")
    assert clerk.objections() == []
    clerk.begins_at(HEALTH)
    clerk.reads("Provider down:", "default fails; nothing is sent over it", "provider not reached")
    assert clerk.objections() == []


def test_staff_who_may_not_act_are_offered_nothing(clerk: Clerk, look_at: Any, request: Any) -> None:
    services.request_verification(NUMBER, client=CLIENT)
    look_at("4503")
    acts = request.node.callspec.params["clerk"] == "act"
    assert clerk.page.get_by_role("button", name="Cancel the attempt").count() == acts
    assert (NUMBER in clerk.page.locator("#content").inner_text()) == (request.node.callspec.params["clerk"] != "look")
    if acts:
        clerk.page.get_by_role("button", name="Cancel the attempt").click()
        clerk.reads("Canceled the attempt", "olga: Canceled the attempt")
