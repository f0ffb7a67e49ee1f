"""The handset beside the site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.person import NUMBER, Person

pytestmark = pytest.mark.slow

HANDSET = "/sandbox/handset/"


@pytest.fixture
def handset(context: BrowserContext, page: Page) -> Page:
    """A second tab with the handset, on which no number has been chosen."""
    tab = context.new_page()
    tab.goto(HANDSET)
    return tab


def test_the_handset_that_is_called_is_picked_up_and_rings(person: Person, handset: Page) -> None:
    expect(handset.get_by_text("wait for one to ring")).to_be_visible()
    person.asks()
    expect(handset.get_by_role("heading", name=NUMBER)).to_be_visible()
    ring = handset.get_by_role("status")
    expect(ring).to_contain_text("Incoming call")
    expect(ring).to_contain_text(person.got()[0]["from"])
    handset.get_by_role("button", name="Decline").click()
    expect(ring).to_be_empty()
    expect(handset.get_by_role("listitem").filter(has_text="Missed call")).to_be_visible()


def test_calls_and_messages_are_apart_and_together(
    page: Page, person: Person, handset: Page, age: Callable[..., None]
) -> None:
    page.clock.install()
    person.asks()
    expect(person.code).to_be_visible()
    age(21)
    page.clock.fast_forward(21_000)
    person.button("Use SMS instead").click()
    expect(page.get_by_role("heading", name="We have sent an SMS")).to_be_visible()
    expect(handset.get_by_role("heading", name=NUMBER)).to_be_visible()  # it picks up whoever is called
    log = handset.get_by_role("log")
    # It rings for another moment, and over everything else.
    handset.add_locator_handler(handset.get_by_role("button", name="Decline"), lambda decline: decline.click())
    expect(log.get_by_role("listitem")).to_have_count(2)
    handset.get_by_text("Calls", exact=True).click()
    expect(log.get_by_text("Missed call")).to_be_visible()
    expect(log.get_by_text("SMS", exact=True)).to_be_hidden()
    handset.get_by_text("Messages", exact=True).click()
    expect(log.get_by_text("Missed call")).to_be_hidden()
    expect(log.get_by_text("SMS", exact=True)).to_be_visible()


def test_a_viber_message_arrives(
    page: Page, person: Person, handset: Page, settings: Any, age: Callable[..., None]
) -> None:
    settings.FLASHCALL = {**settings.FLASHCALL, "CHANNELS": ["flashcall", "viber_otp", "sms"]}
    page.clock.install()
    person.asks()
    expect(person.code).to_be_visible()
    age(21)
    page.clock.fast_forward(21_000)
    person.button("Use Viber instead").click()
    expect(page.get_by_role("heading", name="We have sent a Viber message to")).to_be_visible()
    log = handset.get_by_role("log")
    handset.add_locator_handler(handset.get_by_role("button", name="Decline"), lambda decline: decline.click())
    expect(log.get_by_role("listitem")).to_have_count(2)
    handset.get_by_role("radio", name="Viber").check()
    expect(log.get_by_text("Missed call")).to_be_hidden()
    expect(log.get_by_text(f"Your code: {person.hears()}")).to_be_visible()
    handset.get_by_role("radio", name="Messages").check()
    expect(log.get_by_text("Your code:")).to_be_hidden()
    person.enters(person.hears())
    expect(page.get_by_role("heading", name="Your number is verified")).to_be_visible()


def test_a_second_number_is_shown_when_it_rings(person: Person, handset: Page) -> None:
    person.asks()
    expect(handset.get_by_role("heading", name=NUMBER)).to_be_visible()
    person.asks("+380671234567")
    other = handset.get_by_role("link", name="+380671234567")
    expect(other).to_have_class("fresh")
    other.click()
    expect(handset.get_by_role("heading", name="+380671234567")).to_be_visible()


def test_it_is_silent_until_sound_is_asked_for(person: Person, handset: Page) -> None:
    """The sounds themselves are for the ear; that they are made, and when, is seen here."""
    handset.add_init_script("""
      window.tones = 0;
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
    """)
    handset.goto(f"{HANDSET}?number={NUMBER.replace('+', '%2B')}")
    sound = handset.get_by_role("switch", name="Sound")
    expect(sound).not_to_be_checked()
    person.asks()
    expect(handset.get_by_role("status")).to_contain_text("Incoming call")
    assert handset.evaluate("tones") == 0
    sound.check()
    handset.wait_for_function("() => tones > 0")
