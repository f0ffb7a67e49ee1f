"""manage.py flashcall_check without a number: settings, checks, reach."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from django_flashcall.providers.base import Message

SMSBAT = "django_flashcall.providers.smsbat.SMSBATProvider"


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A port at which connections are taken and nothing is answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def smsbat(port: int) -> dict[str, Any]:
    options = {"API_KEY": "sesame-" * 5, "SENDER": "Example", "BASE_URL": f"http://127.0.0.1:{port}"}
    return {"default": {"CLASS": SMSBAT, "OPTIONS": options}}


def test_the_settings_in_force_are_shown_and_nothing_is_sent(run: Any, outbox: list[Message]) -> None:
    written, failure = run()
    assert failure is None
    assert "  MAX_CHECKS: 3\n" in written
    assert "  ALLOWED_REGIONS: ['UA']\n" in written
    assert "Provider 'default': nothing is in the way." in written
    assert outbox == []


def test_numbers_in_the_settings_are_counted_and_not_shown(
    run: Any, flashcall: Callable[..., None], settings: Any
) -> None:
    flashcall(TEST_NUMBERS={"+380501234503": "4821"}, PURPOSES={"login": {"TEST_NUMBERS": {"+380501234503": "4821"}}})
    written, failure = run()
    assert failure is None
    assert "  TEST_NUMBERS: 1\n" in written
    assert "  PURPOSES: {'login': {'TEST_NUMBERS': 1}}\n" in written
    assert "501234503" not in written
    assert "4821" not in written


def test_a_test_number_proves_nothing_of_a_provider(run: Any, flashcall: Callable[..., None]) -> None:
    flashcall(TEST_NUMBERS={"+380501234503": "4821"})
    _written, failure = run(to="050 123 45 03")
    assert failure == "This is one of TEST_NUMBERS: nobody would be called."


def test_what_is_wrong_with_the_settings_fails(run: Any, flashcall: Callable[..., None]) -> None:
    flashcall(MAX_CHECKS=0)
    _written, failure = run(to="+380501234503")
    assert "(flashcall.E032)" in (failure or "")


def test_a_warning_is_shown_and_does_not_fail(run: Any, flashcall: Callable[..., None]) -> None:
    flashcall(MAX_CHECKS=11)
    written, failure = run()
    assert failure is None
    assert "(flashcall.W033)" in written


def test_a_provider_within_reach_is_connected_to_without_showing_its_key(
    run: Any, flashcall: Callable[..., None], listening: socket.socket
) -> None:
    flashcall(PROVIDERS=smsbat(listening.getsockname()[1]))
    written, failure = run()
    listening.settimeout(5)
    connected, _address = listening.accept()
    with connected:
        assert connected.recv(1) == b""
    assert failure is None
    assert f"default: {SMSBAT} (options: API_KEY, SENDER, BASE_URL)" in written
    assert "sesame" not in written


def test_a_provider_out_of_reach_fails(run: Any, flashcall: Callable[..., None], listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    listening.close()
    flashcall(PROVIDERS=smsbat(port))
    written, failure = run(to="+380501234503")
    assert "Provider 'default': cannot be reached." in written
    assert re.match(rf"default: 127\.0\.0\.1:{port}: .*refused", failure or "")


@pytest.mark.parametrize("option", ["purpose", "channel"])
def test_what_is_said_of_a_verification_without_a_number_is_refused(run: Any, option: str) -> None:
    assert "give it with --to" in run(**{option: "sms"})[1]
