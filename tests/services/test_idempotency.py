"""Asking twice with one key."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.exceptions import IdempotencyConflict, IdempotencyMismatch, RateLimited
from django_flashcall.models import Delivery, Limit, VerificationAttempt
from django_flashcall.providers.base import Message
from tests.concurrency.together import together

pytestmark = pytest.mark.django_db

KEY = "0c4d9a52-3b3c-4a4e-9b7e"


@pytest.fixture
def request_once(phone: str) -> Any:
    return partial(services.request_verification, phone, idempotency_key=KEY)


def test_the_same_request_again_is_the_same_attempt(request_once: Any, outbox: list[Message]) -> None:
    first, second = request_once(), request_once()
    assert first == second
    assert second.standing.state == "pending"
    assert len(outbox) == 1
    assert set(Limit.objects.values_list("count", flat=True)) == {1}


def test_a_replay_shows_the_attempt_as_it_now_stands(request_once: Any, code: Any) -> None:
    services.verify(request_once().pk, code=code())
    assert request_once().standing.state == "verified"


def test_without_a_key_the_second_request_is_too_soon(phone: str) -> None:
    services.request_verification(phone)
    with pytest.raises(RateLimited):
        services.request_verification(phone)


@pytest.mark.parametrize(
    "other",
    [{"phone_number": "+380501234504"}, {"purpose": "change_phone"}, {"channel": "sms"}, {"context": "order-7"}],
)
def test_a_key_of_a_user_stands_for_one_request(phone: str, user: Any, other: dict[str, str]) -> None:
    arguments = {"phone_number": phone, "user": user, "idempotency_key": KEY}
    services.request_verification(**arguments)
    with pytest.raises(IdempotencyMismatch):
        services.request_verification(**{**arguments, **other})


def test_two_users_may_have_the_same_key(phone: str, user: Any, stranger: Any, age: Any, outbox: list[Any]) -> None:
    services.request_verification(phone, user=user, idempotency_key=KEY)
    age(31)
    services.request_verification(phone, user=stranger, idempotency_key=KEY)
    assert len(outbox) == 2


def test_anonymous_callers_with_one_key_and_different_requests_do_not_meet(outbox: list[Message]) -> None:
    first = services.request_verification("+380501234503", idempotency_key=KEY)
    second = services.request_verification("+380501234504", idempotency_key=KEY)
    assert first != second
    assert len(outbox) == 2


def test_while_the_first_call_is_under_way_the_second_waits(request_once: Any, age: Any, outbox: list[Any]) -> None:
    attempt = request_once()
    Delivery.objects.update(status="created")
    with pytest.raises(IdempotencyConflict) as conflict:
        request_once()
    assert 14 <= conflict.value.retry_after <= 15
    age(16)
    assert request_once() == attempt
    assert len(outbox) == 1


def test_the_second_waits_for_the_first_call_whatever_was_sent_since(request_once: Any, flashcall: Any) -> None:
    flashcall(FALLBACK_AFTER=0)
    attempt = request_once()
    Delivery.objects.update(status="created")
    services.fall_back(attempt.pk, channel="sms")
    with pytest.raises(IdempotencyConflict):
        request_once()


def test_a_key_is_kept_for_a_day(request_once: Any, age: Any, outbox: list[Message]) -> None:
    first = request_once()
    age(86_300)
    assert request_once() == first
    age(200)
    assert request_once() != first
    assert len(outbox) == 2


def test_a_refusal_is_not_remembered(phone: str, request_once: Any, age: Any) -> None:
    services.request_verification(phone)
    with pytest.raises(RateLimited):
        request_once()
    age(31)
    assert request_once().standing.state == "pending"


@pytest.mark.parametrize("key", ["", "short", "x" * 256])
def test_a_key_that_is_no_key(phone: str, key: str, outbox: list[Message]) -> None:
    with pytest.raises(ValueError, match="16 to 255"):
        services.request_verification(phone, idempotency_key=key)
    assert not outbox


def test_a_key_survives_rotation_of_the_secret(request_once: Any, settings: Any) -> None:
    first = request_once()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key", [settings.SECRET_KEY]
    assert request_once() == first


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("whose", ["user", "nobody"])
def test_twenty_at_once_with_one_key_are_one_attempt(phone: str, user: Any, whose: str, outbox: list[Message]) -> None:
    asking = user if whose == "user" else None
    call = partial(services.request_verification, phone, user=asking, idempotency_key=KEY)
    outcomes = together([call] * 20)
    assert len(outbox) == VerificationAttempt.objects.count() == 1
    unexpected = [one for one in outcomes if not isinstance(one, VerificationAttempt | IdempotencyConflict)]
    assert unexpected == []


@pytest.mark.django_db(transaction=True)
def test_one_key_for_twenty_numbers_at_once_is_one_call(user: Any, outbox: list[Message]) -> None:
    numbers = [f"+3805012345{n}" for n in range(10, 30)]
    outcomes = together(
        partial(services.request_verification, number, user=user, idempotency_key=KEY) for number in numbers
    )
    assert len(outbox) == VerificationAttempt.objects.count() == 1
    kinds = {type(outcome) for outcome in outcomes}
    assert kinds <= {VerificationAttempt, IdempotencyMismatch}
    assert Limit.objects.filter(scope="cooldown", count=1).count() == 1
