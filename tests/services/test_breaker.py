"""A provider that does not answer is left alone, by all processes, until one request finds it well."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.exceptions import DeliveryFailed, ProviderUnavailable
from django_flashcall.models import Delivery, Limit, VerificationAttempt
from django_flashcall.models.breakers import OPEN_SECONDS, RUN
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Message, Result, Status
from tests.concurrency.together import together

pytestmark = pytest.mark.django_db

NUMBERS = [f"+38050{n}4503" for n in range(100, 200)]


@pytest.fixture(autouse=True)
def one_channel(flashcall: Any) -> None:
    flashcall(CHANNELS=["flashcall"])


@pytest.fixture
def ask() -> Any:
    """Request verifications of new numbers; return how each ended."""
    numbers = iter(NUMBERS)

    def ask(times: int = 1) -> list[str]:
        ends = []
        for _ in range(times):
            try:
                ends.append(services.request_verification(next(numbers)).standing.newest.status)
            except (DeliveryFailed, ProviderUnavailable) as error:
                ends.append(type(error).__name__)
        return ends

    return ask


UNREACHABLE = Result(status=Status.UNREACHABLE, error_code=base.CONNECTION)
TIMED_OUT = Result(status=Status.UNKNOWN, error_code=base.TIMEOUT)
REFUSED = Result(status=Status.REJECTED, error_code=base.CREDENTIALS)


@pytest.mark.parametrize(("failure", "end"), [(UNREACHABLE, "DeliveryFailed"), (TIMED_OUT, "unknown")])
def test_a_run_of_failures_opens_it(ask: Any, outbox: list[Message], failure: Result, end: str) -> None:
    memory.script("flashcall", *[failure] * RUN)
    assert ask(RUN) == [end] * RUN
    assert ask(3) == ["ProviderUnavailable"] * 3
    assert len(outbox) == VerificationAttempt.objects.count() == RUN


def test_while_it_is_open_nothing_is_spent(ask: Any) -> None:
    memory.script("flashcall", *[UNREACHABLE] * RUN)
    ask(RUN)
    before = sorted(Limit.objects.values_list("key", "count"))
    with pytest.raises(ProviderUnavailable) as unavailable:
        services.request_verification("+380509994503")
    assert OPEN_SECONDS - 1 <= unavailable.value.retry_after <= OPEN_SECONDS  # type: ignore[operator]
    assert sorted(Limit.objects.values_list("key", "count")) == before


def test_an_answer_ends_a_run(ask: Any, outbox: list[Message]) -> None:
    for _ in range(3):
        memory.script("flashcall", *[UNREACHABLE] * (RUN - 1), Result(status=Status.ACCEPTED))
        assert "ProviderUnavailable" not in ask(RUN)
    assert Limit.objects.get(scope="breaker").count == 0


@pytest.mark.parametrize("error_code", [base.INVALID_NUMBER, base.REJECTED])
def test_a_rejected_message_is_an_answer(ask: Any, error_code: str) -> None:
    memory.fail("flashcall", error_code=error_code)
    assert ask(RUN * 2) == ["DeliveryFailed"] * RUN * 2


def test_failures_far_apart_are_no_run(ask: Any, age: Any) -> None:
    memory.script("flashcall", *[UNREACHABLE] * RUN)
    ask(RUN - 1)
    age(61)
    ask(1)
    assert ask(1) == ["accepted"]


def test_too_many_calls_in_flight_are_no_failure_of_the_provider(ask: Any) -> None:
    memory.script("flashcall", *[Result(status=Status.UNREACHABLE, error_code=base.TOO_MANY_IN_FLIGHT)] * RUN * 2)
    ask(RUN * 2)
    assert ask(1) == ["accepted"]


def test_refused_credentials_open_it_at_once(ask: Any, outbox: list[Message], caplog: Any) -> None:
    memory.script("flashcall", REFUSED)
    assert ask(3) == ["ProviderUnavailable"] * 3
    assert len(outbox) == 1
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "default" in record.message and base.CREDENTIALS in record.message


def test_after_a_while_one_request_tries_again(ask: Any, age: Any, outbox: list[Message], caplog: Any) -> None:
    memory.script("flashcall", REFUSED)
    ask(1)
    age(OPEN_SECONDS)
    assert ask(2) == ["accepted", "accepted"]
    assert "answers again" in caplog.text
    assert len(outbox) == 3


def test_a_probe_that_fails_opens_it_again(ask: Any, age: Any, outbox: list[Message]) -> None:
    memory.script("flashcall", *[UNREACHABLE] * (RUN + 1))
    ask(RUN)
    age(OPEN_SECONDS)
    assert ask(2) == ["DeliveryFailed", "ProviderUnavailable"]
    assert len(outbox) == RUN + 1


@pytest.mark.django_db(transaction=True)
def test_of_twenty_that_come_when_it_is_half_open_one_is_the_probe(ask: Any, age: Any, flashcall: Any) -> None:
    memory.script("flashcall", REFUSED)
    ask(1)
    age(OPEN_SECONDS)
    probes: list[str] = []
    ended = threading.Semaphore(0)

    def probe(channel: str, number: str, text: str) -> None:
        probes.append(number)
        for _ in range(19):  # as long as others may ask, there is no answer
            assert len(probes) > 1 or ended.acquire(timeout=10)

    def request(number: str) -> None:
        try:
            services.request_verification(number)
        finally:
            ended.release()

    function = {"CLASS": "django_flashcall.providers.function.FunctionProvider", "OPTIONS": {"SEND": probe}}
    flashcall(PROVIDERS={"default": function})
    outcomes = together(partial(request, number) for number in NUMBERS[50:70])
    assert len(probes) == 1
    assert Counter(type(outcome) for outcome in outcomes) == {type(None): 1, ProviderUnavailable: 19}


def test_another_provider_carries_on(flashcall: Any, outbox: list[Message]) -> None:
    flashcall(
        CHANNELS=["flashcall", "sms"],
        PROVIDERS={"other": {"CLASS": "django_flashcall.providers.memory.MemoryProvider"}},
        CHANNEL_PROVIDERS={"sms": "other"},
    )
    memory.script("flashcall", REFUSED)
    for number in NUMBERS[:3]:
        attempt = services.request_verification(number)
        assert attempt.standing.newest.channel == "sms"
    assert [message.channel for message in outbox] == ["flashcall", "sms", "sms", "sms"]
    assert list(Delivery.objects.filter(channel="flashcall").values_list("error_code", flat=True).order_by("id")) == [
        "credentials",
        "breaker_open",
        "breaker_open",
    ]


def test_staff_see_which_provider_it_is(ask: Any) -> None:
    memory.script("flashcall", REFUSED)
    ask(1)
    row = Limit.objects.get(scope="breaker")
    assert (row.label, row.count, row.maximum) == ("default", RUN, RUN)


def test_a_provider_that_is_well_costs_no_row(ask: Any) -> None:
    ask(3)
    assert not Limit.objects.filter(scope="breaker").exists()


def test_the_channels_that_follow_an_answered_probe_go_out_as_well(phone: str, age: Any, flashcall: Any) -> None:
    flashcall(CHANNELS=["flashcall", "sms"])
    memory.script("flashcall", REFUSED, Result(status=Status.REJECTED, error_code=base.REJECTED))
    with pytest.raises(ProviderUnavailable):
        services.request_verification(phone)
    age(OPEN_SECONDS)
    attempt = services.request_verification(phone)
    assert [(one.channel, one.status) for one in attempt.standing.deliveries] == [
        ("flashcall", "rejected"),
        ("sms", "accepted"),
    ]
