"""Another writer has SQLite's only lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection

from django_flashcall import services
from django_flashcall.models import Delivery, Limit, VerificationAttempt, transactions
from tests.concurrency.calls import rung
from tests.databases.adversary import PATIENCE, Adversary
from tests.providers.server import Server, accepted, http

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("site"),
    pytest.mark.only_on("sqlite", why="the others lock rows"),
]

TIMEOUT = 0.2
"""Seconds for which the database waits for the lock; Django's default is 5."""
URL = "/api/phone/verifications/"


@pytest.fixture(autouse=True)
def timeout(connect_with: Any) -> None:
    connect_with(OPTIONS={"timeout": TIMEOUT})


@pytest.fixture
def writer(transactional_db: None) -> Iterator[Adversary]:
    """The other writer. It has nothing until it begins."""
    writer = Adversary()
    yield writer
    writer.close()


class Writing:
    """Counts the statements of a call that write, as they begin."""

    def __init__(self) -> None:
        self._begun = 0
        self._changed = threading.Condition()

    def during(self, call: Callable[[], Any]) -> Any:
        with connection.execute_wrapper(self._watch):
            return call()

    def wait_for(self, more: int) -> None:
        """Return when so many more have begun."""
        with self._changed:
            enough = self._begun + more
            assert self._changed.wait_for(lambda: self._begun >= enough, PATIENCE)

    def _watch(self, execute: Any, sql: str, *rest: Any) -> Any:
        if not sql.startswith("SELECT"):
            with self._changed:
                self._begun += 1
                self._changed.notify_all()
        return execute(sql, *rest)


@pytest.fixture
def writing() -> Writing:
    return Writing()


@pytest.mark.parametrize("tries", [1, 2])
def test_a_lock_that_is_soon_released_is_waited_for(
    phone: str, smsbat: Server, writer: Adversary, writing: Writing, tries: int
) -> None:
    writer.begin()
    with writer.beside(lambda: writing.during(lambda: services.request_verification(phone))) as request:
        writing.wait_for(tries)
        writer.end()
    assert request.result().standing.state == "pending"
    assert len(smsbat.requests) == 1


def test_a_lock_that_is_not_ends_a_request_in_time_and_nothing_is_sent(
    phone: str, smsbat: Server, writer: Adversary
) -> None:
    writer.begin()
    started = time.monotonic()
    with pytest.raises(OperationalError, match="locked"):
        services.request_verification(phone)
    assert time.monotonic() - started < transactions.PATIENCE + TIMEOUT + 1
    writer.end()
    assert not smsbat.requests
    assert not VerificationAttempt.objects.exists()
    assert not Limit.objects.exists()


def test_a_lock_that_outlasts_the_timeout_is_tried_once(phone: str, writer: Adversary, connect_with: Any) -> None:
    connect_with(OPTIONS={"timeout": transactions.PATIENCE})
    writer.begin()
    started = time.monotonic()
    with pytest.raises(OperationalError, match="locked"):
        services.request_verification(phone)
    assert time.monotonic() - started < transactions.PATIENCE * 2 - 1


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is tried again, so that a test need not wait."""
    monkeypatch.setattr(transactions, "PATIENCE", 0)


def test_the_api_says_so(client: Any, phone: str, smsbat: Server, writer: Adversary, impatient: None) -> None:
    writer.begin()
    reply = client.post(URL, {"phone_number": phone}, "application/json")
    assert (reply.status_code, reply.json()["error"]) == (503, "provider_unavailable")
    assert not smsbat.requests


def test_a_code_that_was_not_judged_costs_no_check(
    client: Any, attempt: VerificationAttempt, smsbat: Server, writer: Adversary, impatient: None
) -> None:
    writer.begin()
    reply = client.post(f"{URL}{attempt.pk}/verify/", {"code": rung(smsbat)}, "application/json")
    assert (reply.status_code, reply.json()["error"]) == (503, "provider_unavailable")
    writer.end()
    attempt.refresh_from_db()
    assert (attempt.status, attempt.checks) == ("pending", 0)


def test_the_result_of_a_call_is_written_when_the_lock_is_released(
    phone: str, smsbat: Server, writer: Adversary, writing: Writing
) -> None:
    def act(answering: Any) -> None:
        writer.begin()
        answering.say(http(accepted(to=phone)))
        writing.wait_for(2)  # the first has waited in vain
        writer.end()

    smsbat.plays(act)
    attempt = writing.during(lambda: services.request_verification(phone))
    assert attempt.standing.newest.status == "accepted"


def test_a_call_whose_result_cannot_be_written_is_placed_once_and_its_code_works(
    phone: str, smsbat: Server, writer: Adversary, impatient: None
) -> None:
    def act(answering: Any) -> None:
        writer.begin()
        answering.say(http(accepted(to=phone)))

    smsbat.plays(act)
    with pytest.raises(OperationalError, match="locked"):
        services.request_verification(phone)
    writer.end()
    assert len(smsbat.requests) == Delivery.objects.filter(status="created").count() == 1
    assert services.verify(VerificationAttempt.objects.get().pk, code=rung(smsbat)).status == "verified"
