"""What is done when the provider, or this process, has too much to do."""

import threading
import time
from email.utils import format_datetime

import pytest
from django.utils import timezone

from django_flashcall.providers import base, transport
from django_flashcall.providers.base import Status
from tests.providers.outcomes import rejected, unreachable
from tests.providers.server import PATIENCE, accepted, http

AT_ONCE = 0.5
"""Seconds within which what does not wait is done."""


def test_too_many_requests_are_asked_again_after_the_pause_that_the_answer_names(smsbat, provider, flash_call):
    smsbat.answers({"error": "Too Many Requests"}, status=429, headers=["Retry-After: 1"])
    started = time.monotonic()
    assert provider.send(flash_call, deadline=PATIENCE).status is Status.ACCEPTED
    assert time.monotonic() - started >= 1
    first, second = smsbat.requests
    assert first.body == second.body


def test_too_many_requests_without_a_pause_are_asked_again_after_one_that_grows(smsbat, provider, flash_call):
    for _ in range(2):
        smsbat.answers({"error": "Too Many Requests"}, status=429)
    started = time.monotonic()
    assert provider.send(flash_call, deadline=PATIENCE).status is Status.ACCEPTED
    assert time.monotonic() - started >= 1 + 2
    assert len(smsbat.requests) == 3


@pytest.mark.parametrize("headers", [[], ["Retry-After: 1"], ["Retry-After: 99999999"], ["Retry-After: soon"]])
def test_too_many_requests_without_time_for_another_are_a_rejection_at_once(smsbat, provider, flash_call, headers):
    smsbat.answers(b"slow down", status=429, headers=headers)
    started = time.monotonic()
    result = provider.send(flash_call, deadline=0.9)
    assert result == rejected(base.RATE_LIMITED)
    assert time.monotonic() - started < AT_ONCE
    assert len(smsbat.requests) == 1


def a_date(seconds):
    return format_datetime(timezone.now() + timezone.timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", 1),
        ("99999999", 60),
        ("9" * 18, 60),
        ("9" * 400, None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("٧", None),
        ("soon", None),
        ("", None),
        pytest.param(a_date(-3600), 1, id="an hour ago"),
        pytest.param(a_date(3600), 60, id="in an hour"),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 1),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
        ("Wed, 41 Oct 2015 07:28:00 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 1),
    ],
)
def test_a_pause_is_read_in_seconds_or_as_a_date_and_kept_within_a_minute(header, seconds):
    assert transport.retry_after(header) == seconds


def test_a_date_to_pause_until_is_counted_from_now():
    assert transport.retry_after(a_date(30)) == pytest.approx(30, abs=2)


def test_no_more_requests_are_in_flight_than_allowed(smsbat, provider_of, flash_call):
    provider = provider_of(MAX_IN_FLIGHT=2)
    answer_now = threading.Event()

    def wait(connection):
        assert answer_now.wait(PATIENCE)
        connection.say(http(accepted()))

    smsbat.plays(wait)
    smsbat.plays(wait)
    results = []
    waiting = [
        threading.Thread(target=lambda: results.append(provider.send(flash_call, deadline=PATIENCE))) for _ in range(2)
    ]
    for thread in waiting:
        thread.start()
    smsbat.await_requests(2)
    started = time.monotonic()
    assert provider.send(flash_call, deadline=PATIENCE) == unreachable(base.TOO_MANY_IN_FLIGHT)
    assert time.monotonic() - started < AT_ONCE
    answer_now.set()
    for thread in waiting:
        thread.join(PATIENCE)
    assert [result.status for result in results] == [Status.ACCEPTED] * 2
    assert provider.send(flash_call, deadline=PATIENCE).status is Status.ACCEPTED
    assert len(smsbat.requests) == 3


def test_a_failed_request_gives_its_place_back(smsbat, provider_of, flash_call):
    provider = provider_of(MAX_IN_FLIGHT=1)
    for _ in range(3):
        smsbat.plays(lambda connection: connection.reset())
        assert provider.send(flash_call, deadline=PATIENCE).status is Status.UNKNOWN
    assert provider.send(flash_call, deadline=PATIENCE).status is Status.ACCEPTED
