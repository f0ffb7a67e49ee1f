"""Codes that are judged inside a host's transaction, as django-otp does, beside what runs in none."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from django_flashcall import services
from django_flashcall.models import VerificationAttempt
from tests.concurrency.deadlocks import deadlocks
from tests.concurrency.together import together
from tests.concurrency.worker import told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def writers_queue(connect_with: Any) -> None:
    """SQLite refuses a transaction that begins by reading and then writes, unless it is told to lock at once."""
    if connection.vendor == "sqlite":
        connect_with(OPTIONS={"transaction_mode": "IMMEDIATE"})


def verify(attempt: VerificationAttempt, code: str) -> services.Outcome:
    with transaction.atomic():
        return services.verify(attempt.pk, code=code, durable=False)


@pytest.mark.parametrize("trial", range(4))
def test_checks_are_counted_exactly_and_nothing_deadlocks(
    attempt: VerificationAttempt, code: Any, age: Any, trial: int
) -> None:
    right, before = code(), deadlocks()
    wrongs = [guess for guess in map(str, range(2000, 9999)) if guess != right][:12]
    age(31)
    calls = [partial(verify, attempt, guess) for guess in wrongs]
    calls += [partial(services.fall_back, attempt.pk, channel=channel) for channel in ("flashcall", "sms") * 3]
    calls += [partial(verify, attempt, right)] * 2
    outcomes = [told(outcome) for outcome in together(calls)]
    assert set(outcomes[:12]) <= {"invalid_code", "exhausted", "already_verified"}
    assert set(outcomes[12:18]) <= {"VerificationAttempt", "RateLimited", "AttemptClosed"}
    # A call that was placed again ends the code that was right before.
    assert set(outcomes[18:]) <= {"verified", "exhausted", "already_verified", "invalid_code"}
    attempt.refresh_from_db()
    assert Counter(outcomes)["invalid_code"] <= attempt.checks <= 3
    assert deadlocks() == before
