"""The pages with their script: what goes wrong between a person, a phone and a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from django_flashcall import services
from django_flashcall.models import Delivery, VerificationAttempt
from tests.browser.person import NUMBER, READS_SMS, Person

pytestmark = pytest.mark.slow

DONE = "Your number is verified"


def is_verified(person: Person) -> None:
    expect(person.page.get_by_role("heading", name=DONE)).to_be_visible()
    assert VerificationAttempt.objects.filter(status="verified").count() == 1


def loads(page: Page) -> list[str]:
    """Collects the addresses of the pages that the browser loads from now on."""
    found: list[str] = []
    page.on("request", lambda request: request.is_navigation_request() and found.append(request.url))
    return found


@pytest.mark.parametrize("digits", ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009"])
def test_whatever_becomes_of_the_call_the_number_is_verified(
    page: Page, person: Person, age: Callable[..., None], digits: str
) -> None:
    number = f"+38050123{digits}"
    page.clock.install()
    person.asks(number)
    expect(person.code).to_be_visible(timeout=10_000)
    got = person.got(number)
    if not got or got[0]["from"] is None:
        age(21)
        page.clock.fast_forward(21_000)
        person.button("Use SMS instead").click()
        expect(page.get_by_role("heading", name="We have sent an SMS to")).to_be_visible()
    person.enters(person.hears(number))
    is_verified(person)


def test_where_no_channel_takes_the_code_another_number_is_asked_for(page: Page, person: Person) -> None:
    person.asks("+380501230010")
    expect(person.message).not_to_be_empty()
    expect(page.get_by_role("heading", name="is not verified yet")).to_be_visible()
    expect(person.code).to_have_count(0)
    person.button("Change number").click()
    person.verifies()
    is_verified(person)


@pytest.mark.parametrize("scripts", [True, False])
def test_who_cannot_take_calls_has_an_sms_at_once(page: Page, person: Person, settings: Any, scripts: bool) -> None:
    choice = {"signup": {"API": True, "OWNS": True, "CHANNEL_CHOICE": True}}
    settings.FLASHCALL = {**settings.FLASHCALL, "PURPOSES": choice}
    page.goto("/phone/")
    page.get_by_label("Phone number").fill(NUMBER)
    person.button("Send an SMS").click()
    expect(page.get_by_role("heading", name="We have sent an SMS to")).to_be_visible()
    assert [event["type"] for event in person.got()] == ["sms"]
    person.enters(person.hears())
    is_verified(person)


def test_where_nothing_arrives_both_ways_were_offered(page: Page, person: Person, age: Callable[..., None]) -> None:
    page.clock.install()
    person.asks("+380501230011")
    expect(person.code).to_be_visible()
    age(21)
    page.clock.fast_forward(21_000)
    person.button("Use SMS instead").click()
    expect(page.get_by_role("heading", name="We have sent an SMS to")).to_be_visible()
    age(31)
    page.clock.fast_forward(31_000)
    expect(person.button("Send another SMS")).to_be_visible()
    assert person.got("+380501230011") == []


def test_a_code_expires_and_another_call_comes(page: Page, person: Person, age: Callable[..., None]) -> None:
    page.clock.install()
    person.asks()
    expect(person.code).to_be_visible()
    old = person.hears()
    age(95)
    page.clock.fast_forward(95_000)
    expect(page.get_by_text("The code has expired. Ask for a new one.").first).to_be_visible()
    expect(person.voice).to_have_text("The code has expired. Ask for a new one.")
    person.enters(old)
    expect(person.message).to_contain_text("expired")
    person.button("Call again").click()
    expect(page.locator("[data-flashcall=countdown]")).to_have_text(re.compile("1:(30|2[5-9])"))
    person.enters(person.hears())
    is_verified(person)


def test_a_browser_that_reads_sms_fills_the_code_in(page: Page, person: Person, age: Callable[..., None]) -> None:
    page.add_init_script(READS_SMS)
    page.clock.install()
    person.asks()
    expect(person.code).to_be_visible()
    age(21)
    page.clock.fast_forward(21_000)
    person.button("Use SMS instead").click()
    expect(page.get_by_role("heading", name="We have sent an SMS to")).to_be_visible()
    page.wait_for_function("() => asked.length")
    assert page.evaluate("asked") == ['{"transport":["sms"]}']
    page.evaluate("code => arrive(code)", person.hears())
    is_verified(person)


@pytest.mark.parametrize(("channels", "words"), [(["flashcall"], "Call again"), (["flashcall", "sms"], None)])
def test_a_resend_is_spoken_of_where_there_is_no_other_way(
    page: Page, person: Person, settings: Any, age: Callable[..., None], channels: list[str], words: str | None
) -> None:
    settings.FLASHCALL = {**settings.FLASHCALL, "CHANNELS": channels}
    page.clock.install()
    person.asks()
    expect(person.code).to_be_visible()
    for seconds, heard in ((21, "Use SMS instead"), (10, words or "Use SMS instead")):
        age(seconds)
        page.clock.fast_forward(seconds * 1_000)
        expect(person.voice).to_have_text("" if words and seconds == 21 else heard)
    expect(person.button("Call again")).to_be_visible()


def test_a_wrong_code_is_told_without_a_load(page: Page, person: Person, wrong: Callable[[str], str]) -> None:
    person.asks()
    expect(person.code).to_be_visible()
    loaded = loads(page)
    person.enters(wrong(person.hears()))
    expect(person.message).to_contain_text("That is not the right code.")
    expect(person.code).to_have_attribute("aria-invalid", "true")
    expect(person.code).to_be_focused()
    assert loaded == []
    person.enters(person.hears())
    is_verified(person)


def test_three_wrong_codes_are_the_end(page: Page, person: Person, wrong: Callable[[str], str]) -> None:
    person.asks()
    expect(person.code).to_be_visible()
    for left in ("2 more tries", "1 more try"):
        person.enters(wrong(person.hears()))
        expect(person.message).to_contain_text(left)
    person.enters(wrong(person.hears()))
    expect(page.get_by_role("heading", name="is not verified yet")).to_be_visible()
    expect(person.message).to_contain_text("Too many wrong codes")
    page.get_by_role("link", name="Start again").click()
    expect(page.get_by_label("Phone number")).to_be_visible()
    assert VerificationAttempt.objects.get().checks == 3


def test_two_tabs_verify_two_numbers(page: Page, person: Person, context: BrowserContext) -> None:
    person.asks()
    expect(person.code).to_be_visible()
    other = Person(context.new_page())
    other.asks("+380671234567")
    expect(other.code).to_be_visible()
    for somebody, number in ((person, NUMBER), (other, "+380671234567")):
        somebody.enters(somebody.hears(number))
        expect(somebody.page.get_by_role("heading", name=DONE)).to_be_visible()


def test_two_tabs_of_one_attempt_agree(page: Page, person: Person, context: BrowserContext) -> None:
    person.asks()
    expect(person.code).to_be_visible()
    other = Person(context.new_page())
    other.page.goto(page.url)
    other.enters(other.hears())
    expect(other.page.get_by_role("heading", name=DONE)).to_be_visible()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    is_verified(person)


def test_the_back_button_leads_to_the_number_and_forward_to_the_code(page: Page, person: Person) -> None:
    person.asks()
    expect(person.code).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Phone number")).to_be_visible()
    page.go_forward()
    person.enters(person.hears())
    is_verified(person)
    page.go_back()
    expect(page.get_by_role("heading", name=DONE)).to_be_visible()
    assert len(person.got()) == 1


def test_a_double_click_makes_one_call(page: Page, person: Person) -> None:
    page.goto("/phone/")
    page.get_by_label("Phone number").fill(NUMBER)
    person.button("Call me").dblclick()
    expect(person.code).to_be_visible()
    assert len(person.got()) == 1


def test_a_double_click_spends_one_check(page: Page, person: Person, wrong: Callable[[str], str]) -> None:
    person.asks()
    expect(person.code).to_be_visible()
    person.code.fill(wrong(person.hears()))
    person.button("Confirm").dblclick()
    expect(person.message).to_contain_text("That is not the right code.")
    assert VerificationAttempt.objects.get().checks == 1


@pytest.mark.parametrize("scripts", [False])
def test_without_javascript_a_double_click_makes_one_call_too(page: Page, person: Person) -> None:
    page.goto("/phone/")
    page.get_by_label("Phone number").fill(NUMBER)
    person.button("Call me").dblclick()
    expect(person.code).to_be_visible()
    assert len(person.got()) == 1


def test_a_reload_while_waiting_changes_nothing(page: Page, person: Person) -> None:
    person.asks()
    expect(person.code).to_be_visible()
    for _ in range(3):
        page.reload()
    expect(page.locator("[data-flashcall=countdown]")).to_have_text(re.compile("1:(30|2[0-9])"))
    person.enters(person.hears())
    is_verified(person)
    assert len(person.got()) == 1


def test_offline_for_ten_seconds(page: Page, person: Person, context: BrowserContext) -> None:
    page.clock.install()
    person.asks()
    expect(person.code).to_be_visible()
    code = person.hears()
    context.set_offline(True)
    person.enters(code)
    page.clock.fast_forward(10_000)
    expect(person.message).to_have_text("You are offline. This goes on when the connection is back.")
    context.set_offline(False)
    is_verified(person)


@pytest.mark.parametrize("form", ["phone", "code"])
def test_a_reply_that_is_lost_is_asked_for_again(page: Page, person: Person, form: str) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST" or len(lost) == 2:
            return route.continue_()
        lost.append(route.request.url)
        route.fetch(max_redirects=0)
        return route.abort()

    if form == "phone":
        page.route("**/phone/", lose)
    person.asks()
    expect(person.code).to_be_visible(timeout=10_000)
    if form == "code":
        page.route("**/phone/code/**", lose)
    person.enters(person.hears())
    expect(page.get_by_role("heading", name=DONE)).to_be_visible(timeout=10_000)
    assert len(lost) == 2
    assert len(person.got()) == 1


def test_a_network_that_swallows_a_request_is_not_waited_for_for_ever(page: Page, person: Person) -> None:
    swallowed: list[Route] = []
    page.route(
        "**/phone/", lambda route: swallowed.append(route) if route.request.method == "POST" else route.continue_()
    )
    page.clock.install()
    person.asks()
    element = page.locator("flash-call")
    for tries in (1, 2, 3):
        while len(swallowed) < tries:
            page.clock.fast_forward(1_000)
            page.wait_for_timeout(20)
        expect(element).to_have_attribute("aria-busy", "true")
        page.clock.fast_forward(20_000)
    expect(person.message).to_have_text("The site does not answer. Check your connection and try again.")
    expect(element).to_have_attribute("aria-busy", "false")
    assert len(swallowed) == 3
    page.unroute("**/phone/")
    person.button("Call me").click()
    expect(person.code).to_be_visible()


def test_a_call_that_failed_is_learnt_of_by_asking(page: Page, person: Person) -> None:
    page.clock.install()
    person.asks()
    expect(person.code).to_be_visible()
    Delivery.objects.update(status=Delivery.Status.UNDELIVERABLE)
    page.clock.fast_forward(5_000)
    expect(person.message).to_have_text("The code could not be delivered.")
    person.button("Use SMS instead").click()
    expect(page.get_by_role("heading", name="We have sent an SMS to")).to_be_visible()


def test_an_attempt_that_was_canceled_elsewhere_says_so(page: Page, person: Person) -> None:
    person.asks()
    expect(person.code).to_be_visible()
    services.cancel(VerificationAttempt.objects.get().pk)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", name="is not verified yet")).to_be_visible()
    expect(page.get_by_role("link", name="Start again")).to_be_visible()


def test_the_keyboard_alone_is_enough(page: Page, person: Person) -> None:
    page.goto("/phone/")
    number = page.get_by_label("Phone number")
    for _ in range(10):
        page.keyboard.press("Tab")
        if number.evaluate("field => field === document.activeElement"):
            break
    page.keyboard.type(NUMBER)
    page.keyboard.press("Enter")
    expect(person.code).to_be_focused()
    page.keyboard.type(person.hears())
    page.keyboard.press("Tab")
    expect(person.button("Confirm")).to_be_focused()
    page.keyboard.press("Space")
    is_verified(person)
