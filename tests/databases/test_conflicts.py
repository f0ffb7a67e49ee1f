"""Somebody stands in the way: what meets a conflict is tried again, what was sent is not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.backends.postgresql.psycopg_any import IsolationLevel

from django_flashcall import services
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from tests.concurrency.calls import rung
from tests.concurrency.deadlocks import deadlocks
from tests.databases.adversary import Adversary, meanwhile
from tests.providers.server import Server, accepted, http

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("site")]

LIMITS, ATTEMPTS = Limit._meta.db_table, VerificationAttempt._meta.db_table
DELIVERIES, STATUSES = Delivery._meta.db_table, PhoneStatus._meta.db_table


@pytest.fixture
def adversary(transactional_db: None) -> Iterator[Adversary]:
    adversary = Adversary()
    yield adversary
    adversary.close()


@pytest.mark.only_on("postgresql", "mysql", why="SQLite has one writer, and so no deadlock")
class TestDeadlock:
    def test_a_request_that_loses_a_deadlock_places_its_call_once(
        self, phone: str, age: Any, smsbat: Server, adversary: Adversary
    ) -> None:
        services.request_verification(phone)
        age(31)
        first, *_, last = sorted(Limit.objects.values_list("key", flat=True))
        touch = f"UPDATE {LIMITS} SET maximum = maximum + 1 WHERE "  # noqa: S608
        adversary.win_deadlocks()
        adversary.run("BEGIN")
        adversary.run(touch + "`key` = %s" if connection.vendor == "mysql" else touch + "key = %s", (last,))
        before = deadlocks()
        with meanwhile(partial(services.request_verification, phone)) as request:
            adversary.wait_until_somebody_waits()
            adversary.run(touch + "`key` = %s" if connection.vendor == "mysql" else touch + "key = %s", (first,))
            adversary.run("COMMIT")
        assert request.result().standing.state == "pending"
        assert deadlocks() == before + 1
        assert len(smsbat.requests) == 2
