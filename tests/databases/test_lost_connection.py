"""The connection to the database is lost: what was sent is known to have been sent, and is not sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection

from django_flashcall import services
from django_flashcall.exceptions import IdempotencyConflict
from django_flashcall.models import Delivery, Limit, VerificationAttempt
from tests.concurrency.calls import rung
from tests.databases.adversary import Adversary, number_of_connection
from tests.providers.server import Server, accepted, http

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("site"),
    pytest.mark.only_on("postgresql", "mysql", why="SQLite has no connection that another can end"),
]

KEY = "of-a-single-click"
LOST = (OperationalError, InterfaceError)
URL = "/api/phone/verifications/"


@pytest.fixture
def cut(transactional_db: None) -> Iterator[Callable[..., None]]:
    """End this thread's connection to the database."""
    adversary = Adversary()
    number = number_of_connection()
    yield lambda: adversary.cut(number)
    adversary.close()
    connection.close()


@pytest.fixture
def cut_during_call(cut: Callable[[], None], smsbat: Server) -> None:
    """End it when SMSBAT has read the next request, before it answers."""

    def act(answering: Any) -> None:
        cut()
        answering.say(http(accepted(to=smsbat.requests[-1].message["to"])))

    smsbat.plays(act)


@pytest.mark.usefixtures("cut_during_call")
class TestDuringTheCall:
    def test_the_call_is_placed_once_and_its_code_works(self, phone: str, smsbat: Server, age: Any) -> None:
        with pytest.raises(LOST):
            services.request_verification(phone)
        connection.close()
        assert len(smsbat.requests) == 1
        attempt = VerificationAttempt.objects.get()
        assert services.get_attempt(attempt.pk).standing.newest.known_status == "created"
        age(16)
        assert services.get_attempt(attempt.pk).standing.newest.known_status == "unknown"
        assert services.verify(attempt.pk, code=rung(smsbat)).status == "verified"

    def test_the_same_request_again_sends_nothing(self, phone: str, smsbat: Server, age: Any) -> None:
        asking = partial(services.request_verification, phone, idempotency_key=KEY)
        with pytest.raises(LOST):
            asking()
        connection.close()
        with pytest.raises(IdempotencyConflict):
            asking()
        age(16)
        assert asking() == VerificationAttempt.objects.get()
        assert len(smsbat.requests) == Delivery.objects.count() == 1

    def test_the_api_says_so(self, client: Any, phone: str, smsbat: Server) -> None:
        reply = client.post(URL, {"phone_number": phone}, "application/json")
        connection.close()
        assert (reply.status_code, reply.json()["error"]) == (503, "provider_unavailable")
        assert len(smsbat.requests) == Delivery.objects.filter(status="created").count() == 1


def test_a_further_code_is_sent_once(
    attempt: VerificationAttempt, smsbat: Server, age: Any, cut_during_call: None
) -> None:
    age(20)
    with pytest.raises(LOST):
        services.fall_back(attempt.pk)
    connection.close()
    assert [request.message["type"] for request in smsbat.requests] == ["flashcall", "sms"]
    for number in (0, 1):
        digits = "".join(letter for letter in rung(smsbat, number) if letter.isdigit())
        assert services.verify(attempt.pk, code=digits).status == "verified"


def test_when_a_refusal_cannot_be_written_the_next_channel_is_not_tried(phone: str, smsbat: Server, cut: Any) -> None:
    def act(answering: Any) -> None:
        cut()
        answering.say(http(accepted(status="rejected", to=smsbat.requests[-1].message["to"])))

    smsbat.plays(act)
    with pytest.raises(LOST):
        services.request_verification(phone)
    connection.close()
    assert len(smsbat.requests) == Delivery.objects.filter(status="created").count() == 1


def test_before_the_call_it_costs_nothing(phone: str, smsbat: Server, site: Any, cut: Any) -> None:
    site(RISK_CHECK=lambda number, **about: cut())
    with pytest.raises(LOST):
        services.request_verification(phone)
    connection.close()
    assert not smsbat.requests
    assert not VerificationAttempt.objects.exists()
    assert not Limit.objects.filter(count__gt=0).exists()


def test_a_code_that_was_not_judged_costs_no_check(
    client: Any, attempt: VerificationAttempt, smsbat: Server, cut: Any
) -> None:
    cut()
    reply = client.post(f"{URL}{attempt.pk}/verify/", {"code": rung(smsbat)}, "application/json")
    connection.close()
    assert (reply.status_code, reply.json()["error"]) == (503, "provider_unavailable")
    attempt.refresh_from_db()
    assert (attempt.status, attempt.checks) == ("pending", 0)
