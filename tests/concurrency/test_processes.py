"""What holds when several processes of a site do the same at once: four, with twelve threads each."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.exceptions import ProviderUnavailable
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.breakers import OPEN_SECONDS
from tests.concurrency.calls import rung
from tests.concurrency.processes import Worker, across, await_all_but_one
from tests.providers.server import Connection, Server, http

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("site")]

PROCESSES, THREADS = 4, 12
EVERYBODY = PROCESSES * THREADS
NUMBERS = [f"+38050123{number}" for number in range(4500, 4500 + EVERYBODY)]


@pytest.fixture(scope="module")
def workers(django_db_setup: None) -> Iterator[list[Worker]]:
    workers = [Worker() for _ in range(PROCESSES)]
    yield workers
    assert [worker.close() for worker in workers] == [0] * PROCESSES


@pytest.fixture
def right(attempt: VerificationAttempt, smsbat: Server) -> str:
    """The code of the attempt."""
    return rung(smsbat)


@pytest.fixture(params=["cold", "warm"])
def numbers(request: Any, site: Any, age: Any, smsbat: Server) -> list[str]:
    """Numbers that share a limit of 20: they were never asked for, or all their limits have rows already."""
    site(LIMITS={"prefix": "20/h"})
    if request.param == "warm":
        for number in NUMBERS:
            services.request_verification(number)
            age(86401)
        VerificationAttempt.objects.all().delete()
        smsbat.requests.clear()
    return NUMBERS


def wrongs(right: str) -> list[str]:
    return [guess for guess in map(str, range(2000, 9999)) if guess != right][:EVERYBODY]


def test_of_all_guesses_three_are_evaluated(workers: Any, attempt: VerificationAttempt, right: str) -> None:
    outcomes = across(workers, [partial(services.verify, attempt.pk, code=guess) for guess in wrongs(right)])
    assert Counter(outcomes) == {"invalid_code": 3, "exhausted": EVERYBODY - 3}
    attempt.refresh_from_db()
    assert attempt.checks == 3


def test_the_right_code_from_everybody_is_right(workers: Any, attempt: VerificationAttempt, right: str) -> None:
    outcomes = across(workers, [partial(services.verify, attempt.pk, code=right)] * EVERYBODY)
    assert Counter(outcomes) == {"verified": EVERYBODY}
    attempt.refresh_from_db()
    assert (attempt.status, attempt.checks) == ("verified", 0)


@pytest.mark.parametrize("trial", range(3))
def test_a_wrong_code_beside_right_ones_is_never_verified(
    workers: Any, attempt: VerificationAttempt, right: str, trial: int
) -> None:
    codes = [code for wrong in wrongs(right)[: EVERYBODY // 2] for code in (wrong, right)]
    outcomes = across(workers, [partial(services.verify, attempt.pk, code=code) for code in codes])
    assert set(outcomes[::2]) <= {"invalid_code", "exhausted", "already_verified"}
    assert set(outcomes[1::2]) <= {"verified", "exhausted", "already_verified"}
    attempt.refresh_from_db()
    assert attempt.checks <= 3
    assert (attempt.status == "verified") == ("verified" in outcomes)


def test_one_number_is_called_once(workers: Any, numbers: list[str], smsbat: Server) -> None:
    outcomes = across(workers, [partial(services.request_verification, numbers[0])] * EVERYBODY)
    assert Counter(outcomes) == {"VerificationAttempt": 1, "RateLimited": EVERYBODY - 1}
    assert len(smsbat.requests) == VerificationAttempt.objects.count() == Delivery.objects.count() == 1


def test_a_limit_that_all_share_is_spent_exactly(workers: Any, numbers: list[str], smsbat: Server) -> None:
    outcomes = across(workers, [partial(services.request_verification, number) for number in numbers])
    assert Counter(outcomes) == {"VerificationAttempt": 20, "RateLimited": EVERYBODY - 20}
    assert len(smsbat.requests) == 20
    now = Limit.objects.filter(ends_at__gt=min(VerificationAttempt.objects.values_list("created_at", flat=True)))
    assert now.get(scope="prefix", maximum=20).count == 20
    assert now.filter(scope="phone", maximum=5, count=1).count() == 20


def test_numbers_that_two_ask_for_under_a_limit_that_all_share(
    workers: Any, numbers: list[str], smsbat: Server
) -> None:
    asking = [partial(services.request_verification, number) for number in numbers[: EVERYBODY // 2] * 2]
    assert Counter(across(workers, asking)) == {"VerificationAttempt": 20, "RateLimited": EVERYBODY - 20}
    called = [request.message["to"] for request in smsbat.requests]
    assert len(called) == len(set(called)) == 20


def test_one_idempotency_key_is_one_call(workers: Any, numbers: list[str], smsbat: Server) -> None:
    asking = partial(services.request_verification, numbers[0], idempotency_key="of-a-single-click")
    outcomes = across(workers, [asking] * EVERYBODY)
    assert len(smsbat.requests) == VerificationAttempt.objects.count() == 1
    assert set(outcomes) <= {"VerificationAttempt", "IdempotencyConflict"}
    assert "VerificationAttempt" in outcomes


def test_one_proof_is_redeemed_once(workers: Any, attempt: VerificationAttempt, right: str, user: Any) -> None:
    proof = services.verify(attempt.pk, code=right).proof
    outcomes = across(workers, [partial(services.redeem, proof, purpose="signup", user=user)] * EVERYBODY)
    assert Counter(outcomes) == {"VerificationAttempt": 1, "InvalidProof": EVERYBODY - 1}
    assert PhoneStatus.objects.get().user == user


def test_falling_back_beside_guesses_sends_one_sms(
    workers: Any, attempt: VerificationAttempt, right: str, age: Any, smsbat: Server
) -> None:
    age(20)
    guesses = [partial(services.verify, attempt.pk, code=guess) for guess in wrongs(right)]
    fall_back = partial(services.fall_back, attempt.pk, channel="sms")
    outcomes = across(workers, [guess if number % 3 else fall_back for number, guess in enumerate(guesses)])
    assert set(outcomes[::3]) <= {"VerificationAttempt", "RateLimited", "AttemptClosed"}
    assert Counter(outcomes[1::3] + outcomes[2::3]) == {"invalid_code": 3, "exhausted": EVERYBODY * 2 // 3 - 3}
    sent = [request.message["type"] for request in smsbat.requests]
    assert sent in (["flashcall"], ["flashcall", "sms"])
    assert len(sent) == 1 + Counter(outcomes)["VerificationAttempt"]


def test_of_all_that_come_when_it_is_half_open_one_is_the_probe(
    workers: Any, site: Any, age: Any, phone: str, smsbat: Server
) -> None:
    """The breaker of the provider, which the processes share."""
    site({"DEADLINE": 15})
    smsbat.answers(status=401)
    with pytest.raises(ProviderUnavailable):
        services.request_verification(phone)
    age(OPEN_SECONDS)
    smsbat.requests.clear()
    others_ended = threading.Event()

    def refuse_at_last(probe: Connection) -> None:
        assert others_ended.wait(15)
        probe.say(http(status=401))

    def await_others() -> None:
        await_all_but_one(workers, 10)
        others_ended.set()

    smsbat.plays(refuse_at_last)
    asking = [partial(services.request_verification, number) for number in NUMBERS[: PROCESSES * 4]]
    outcomes = across(workers, asking, meanwhile=await_others)
    assert len(smsbat.requests) == 1
    assert Counter(outcomes) == {"ProviderUnavailable": len(asking)}
