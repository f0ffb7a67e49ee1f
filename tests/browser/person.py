"""What a person does with a phone in one hand and a browser in the other."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

NUMBER = "+380501234503"
"""Rings."""

READS_SMS = """
  window.OTPCredential = class {};
  window.asked = [];
  navigator.credentials.get = (options) => new Promise((resolve) => {
    asked.push(JSON.stringify(options.otp));
    window.arrive = (code) => resolve({ code });
  });
"""
"""Chromium on a computer reads none: this plays the part of a browser that does."""


class Person:
    """Somebody at a page with `<flash-call>`."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def code(self) -> Locator:
        """The field for the code."""
        return self.page.locator("input[data-flashcall=code]")

    @property
    def message(self) -> Locator:
        return self.page.locator("[data-flashcall=message]")

    @property
    def voice(self) -> Locator:
        """What a screen reader says besides."""
        return self.page.locator(".flashcall-voice[role=status]")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def asks(self, number: str = NUMBER, *, at: str = "/phone/") -> None:
        """Open a page that asks for a number, and ask for a call."""
        self.page.goto(at)
        self.gives(number)

    def gives(self, number: str, *, by: str = "") -> None:
        """Enter the number that is asked for, and press the first button or the one that says this."""
        self.page.get_by_label("Phone number").fill(number)
        self.button(by or ("Continue" if "/element/" in self.page.url else "Call me")).click()

    def posts(self, number: str) -> None:
        """Enter the number, and have the page answer as it does without JavaScript. A reload asks the same again."""
        self.page.get_by_label("Phone number").fill(number)
        self.page.locator("form[name=phone]").evaluate("form => form.submit()")

    def verifies(self, number: str = NUMBER) -> None:
        """Give a number, wait for the call and enter its code."""
        self.gives(number)
        expect(self.code).to_be_visible()
        self.enters(self.hears(number))

    def enters(self, typed: str) -> None:
        self.code.fill(typed)
        self.button("Confirm").click()

    def got(self, number: str = NUMBER) -> list[dict[str, Any]]:
        """What the handset shows, newest first."""
        reply = self.page.request.get(f"/sandbox/handset/{number}.json")
        expect(reply).to_be_ok()
        events: list[dict[str, Any]] = reply.json()["events"]
        return events

    def hears(self, number: str = NUMBER, digits: int = 4) -> str:
        """The code of the newest call or message."""
        newest = self.got(number)[0]
        if newest["text"] is None:
            return str(newest["from"])[-digits:]
        return "".join(filter(str.isdigit, newest["text"]))

    def told(self, name: str) -> list[dict[str, Any]]:
        """The events of this name that the page heard from the element."""
        heard = self.page.evaluate("name => heard.filter((event) => event.name === `flashcall:${name}`)", name)
        return list(heard)
