"""What the tests of the pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.browser import Browser


@pytest.fixture
def browser(db: None) -> Browser:
    """A browser without JavaScript, in which nobody is signed in."""
    return Browser()


@pytest.fixture
def waiting(browser: Browser, phone: str) -> Browser:
    """A stranger's browser that shows the page for the code of a call."""
    return browser.open("/phone/proof/signup/").send("phone", phone_number=phone)


@pytest.fixture
def wrong_code(code: Callable[[], str], wrong: Callable[[str], str]) -> Callable[[], str]:
    """A code that the phone did not get."""
    return lambda: wrong(code())


@pytest.fixture
def during_send(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Do something while the provider is being called, once."""
    from django_flashcall.providers.memory import MemoryProvider

    def arrange(act: Callable[[], Any]) -> None:
        send, acts = MemoryProvider.send, [act]

        def acting(self: Any, message: Any, *, deadline: float) -> Any:
            result = send(self, message, deadline=deadline)
            if acts:
                acts.pop()()
            return result

        monkeypatch.setattr(MemoryProvider, "send", acting)

    return arrange
