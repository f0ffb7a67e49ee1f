"""A site that asks for stricter isolation than Django does meets conflicts: they are settled by trying again."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import connection

from django_flashcall import services
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from tests.concurrency.together import together
from tests.concurrency.worker import told
from tests.databases.adversary import Adversary

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.only_on("postgresql", "mysql", why="SQLite has one level of isolation"),
]

MANY = 20
LEVELS: dict[str, dict[str, dict[str, str]]] = {
    # Not by Django's `isolation_level`, which psycopg leaves out where a statement is in no transaction.
    "postgresql": {
        "repeatable read": {"options": r"-c default_transaction_isolation=repeatable\ read"},
        "serializable": {"options": "-c default_transaction_isolation=serializable"},
    },
    # MariaDB 11.6 and later refuse what is not in the snapshot, as PostgreSQL does; older ones where they are told to.
    "mysql": {
        "repeatable read": {
            "isolation_level": "repeatable read",
            "init_command": "SET innodb_snapshot_isolation = ON",
        },
        "serializable": {"isolation_level": "serializable"},
    },
}
"""By vendor and level: OPTIONS."""


@pytest.fixture(params=["repeatable read", "serializable"], autouse=True)
def isolation(request: Any, connect_with: Any) -> None:
    connect_with(OPTIONS=LEVELS[connection.vendor][request.param])


def kinds(outcomes: list[Any]) -> Counter[str]:
    return Counter(told(outcome) for outcome in outcomes)


def wrongs(right: str) -> list[str]:
    return [guess for guess in map(str, range(2000, 9999)) if guess != right][:MANY]


def test_of_all_guesses_three_are_evaluated(attempt: VerificationAttempt, code: Any) -> None:
    outcomes = together(partial(services.verify, attempt.pk, code=guess) for guess in wrongs(code()))
    assert kinds(outcomes) == {"invalid_code": 3, "exhausted": MANY - 3}
    attempt.refresh_from_db()
    assert attempt.checks == 3


def test_wrong_codes_beside_right_ones_are_never_verified(attempt: VerificationAttempt, code: Any) -> None:
    codes = [entered for wrong in wrongs(code()) for entered in (wrong, code())]
    outcomes = together(partial(services.verify, attempt.pk, code=entered) for entered in codes)
    assert set(kinds(outcomes[::2])) <= {"invalid_code", "exhausted", "already_verified"}
    assert set(kinds(outcomes[1::2])) <= {"verified", "exhausted", "already_verified"}


@pytest.mark.parametrize("rows", ["cold", "warm"])
def test_one_number_is_called_once(phone: str, outbox: list[Any], age: Any, rows: str) -> None:
    if rows == "warm":
        services.request_verification(phone)
        age(86401)
        VerificationAttempt.objects.all().delete()
        outbox.clear()
    outcomes = together([partial(services.request_verification, phone)] * MANY)
    assert kinds(outcomes) == {"VerificationAttempt": 1, "RateLimited": MANY - 1}
    assert len(outbox) == VerificationAttempt.objects.count() == Delivery.objects.count() == 1


@pytest.mark.parametrize("rows", ["cold", "warm"])
def test_a_limit_that_all_share_is_spent_exactly(flashcall: Any, outbox: list[Any], age: Any, rows: str) -> None:
    flashcall(LIMITS={"prefix": "7/h"})
    numbers = [f"+3805012345{number}" for number in range(10, 10 + MANY)]
    if rows == "warm":
        for number in numbers:
            services.request_verification(number)
            age(86401)
        VerificationAttempt.objects.all().delete()
        outbox.clear()
    outcomes = together(partial(services.request_verification, number) for number in numbers)
    assert kinds(outcomes) == {"VerificationAttempt": 7, "RateLimited": MANY - 7}
    assert len(outbox) == 7
    assert Limit.objects.get(scope="prefix").count == 7


def test_one_key_for_many_numbers_is_one_call(outbox: list[Any], user: Any) -> None:
    numbers = [f"+3805012345{number}" for number in range(10, 10 + MANY)]
    asking = [
        partial(services.request_verification, number, user=user, idempotency_key="of-a-single-click")
        for number in numbers
    ]
    assert kinds(together(asking)) == {"VerificationAttempt": 1, "IdempotencyMismatch": MANY - 1}
    assert len(outbox) == VerificationAttempt.objects.count() == 1


def test_one_sms_is_sent(attempt: VerificationAttempt, age: Any, outbox: list[Any], code: Any) -> None:
    age(20)
    calls = [partial(services.fall_back, attempt.pk, channel="sms")] * 10
    calls += [partial(services.verify, attempt.pk, code=guess) for guess in wrongs(code())[:2]]
    outcomes = together(calls)
    assert kinds(outcomes) == {"VerificationAttempt": 1, "RateLimited": 9, "invalid_code": 2}
    assert [message.channel for message in outbox] == ["flashcall", "sms"]


def test_one_proof_is_redeemed_once(attempt: VerificationAttempt, code: Any, user: Any) -> None:
    proof = services.verify(attempt.pk, code=code()).proof
    outcomes = together([partial(services.redeem, proof, purpose="signup", user=user)] * MANY)
    assert kinds(outcomes) == {"VerificationAttempt": 1, "InvalidProof": MANY - 1}
    assert PhoneStatus.objects.get().user == user


def test_who_waits_for_an_attempt_holds_none_of_its_deliveries(
    attempt: VerificationAttempt, code: Any, adversary: Adversary
) -> None:
    """A resend locks the attempt first and then ends its deliveries: the other way round the two would deadlock."""
    adversary.begin()
    adversary.touch(attempt)
    with adversary.beside(partial(services.verify, attempt.pk, code=code())) as judged:
        adversary.wait_until_somebody_waits()
        assert adversary.finds_free(Delivery.objects.all()) == 1
        adversary.end()
        assert judged.result().status == "verified"


def test_canceling_beside_guesses_does_no_harm(attempt: VerificationAttempt, code: Any) -> None:
    calls = [partial(services.verify, attempt.pk, code=guess) for guess in wrongs(code())]
    outcomes = together([*calls, *[partial(services.cancel, attempt.pk)] * 4])
    assert set(kinds(outcomes)) <= {"NoneType", "invalid_code", "canceled", "exhausted"}
    attempt.refresh_from_db()
    assert attempt.status == "canceled"
