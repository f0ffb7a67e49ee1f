"""Somebody stands in the way: what meets a conflict is tried again, and what was sent is not."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import connections

from django_flashcall import services
from django_flashcall.exceptions import InvalidProof, ProviderUnavailable
from django_flashcall.models import Delivery, Limit, VerificationAttempt
from tests.concurrency.calls import rung
from tests.concurrency.deadlocks import deadlocks
from tests.databases.adversary import Adversary
from tests.providers.server import Server, accepted, http

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("site")]


@pytest.mark.only_on("postgresql", "mysql", why="SQLite has one writer, and so no deadlock")
def test_a_request_that_loses_a_deadlock_places_its_call_once(
    phone: str, age: Any, smsbat: Server, adversary: Adversary
) -> None:
    services.request_verification(phone)
    age(31)
    first, *_, last = Limit.objects.order_by("key")
    before = deadlocks()
    adversary.begin()
    adversary.touch(last)
    with adversary.beside(partial(services.request_verification, phone)) as request:
        adversary.wait_until_somebody_waits()
        adversary.touch(first)
        adversary.end()
    assert request.result().standing.state == "pending"
    assert len(smsbat.requests) == VerificationAttempt.objects.count() == 2
    assert deadlocks() == before + 1


@pytest.mark.only_on("postgresql", why="on MariaDB the key is the order of the table")
def test_who_waits_for_a_limit_has_locked_none_that_comes_after_it(phone: str, age: Any, adversary: Adversary) -> None:
    services.request_verification(phone)
    age(31)
    first, *rest = Limit.objects.order_by("key")
    adversary.begin()
    adversary.touch(first)
    with adversary.beside(partial(services.request_verification, phone)) as request:
        adversary.wait_until_somebody_waits()
        assert adversary.finds_free(Limit.objects.filter(pk__in=[row.pk for row in rest])) == len(rest)
        adversary.end()
    assert request.result().standing.state == "pending"


@pytest.mark.only_on("postgresql", why="MariaDB lets a statement that waited see what was written meanwhile")
class TestSerialization:
    """Under REPEATABLE READ whoever waited for a row that was then written is told to begin again."""

    @pytest.fixture(autouse=True)
    def isolation(self, connect_with: Any) -> None:
        connect_with(OPTIONS={"options": r"-c default_transaction_isolation=repeatable\ read"})

    def test_a_request_places_its_call_once(self, phone: str, age: Any, smsbat: Server, adversary: Adversary) -> None:
        services.request_verification(phone)
        age(31)
        adversary.begin()
        adversary.touch(Limit.objects.get(scope="cooldown"))
        with adversary.beside(partial(services.request_verification, phone)) as request:
            adversary.wait_until_somebody_waits()
            adversary.end()
        assert request.result().standing.state == "pending"
        assert len(smsbat.requests) == VerificationAttempt.objects.count() == 2

    def test_the_result_of_a_call_is_written(self, phone: str, smsbat: Server, adversary: Adversary) -> None:
        def act(answering: Any) -> None:
            delivery = Delivery.objects.get()
            connections.close_all()  # those of the server's thread
            adversary.begin()
            adversary.touch(delivery)
            answering.say(http(accepted(to=phone)))
            adversary.wait_until_somebody_waits()
            adversary.end()

        smsbat.plays(act)
        assert services.request_verification(phone).standing.newest.status == "accepted"
        assert len(smsbat.requests) == 1

    @pytest.mark.parametrize("when", ["before the call", "after it"])
    def test_a_breaker_is_probed_and_closed(
        self, phone: str, age: Any, smsbat: Server, adversary: Adversary, when: str
    ) -> None:
        smsbat.answers(status=401)
        with pytest.raises(ProviderUnavailable):
            services.request_verification(phone)
        age(31)
        breaker = Limit.objects.get(scope="breaker")

        def act(answering: Any) -> None:
            adversary.begin()
            adversary.touch(breaker)
            answering.say(http(accepted(to=phone)))
            adversary.wait_until_somebody_waits()
            adversary.end()

        if when == "after it":
            smsbat.plays(act)
            services.request_verification(phone)
        else:
            adversary.begin()
            adversary.touch(breaker)
            with adversary.beside(partial(services.request_verification, phone)) as request:
                adversary.wait_until_somebody_waits()
                adversary.end()
            request.result()
        breaker.refresh_from_db()
        assert breaker.count == 0
        assert len(smsbat.requests) == 2

    @pytest.mark.parametrize("entered", ["right", "wrong"])
    def test_a_code_is_judged(
        self, attempt: VerificationAttempt, smsbat: Server, adversary: Adversary, wrong: Any, entered: str
    ) -> None:
        code = rung(smsbat) if entered == "right" else wrong(rung(smsbat))
        adversary.begin()
        adversary.touch(attempt)
        with adversary.beside(partial(services.verify, attempt.pk, code=code)) as verify:
            adversary.wait_until_somebody_waits()
            adversary.end()
        assert verify.result().status == ("verified" if entered == "right" else "invalid_code")
        attempt.refresh_from_db()
        assert attempt.checks == (entered == "wrong")

    def test_an_attempt_is_canceled(self, attempt: VerificationAttempt, adversary: Adversary) -> None:
        adversary.begin()
        adversary.touch(attempt)
        with adversary.beside(partial(services.cancel, attempt.pk)) as cancel:
            adversary.wait_until_somebody_waits()
            adversary.end()
        cancel.result()
        attempt.refresh_from_db()
        assert attempt.status == "canceled"

    def test_a_proof_is_redeemed_once(
        self, attempt: VerificationAttempt, smsbat: Server, adversary: Adversary, user: Any
    ) -> None:
        proof = services.verify(attempt.pk, code=rung(smsbat)).proof
        adversary.begin()
        adversary.touch(attempt)
        redeem = partial(services.redeem, proof, purpose="signup", user=user)
        with adversary.beside(redeem) as redeemed:
            adversary.wait_until_somebody_waits()
            adversary.end()
        assert redeemed.result() == attempt
        with pytest.raises(InvalidProof):
            redeem()
