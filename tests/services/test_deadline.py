"""A request ends within REQUEST_DEADLINE, however many channels it tries."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.exceptions import DeliveryFailed
from django_flashcall.providers import base
from django_flashcall.providers.base import Message, Result, Status

pytestmark = pytest.mark.django_db

given: list[tuple[str, float]] = []


class Slow(base.Provider):
    """Takes all the time it is given, and reaches nobody."""

    def send(self, message: Message, *, deadline: float) -> Result:
        given.append((message.channel, deadline))
        threading.Event().wait(min(deadline, self.options["TAKES"]))
        return Result(status=Status.UNREACHABLE, error_code=base.CONNECTION)


@pytest.fixture
def slow(flashcall: Any) -> Any:
    given.clear()

    def configure(takes: float, deadline: float) -> None:
        provider = {"CLASS": "tests.services.test_deadline.Slow", "OPTIONS": {"TAKES": takes}}
        flashcall(PROVIDERS={"default": provider}, REQUEST_DEADLINE=deadline)

    return configure


def test_a_channel_is_given_what_the_others_left(phone: str, slow: Any) -> None:
    slow(takes=0.4, deadline=1)
    with pytest.raises(DeliveryFailed):
        services.request_verification(phone)
    (first, whole), (second, rest) = given
    assert (first, second) == ("flashcall", "sms")
    assert 0.9 < whole <= 1
    assert rest <= 0.6


def test_a_channel_for_which_no_time_is_left_is_not_tried(phone: str, slow: Any) -> None:
    slow(takes=5, deadline=0.5)
    started = time.monotonic()
    with pytest.raises(DeliveryFailed) as failed:
        services.request_verification(phone)
    assert time.monotonic() - started < 1.5
    assert [channel for channel, _ in given] == ["flashcall"]
    assert failed.value.next_channel == "sms"
