"""manage.py flashcall_purge, and the service that the tick shares with it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection

from django_flashcall import codes, services
from django_flashcall.conf import secrets
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import in_seconds
from django_flashcall.services import Client, purging
from django_flashcall.services.purging import DAY
from tests.concurrency.deadlocks import deadlocks
from tests.concurrency.processes import Worker
from tests.concurrency.together import together
from tests.keeping.conftest import ADDRESS, AGENT, NUMBER, Said, dump

pytestmark = pytest.mark.django_db

NOTHING = {"numbers": 0, "addresses": 0, "attempts": 0, "limits": 0, "phones": 0}
REDUCED = "•••••••03"
Run = Callable[..., Said]


def always() -> bool:
    return True


@pytest.fixture
def told(run: Run) -> Callable[..., dict[str, Any]]:
    """Run it and return where it did something."""

    def told(*arguments: str) -> dict[str, Any]:
        said = run("flashcall_purge", "--json", *arguments).json
        assert said.pop("finished")
        assert said.pop("dry_run") == ("--dry-run" in arguments)
        return {name: count for name, count in said.items() if count}

    return told


@pytest.fixture
def attempt(db: None) -> VerificationAttempt:
    client = Client(ip_address=ADDRESS, user_agent=AGENT)
    return services.request_verification(NUMBER, client=client, idempotency_key="of-a-single-click")


@pytest.fixture
def many(attempt: VerificationAttempt, age: Any) -> Callable[[int, float], None]:
    """Add so many attempts, each `apart` seconds older than the one before."""

    def add(count: int, apart: float = 0) -> None:
        values = VerificationAttempt.objects.values().get(pk=attempt.pk)
        rows = []
        for number in range(1, count + 1):
            past = timedelta(seconds=number * apart)
            moments = {name: values[name] - past for name in ("created_at", "expires_at", "continue_until")}
            own = {"id": VerificationAttempt._meta.pk.default(), "idempotency_digest": None, **moments}
            rows.append(VerificationAttempt(**{**values, **own}))
        VerificationAttempt.objects.bulk_create(rows)

    return add


def whole() -> int:
    return VerificationAttempt.objects.filter(phone_number__startswith="+").count()


def test_where_there_is_nothing_to_do_it_does_nothing(run: Run, attempt: VerificationAttempt) -> None:
    before = dump()
    assert run("flashcall_purge", "--json").json == {"dry_run": False, **NOTHING, "finished": True}
    assert run("flashcall_purge").out == "Forgotten: numbers: 0, addresses: 0, attempts: 0, limits: 0, phones: 0.\n"
    assert dump() == before


def test_an_address_is_kept_for_seven_days(told: Any, attempt: VerificationAttempt, age: Any) -> None:
    Limit.objects.all().delete()
    age(7 * DAY - 60)
    assert told() == {}
    age(120)
    assert told() == {"addresses": 1}
    assert told() == {}
    attempt.refresh_from_db()
    assert (attempt.ip_address, attempt.user_agent, attempt.phone_number) == (None, "", NUMBER)


def test_a_number_is_kept_for_retention_days(told: Any, attempt: VerificationAttempt, age: Any) -> None:
    Limit.objects.all().delete()
    age(30 * DAY - 60)
    told()
    assert VerificationAttempt.objects.get().phone_number == NUMBER
    age(120)
    assert told() == {"numbers": 1}
    assert told() == {}
    found = VerificationAttempt.objects.get()
    assert (found.phone_number, found.region, found.idempotency_digest) == (REDUCED, "UA", None)
    assert found.phone_digest == codes.digest(secrets()[0], "phone", NUMBER)
    assert NUMBER[3:] not in dump() and ADDRESS not in dump() and AGENT not in dump()
    assert str(found).startswith(f"{REDUCED} ") and found.masked_phone_number() == REDUCED


def test_a_number_of_a_day_goes_with_its_address(
    told: Any, attempt: VerificationAttempt, age: Any, flashcall: Any
) -> None:
    Limit.objects.all().delete()
    flashcall(RETENTION_DAYS=1)
    age(DAY + 60)
    assert told() == {"numbers": 1}
    assert ADDRESS not in dump() and AGENT not in dump()


def test_the_rest_is_kept_for_history_days(told: Any, attempt: VerificationAttempt, age: Any, flashcall: Any) -> None:
    age(365 * DAY - 60)
    told()
    assert Delivery.objects.get().attempt == VerificationAttempt.objects.get()
    age(120)
    assert told() == {"attempts": 1}
    assert not VerificationAttempt.objects.exists() and not Delivery.objects.exists()


def test_a_limit_is_kept_for_a_day(told: Any, attempt: VerificationAttempt) -> None:
    Limit.objects.update(ends_at=in_seconds(60 - DAY))
    assert told() == {}
    Limit.objects.update(ends_at=in_seconds(-60 - DAY))
    assert told()["limits"] > 1
    assert not Limit.objects.exists()


@pytest.mark.parametrize(
    ("row", "goes"),
    [
        ({"verified_at": -31}, True),
        ({"verified_at": -29}, False),
        ({"verified_at": -31, "owned": True}, False),
        ({"blocked_until": 1}, False),
        ({"blocked_until": -29}, False),
        ({"blocked_until": -31}, True),
        ({"verified_at": -31, "blocked_until": 1}, False),
        ({}, True),
    ],
)
def test_a_number_that_is_nobodys_goes(told: Any, user: Any, row: dict[str, Any], goes: bool) -> None:
    owner = user if row.pop("owned", False) else None
    status = PhoneStatus.objects.create(phone_number=NUMBER, user=owner)
    PhoneStatus.objects.filter(pk=status.pk).update(**{name: in_seconds(days * DAY) for name, days in row.items()})
    assert told() == ({"phones": 1} if goes else {})
    assert PhoneStatus.objects.exists() != goes


def test_a_dry_run_says_what_there_is_to_do(told: Any, attempt: VerificationAttempt, age: Any) -> None:
    age(31 * DAY)
    before, limits = dump(), Limit.objects.count()
    assert told("--dry-run") == {"numbers": 1, "addresses": 1, "limits": limits}
    assert dump() == before


def test_without_time_it_begins_nothing_and_says_so(run: Run, attempt: VerificationAttempt, age: Any) -> None:
    age(31 * DAY)
    before = dump()
    assert run("flashcall_purge", "--seconds=0", "--json").json == {"dry_run": False, **NOTHING, "finished": False}
    assert run("flashcall_purge", "--seconds=0").out.endswith(" There was no time for the rest.\n")
    assert dump() == before


def test_a_database_that_is_away_fails_it(run: Run, db: None) -> None:
    def fail(*arguments: Any) -> None:
        raise DatabaseError(f"with {NUMBER} in it")

    with connection.execute_wrapper(fail):
        said = run("flashcall_purge")
    assert (said.code, said.error) == (1, "The database failed: DatabaseError.")


def test_who_looks_sees_how_far_it_is(
    run: Run, attempt: VerificationAttempt, many: Any, age: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_flashcall.management.progress.EVERY", -1)
    many(3)
    age(31 * DAY)
    out = run("flashcall_purge", terminal=True).out
    assert "numbers: 4 of 4" in out and NUMBER not in out


def test_it_goes_in_batches_over_days_without_rows(
    told: Any, many: Any, age: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "BATCH", 4)
    many(10)  # all of one moment
    many(9, apart=3 * DAY + 7)
    age(31 * DAY)
    assert told()["numbers"] == 20
    assert whole() == 0


@pytest.fixture
def tick() -> Callable[[], dict[str, int]]:
    """Do what the tick does."""
    return lambda: {name: count for name, count in purging.purge_now_and_then(always).items() if count}


def test_the_tick_looks_at_all_rows_once_a_day_and_at_the_latest_each_time(
    tick: Any, attempt: VerificationAttempt, many: Any, age: Any
) -> None:
    tick()
    many(1, apart=40 * DAY)
    assert tick() == {}
    age(30 * DAY + 60)
    Limit.objects.filter(scope="notice").update(ends_at=in_seconds(60))
    assert tick()["numbers"] == 1, "the one whose time has come"
    assert whole() == 1
    Limit.objects.filter(scope="notice").update(ends_at=in_seconds(-1))
    assert tick()["numbers"] == 1, "the one that was left"
    assert whole() == 0


def test_a_tick_without_time_for_all_rows_goes_on_with_them_the_next_time(
    tick: Any, attempt: VerificationAttempt, many: Any, age: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    many(5, apart=DAY)
    age(31 * DAY)
    turns = iter([True] * 4)
    purging.purge_now_and_then(lambda: next(turns, False))
    assert 0 < whole() < 6
    age(1)
    assert tick()["numbers"] > 0
    assert whole() == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_the_same_work_once(many: Any, age: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 10)
    many(99, apart=60)
    age(31 * DAY)
    before = deadlocks()
    done = together([partial(purging.purge, whole=True, more=always)] * 4)
    assert sum(one["numbers"] for one in done) == 100
    assert whole() == 0 and deadlocks() == before


@pytest.fixture
def killed(transactional_db: None) -> Iterator[Worker]:
    yield (worker := Worker())
    assert worker.close() == -9


@pytest.mark.django_db(transaction=True)
def test_one_that_is_killed_half_way_is_run_again(many: Any, age: Any, killed: Worker, told: Any) -> None:
    many(2_999, apart=30)
    age(31 * DAY)
    killed.prepare([partial(purging.purge, whole=True, more=math.inf.__bool__)])
    killed.begin()
    patience = time.monotonic() + 60
    while whole() == 3_000:
        assert time.monotonic() < patience
    killed.kill()
    killed.close()
    left = whole()
    assert 0 < left < 3_000
    assert left % purging.BATCH == 0, "batches are whole or were not begun"
    told()
    assert whole() == 0


@pytest.mark.django_db(transaction=True)
def test_requests_beside_it_are_served(many: Any, age: Any, flashcall: Any) -> None:
    many(2_000, apart=60)
    age(31 * DAY)
    numbers = [f"+38067123{number}" for number in range(4000, 4020)]
    before = deadlocks()
    calls = [partial(services.request_verification, number) for number in numbers]
    *attempts, done = together([*calls, partial(purging.purge, whole=True, more=always)])
    assert {type(one) for one in attempts} == {VerificationAttempt}
    assert done["numbers"] == 2_001 and deadlocks() == before
    assert whole() == 20
