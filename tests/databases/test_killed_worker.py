"""A process that dies while its call is under way: the call was placed once, and its code works for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.exceptions import IdempotencyConflict, RateLimited
from django_flashcall.models import Delivery, Limit, VerificationAttempt
from tests.concurrency.calls import rung
from tests.concurrency.processes import Worker, across
from tests.databases.adversary import Adversary
from tests.providers.server import Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("site")]

KEY = "of-a-single-click"
KILLED = -9


@pytest.fixture
def killed(smsbat: Server, phone: str) -> Callable[[], None]:
    """Let a process ask for a code, and die by SIGKILL when SMSBAT has read its last byte."""

    def kill() -> None:
        worker = Worker()
        smsbat.plays(lambda connection: worker.kill())
        worker.prepare([partial(services.request_verification, phone, idempotency_key=KEY)])
        worker.begin()
        assert worker.close() == KILLED
        assert len(smsbat.requests) == 1

    return kill


@pytest.fixture
def another(transactional_db: None) -> Iterator[Worker]:
    """Another process of the site."""
    worker = Worker()
    yield worker
    assert worker.close() == 0


@pytest.mark.parametrize(
    "options", [{}, {"CALLER_IDS": ["+380441234821"]}], ids=["a code of ours", "a caller ID that we asked for"]
)
def test_another_process_verifies_its_code(
    killed: Any, site: Any, smsbat: Server, another: Worker, options: dict[str, Any]
) -> None:
    site(options)
    killed()
    attempt = VerificationAttempt.objects.get()
    assert across([another], [partial(services.verify, attempt.pk, code=rung(smsbat))]) == ["verified"]
    attempt.refresh_from_db()
    assert attempt.status == "verified"


def test_a_wrong_code_is_as_wrong_as_ever(killed: Any, smsbat: Server, wrong: Any) -> None:
    killed()
    attempt = VerificationAttempt.objects.get()
    outcome = services.verify(attempt.pk, code=wrong(rung(smsbat)))
    assert (outcome.status, outcome.checks_left) == ("invalid_code", 2)


def test_its_result_is_unknown_when_nobody_can_be_waiting_any_more(killed: Any, smsbat: Server, age: Any) -> None:
    killed()
    assert Delivery.objects.get().status == "created"
    attempt = VerificationAttempt.objects.get()
    assert services.get_attempt(attempt.pk).standing.newest.known_status == "created"
    age(16)
    assert services.get_attempt(attempt.pk).standing.newest.known_status == "unknown"
    assert services.verify(attempt.pk, code=rung(smsbat)).status == "verified"


def test_it_is_never_sent_again(killed: Any, smsbat: Server, phone: str, age: Any) -> None:
    killed()
    asking = partial(services.request_verification, phone, idempotency_key=KEY)
    with pytest.raises(IdempotencyConflict):
        asking()
    with pytest.raises(RateLimited):
        services.request_verification(phone)
    age(16)
    assert asking() == VerificationAttempt.objects.get()
    assert len(smsbat.requests) == Delivery.objects.count() == 1


@pytest.mark.only_on("postgresql", "mysql", why="SQLite does not tell who waits")
def test_killed_before_it_is_written_nothing_is_sent_and_the_key_is_free(smsbat: Server, phone: str, age: Any) -> None:
    asking = partial(services.request_verification, phone, idempotency_key=KEY)
    services.request_verification(phone)
    age(31)
    adversary, worker = Adversary(), Worker()
    adversary.begin()
    adversary.touch(Limit.objects.get(scope="cooldown"))
    worker.prepare([asking])
    worker.begin()
    adversary.wait_until_somebody_waits()
    worker.kill()
    assert worker.close() == KILLED
    adversary.close()
    assert asking().standing.state == "pending"
    assert len(smsbat.requests) == VerificationAttempt.objects.count() == 2


def test_its_attempt_goes_on_over_another_channel(killed: Any, smsbat: Server, age: Any) -> None:
    killed()
    age(16)
    attempt = services.fall_back(VerificationAttempt.objects.get().pk)
    assert attempt.standing.newest.channel == "sms"
    assert [request.message["type"] for request in smsbat.requests] == ["flashcall", "sms"]
    assert services.verify(attempt.pk, code=rung(smsbat, 0)).status == "verified"
