"""Calls that leave the process: the real provider, and a server in SMSBAT's place that takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.providers.server import Server


@pytest.fixture
def smsbat() -> Iterator[Server]:
    """A server in SMSBAT's place, which takes every message."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def site(smsbat: Server, flashcall: Callable[..., None]) -> Callable[..., None]:
    """A site that sends over `smsbat`; to be called with other settings, and with OPTIONS of the provider."""

    def change(options: dict[str, Any] | None = None, **values: Any) -> None:
        entry = {"API_KEY": "key", "SENDER": "YourApp", "BASE_URL": smsbat.url, "MAX_IN_FLIGHT": 64, **(options or {})}
        provider = {"CLASS": "django_flashcall.providers.smsbat.SMSBATProvider", "OPTIONS": entry}
        flashcall(PROVIDERS={"default": provider}, **values)

    change()
    return change


def rung(smsbat: Server, number: int = -1) -> str:
    """Return the digits that the phone saw with one of the calls, by default the last."""
    message = smsbat.requests[number].message
    return str(message.get("text") or message["messageData"]["callerId"][-4:])
