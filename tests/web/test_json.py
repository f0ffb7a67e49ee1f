"""What the page's script is answered, at the same URLs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.browser import Browser

JSON = {"Accept": "application/json"}


class Script:
    """Sends a page's forms as `<flash-call>` does."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def send(self, form: str, **typed: Any) -> Any:
        url, values = self.browser.filled_in(form, **typed)
        return self.browser.client.post(url, values, headers=JSON)

    def status(self) -> Any:
        return self.browser.client.get(self.browser.url, headers=JSON)


@pytest.fixture
def script(waiting: Browser) -> Script:
    return Script(waiting)


def test_a_number_leads_to_the_page_of_its_code(browser: Browser, phone: str) -> None:
    reply = Script(browser.open("/phone/")).send("phone", phone_number=phone)
    assert reply.status_code == 201
    assert browser.open(reply.json()["location"]).page.element["state"] == "pending"


def test_a_malformed_number(browser: Browser) -> None:
    reply = Script(browser.open("/phone/")).send("phone", phone_number="x")
    assert reply.status_code == 400
    assert "Enter one phone number" in reply.json()["phone_number"][0]


def test_a_refused_number(browser: Browser) -> None:
    reply = Script(browser.open("/phone/")).send("phone", phone_number="+48512345678")
    assert reply.status_code == 400
    assert reply.json() == {
        "error": "destination_not_allowed",
        "reason": "region",
        "detail": "We do not send codes to numbers of this country. Use a number of another country.",
    }


def test_how_the_attempt_stands(script: Script) -> None:
    body = script.status().json()
    assert {key: body[key] for key in ("status", "channel", "code_lengths", "checks_left", "next_channel")} == {
        "status": "pending",
        "channel": "flashcall",
        "code_lengths": [4],
        "checks_left": 3,
        "next_channel": "sms",
    }
    assert body["phone_number"] == "+380•••••••03"


def test_the_element_has_what_the_script_needs(script: Script) -> None:
    told = script.browser.page.element
    assert told["endpoint"] == script.browser.url
    assert {name: told[name] for name in ("state", "channel", "code-lengths", "checks-left", "next-channel")} == {
        "state": "pending",
        "channel": "flashcall",
        "code-lengths": "4",
        "checks-left": "3",
        "next-channel": "sms",
    }
    assert (int(told["expires-in"]), int(told["next-channel-in"]), int(told["resend-in"])) == (90, 20, 30)


def test_a_wrong_code(script: Script, wrong_code: Callable[[], str]) -> None:
    reply = script.send("code", code=wrong_code())
    assert (reply.status_code, reply.json()) == (
        400,
        {
            "error": "invalid_code",
            "checks_left": 2,
            "detail": "That is not the right code. You have 2 more tries.",
        },
    )


def test_what_cannot_be_a_code(script: Script) -> None:
    reply = script.send("code", code="1")
    assert (reply.status_code, reply.json()["error"]) == (400, "malformed")


def test_the_right_code_leads_on_and_tells_no_proof(script: Script, code: Callable[[], str]) -> None:
    reply = script.send("code", code=code())
    assert reply.status_code == 200
    assert reply.json()["status"] == "verified"
    assert "proof" not in reply.json()
    assert script.browser.open(reply.json()["location"]).page.text.startswith("Your number is verified")


def test_too_soon(script: Script) -> None:
    reply = script.send("resend")
    assert (reply.status_code, reply["Retry-After"], reply.json()["error"]) == (429, "30", "too_soon")


def test_an_sms(script: Script, age: Callable[..., None]) -> None:
    age(20)
    body = script.send("fallback").json()
    assert (body["status"], body["channel"], body["code_lengths"]) == ("pending", "sms", [4, 6])
    assert "location" not in body


def test_canceling_and_changing(script: Script) -> None:
    assert script.send("cancel", press=("action", "cancel")).json()["status"] == "canceled"
    assert script.send("cancel", press=("action", "change")).json()["location"] == "/phone/proof/signup/"


def test_a_flow_that_is_not_there(script: Script) -> None:
    reply = Browser().client.get(script.browser.url, headers=JSON)
    assert (reply.status_code, reply.json()["error"]) == (404, "not_found")
