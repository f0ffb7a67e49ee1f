"""What the pages say of each channel, and what their fields tell a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web.browser import Browser

NUMBER = "+380 ••• •• •• 03"

WHILE_WAITING = {
    "flashcall": [f"We are calling {NUMBER}", "Enter the last 4 digits of the number that called.", "Call again"],
    "viber_otp": [
        f"We have sent a Viber message to {NUMBER}",
        "Enter the 6 digits from the message.",
        "Write again in Viber",
    ],
    "sms": [f"We have sent an SMS to {NUMBER}", "Enter the 6 digits from the SMS.", "Send another SMS"],
    "voice": [f"We are calling {NUMBER}", "Answer the call, and enter the 6 digits that you hear.", "Call again"],
}

BUTTONS = {
    "flashcall": ["Call me", "Call me instead"],
    "viber_otp": ["Write in Viber", "Use Viber instead"],
    "sms": ["Send an SMS", "Use SMS instead"],
    "voice": ["Say the code in a call", "Hear the code in a call instead"],
}
"""That which chooses the channel from the start, and that which goes over to it."""


@pytest.mark.parametrize("channel", WHILE_WAITING)
def test_what_is_said_while_its_code_is_on_the_way(
    browser: Browser, phone: str, flashcall: Callable[..., None], channel: str
) -> None:
    flashcall(CHANNELS=[channel])
    browser.open("/phone/").send("phone", phone_number=phone)
    for words in WHILE_WAITING[channel]:
        assert words in browser.page.text


@pytest.mark.parametrize("channel", BUTTONS)
def test_the_buttons_that_lead_to_it(
    browser: Browser, phone: str, flashcall: Callable[..., None], channel: str
) -> None:
    first = "sms" if channel != "sms" else "flashcall"
    signup = {"API": True, "OWNS": True, "CHANNEL_CHOICE": True}
    flashcall(CHANNELS=[first, channel], PURPOSES={"signup": signup})
    from_the_start, instead = BUTTONS[channel]
    browser.open("/phone/")
    assert browser.page.buttons["channel", channel] == from_the_start
    browser.send("phone", phone_number=phone)
    assert browser.page.buttons["channel", channel] == instead


def test_the_field_of_the_code_can_be_filled_in_by_the_phone(waiting: Browser) -> None:
    field = waiting.page.forms["code"].inputs["code"]
    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")


def test_the_field_of_the_number_too(browser: Browser) -> None:
    field = browser.open("/phone/").page.forms["phone"].inputs["phone_number"]
    assert (field["type"], field["autocomplete"], field["inputmode"]) == ("tel", "tel", "tel")
