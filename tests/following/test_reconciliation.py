"""10,000 deliveries whose reports were all lost, and a tick that is killed half-way: the books are right again.

"Every row" is every row with a provider's id: by that the books are asked. What a process left behind that died before
it had one nobody can ask about, and it is stored as unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count

from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.models.deliveries import FIRST_POLL_SECONDS
from django_flashcall.models.ids import uuid7
from django_flashcall.services import ticking
from tests.concurrency.processes import Worker
from tests.following.books import Books

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

DELIVERIES = 10_000
LINE = 33
"""Bytes of a line in the list of what was asked."""
KILLED = -9
SENT = ["accepted", "unknown"]
OVER = ["delivered", "undeliverable", "rejected", "failed"]
FATES = ["delivered", "undeliverable", "pending", None]
"""What the books say of a message; None where they say nothing."""
AGES = [20, 700, 1000, 3000, 9000, 20_000, 30_000, 40_000, 60_000, 80_000]
"""Seconds. Of the first somebody still waits for."""


def deliveries() -> list[Delivery]:
    """Return deliveries in all states and of all ages, every tenth left by a process that died."""
    now, made = datetime.now(UTC), []
    for number in range(DELIVERIES):
        created = now - timedelta(seconds=AGES[number // 100 % 10])
        attempt = VerificationAttempt(
            id=uuid7(),
            phone_number=f"+38050{number:07}",
            phone_digest=f"{number:064x}",
            region="UA",
            purpose="signup",
            max_checks=3,
            created_at=created,
            expires_at=created + timedelta(seconds=600),
            continue_until=created + timedelta(seconds=600),
        )
        kind = number % 10
        status = "created" if kind == 0 else (SENT[kind % 2] if kind < 8 else OVER[number // 10 % 4])
        delivery = Delivery(
            id=uuid7(),
            attempt=attempt,
            channel="flashcall",
            provider="default",
            status=status,
            code_length=4,
            code_digest=f"{number:064x}",
            created_at=created,
            expires_at=attempt.expires_at,
        )
        if status in SENT:
            delivery.provider_message_id = delivery.pk.hex
            delivery.due_at = created + timedelta(seconds=FIRST_POLL_SECONDS)
        elif status == "created":
            delivery.due_at = created + timedelta(seconds=30)
        made.append(delivery)
    VerificationAttempt.objects.bulk_create([delivery.attempt for delivery in made], batch_size=500)
    Delivery.objects.bulk_create(made, batch_size=500)
    return made


def entries(made: list[Delivery]) -> dict[str, str]:
    """Return what the books say of those that were sent: each fate in each kind of row."""
    sent = [delivery for delivery in made if delivery.status in SENT]
    fates = {delivery.pk.hex: FATES[number % 4] for number, delivery in enumerate(sent)}
    return {key: fate for key, fate in fates.items() if fate}


@pytest.fixture(autouse=True)
def quick(connect_with: Callable[..., None]) -> None:
    """Let SQLite not wait for the disk at each of the 20,000 commits. Whoever dies by SIGKILL loses nothing by it."""
    if connection.vendor == "sqlite":
        connect_with(OPTIONS={"init_command": "PRAGMA synchronous=OFF"})


@pytest.fixture
def killed(site: Callable[..., None]) -> Callable[[int], None]:
    """Let a process run a tick, and die by SIGKILL when it has asked so many times."""

    def kill(asked: int) -> None:
        site({"DIES": asked * LINE}, AUTO_FALLBACK=True, LIMITS={"site": "", "prefix": ""})
        worker = Worker()
        worker.prepare([partial(ticking.tick, seconds=300)])
        worker.begin()
        assert worker.close(120) == KILLED
        site(AUTO_FALLBACK=True, LIMITS={"site": "", "prefix": ""})

    return kill


def test_after_two_more_ticks_every_row_says_what_the_books_say(books: Books, killed: Any, age: Any) -> None:
    made = deliveries()
    told = entries(made)
    books.write(told)
    killed(3000)
    assert sum(books.asked.values()) == 3000

    first = ticking.tick(seconds=300)
    age(86400)
    second = ticking.tick(seconds=300)
    assert first.finished and second.finished

    found = Delivery.objects.filter(channel="flashcall").in_bulk()
    stays = {"created": "unknown"}
    expected = {one.pk: told.get(one.pk.hex, "pending") for one in made}
    expected |= {one.pk: stays.get(one.status, one.status) for one in made if expected[one.pk] == "pending"}
    assert {key: row.status for key, row in found.items()} == expected
    assert not Delivery.objects.due().exists()

    asked = books.asked
    assert {row.pk.hex: row.polls for row in Delivery.objects.filter(polls__gt=0)} == asked
    assert max(asked.values()) == 2
    twice = {key for key, fate in told.items() if fate != "pending" and asked[key] > 1}
    assert twice <= {books.noted("asked")[2999]}

    waited_for = made[0].attempt.created_at
    lost = [one for one in made if expected[one.pk] == "undeliverable" and one.attempt.created_at == waited_for]
    assert len(books.sent) == len(set(books.noted("sent"))) == len(lost) > 0
    again = Delivery.objects.exclude(channel="flashcall").values("attempt").annotate(number=Count("pk"))
    assert {row["attempt"]: row["number"] for row in again} == {one.attempt_id: 1 for one in lost}
