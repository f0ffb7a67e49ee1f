"""manage.py flashcall_tick."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.models import Count, F
from django.test.utils import CaptureQueriesContext

from django_flashcall import services
from django_flashcall.models import Delivery, Limit, VerificationAttempt
from django_flashcall.services import purging, ticking
from tests.concurrency.processes import Worker, across
from tests.concurrency.together import together
from tests.following.books import Books

pytestmark = pytest.mark.django_db

NOTHING = {
    "dry_run": False,
    "asked": 0,
    "delivered": 0,
    "undeliverable": 0,
    "unknown": 0,
    "fallbacks": 0,
    "numbers_purged": 0,
    "addresses_purged": 0,
    "attempts_purged": 0,
    "limits_purged": 0,
    "phones_purged": 0,
    "finished": True,
}


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("flashcall_tick", *arguments, stdout=out)
    return out.getvalue()


def told(*arguments: str) -> dict[str, Any]:
    """Run it and return what it did and where there is something to tell."""
    said = json.loads(run("--json", *arguments))
    return {name: value for name, value in said.items() if value != NOTHING[name]}


@pytest.fixture
def old(attempt: VerificationAttempt, age: Any) -> VerificationAttempt:
    """An attempt of 366 days ago."""
    age(366 * 86400)
    return attempt


def test_where_there_is_nothing_to_do_it_does_nothing(db: None) -> None:
    assert json.loads(run("--json")) == NOTHING
    assert run() == (
        "Done: asked: 0, delivered: 0, undeliverable: 0, unknown: 0, fallbacks: 0, numbers purged: 0, "
        "addresses purged: 0, attempts purged: 0, limits purged: 0, phones purged: 0.\n"
    )


def test_it_asks_about_what_is_due(due: Delivery, books: Books) -> None:
    books.write({due.pk.hex: "delivered"})
    assert told() == {"asked": 1, "delivered": 1}
    assert told() == {}
    assert Delivery.objects.get().status == "delivered"


def test_it_asks_though_nobody_waits(due: Delivery, books: Books, age: Any) -> None:
    age(3600)
    books.write({due.pk.hex: {"status": "delivered", "cost": "0.2", "currency": "UAH"}})
    assert told() == {"asked": 1, "delivered": 1}


def test_it_does_not_ask_before_it_is_time(delivery: Delivery, books: Books) -> None:
    assert told() == {}
    assert not books.asked


def test_what_a_dead_process_left_is_stored_as_unknown(delivery: Delivery, sent_signals: Any, age: Any) -> None:
    Delivery.objects.update(status="created", provider_message_id="", due_at=F("created_at") + timedelta(seconds=30))
    age(29)
    assert told() == {}
    assert not Delivery.objects.abandon(delivery.pk, reason="in haste")
    age(2)
    assert told() == {"unknown": 1}
    assert told() == {}
    found = Delivery.objects.get()
    assert (found.status, found.error_code, found.due_at) == ("unknown", "abandoned", None)
    assert [(name, arguments["delivery"].status) for name, arguments in sent_signals] == [("delivery_sent", "unknown")]


def test_a_delivery_is_written_with_the_time_after_which_its_process_is_dead(
    delivery: Delivery, site: Any, phone: str
) -> None:
    site(REQUEST_DEADLINE=20)
    other = VerificationAttempt.objects.get()
    fresh = Delivery(attempt=other, channel="sms", provider="default", code_digest="0" * 64, code_length=4)
    Delivery.objects.insert(fresh, ttl=90)
    found = Delivery.objects.get(pk=fresh.pk)
    assert found.due_at - found.created_at == timedelta(seconds=35)


def test_a_late_answer_does_not_overwrite_what_was_stored(due: Delivery, sent_signals: Any) -> None:
    Delivery.objects.update(status="created")
    assert told() == {"unknown": 1}
    due.status = "accepted"
    assert not Delivery.objects.settle(due, followed=True)
    assert Delivery.objects.get().status == "unknown"


def test_it_sends_the_next_channel(due: Delivery, books: Books, site: Any) -> None:
    site(AUTO_FALLBACK=True)
    books.write({due.pk.hex: "undeliverable"})
    assert told() == {"asked": 1, "undeliverable": 1, "fallbacks": 1}
    assert told() == {}
    assert books.sent == ["flashcall", "sms"]


def test_it_sends_what_a_dead_process_did_not(due: Delivery, books: Books, site: Any) -> None:
    site(AUTO_FALLBACK=True)
    Delivery.objects.update(status="undeliverable", due_at=None)
    assert told("--dry-run") == {"dry_run": True, "fallbacks": 1}
    assert told() == {"fallbacks": 1}
    assert told() == {}


def test_what_is_old_is_thrown_away(old: VerificationAttempt, books: Books) -> None:
    young = services.request_verification("+380501234504")
    # Its own cooldown and its number's two rates; the windows of its prefix and of the site have opened anew.
    assert told() == {"asked": 1, "numbers_purged": 1, "attempts_purged": 1, "limits_purged": 3}
    assert VerificationAttempt.objects.get() == young
    assert Delivery.objects.get().attempt == young
    assert told() == {}


def test_retention_is_the_sites_choice(old: VerificationAttempt, site: Any) -> None:
    site(RETENTION_DAYS=367, HISTORY_DAYS=367)
    assert not {"numbers_purged", "attempts_purged"} & told().keys()
    Limit.objects.filter(scope="notice").delete()  # or all is looked at a day later
    site(RETENTION_DAYS=365, HISTORY_DAYS=367)
    assert told() == {"numbers_purged": 1}
    site(RETENTION_DAYS=365, HISTORY_DAYS=365)
    assert told() == {"attempts_purged": 1}


def test_what_is_old_goes_in_batches(old: VerificationAttempt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    values = VerificationAttempt.objects.values().get()
    copies = [VerificationAttempt(**{**values, "id": VerificationAttempt._meta.pk.default()}) for _ in range(4)]
    VerificationAttempt.objects.bulk_create(copies)
    deleting = f"DELETE FROM {connection.ops.quote_name(VerificationAttempt._meta.db_table)} "
    with CaptureQueriesContext(connection) as captured:
        assert told()["attempts_purged"] == 5
    assert sum(query["sql"].startswith(deleting) for query in captured) == 3
    assert not VerificationAttempt.objects.exists()


def test_what_is_to_do_is_said_and_not_done(old: VerificationAttempt, due: Delivery, books: Books) -> None:
    books.write({due.pk.hex: "delivered"})
    before = list(Delivery.objects.values())
    limits = Limit.objects.count()
    purged = {"numbers_purged": 1, "attempts_purged": 1, "limits_purged": limits}
    expected = {"dry_run": True, "asked": 1, **purged}
    assert told("--dry-run") == expected
    assert run("--dry-run").startswith("To do: asked: 1, ")
    assert list(Delivery.objects.values()) == before
    assert not books.asked


def test_without_time_it_begins_nothing_and_says_so(due: Delivery, old: VerificationAttempt, books: Books) -> None:
    assert told("--seconds=0") == {"finished": False}
    assert run("--seconds=0").endswith(" There was no time for the rest.\n")
    assert not books.asked
    assert VerificationAttempt.objects.exists()


@pytest.mark.parametrize("arguments", [["--dry-run"], []])
def test_a_database_that_is_away_fails_it(db: None, arguments: list[str]) -> None:
    def fail(*arguments: Any) -> None:
        raise DatabaseError("with a secret in it")

    with connection.execute_wrapper(fail), pytest.raises(CommandError) as failed:
        run(*arguments)
    assert str(failed.value) == "The database failed: DatabaseError."
    assert failed.value.returncode == 1


def test_a_provider_that_raises_does_not_keep_it_from_the_others(
    due: Delivery, books: Books, age: Any, phone: str
) -> None:
    other = services.request_verification("+380501234504").deliveries.get()
    age(6)
    books.write({due.pk.hex: "raises", other.pk.hex: "delivered"})
    assert told() == {"asked": 2, "delivered": 1}


def test_people_who_wait_come_first(due: Delivery, books: Books, age: Any) -> None:
    age(60)
    other = services.request_verification("+380501234504").deliveries.get()
    age(6)
    run()
    assert books.noted("asked") == [other.pk.hex, due.pk.hex]


@pytest.mark.django_db(transaction=True)
def test_several_at_once_do_each_thing_once(books: Books, site: Any, age: Any, sent_signals: Any) -> None:
    site(AUTO_FALLBACK=True, LIMITS={"prefix": ""})
    deliveries = [services.request_verification(f"+38050123{n}").deliveries.get() for n in range(4500, 4520)]
    books.write({one.pk.hex: "undeliverable" if n % 2 else "delivered" for n, one in enumerate(deliveries)})
    age(6)
    sent_signals.clear()
    ticks = together([partial(ticking.tick, seconds=30)] * 5)
    assert set(books.asked.values()) == {1}
    assert sum(tick.delivered for tick in ticks) == sum(tick.undeliverable for tick in ticks) == 10
    assert sum(tick.fallbacks for tick in ticks) == 10
    assert Counter(books.sent) == {"flashcall": 20, "sms": 10}
    told = Counter(name for name, _ in sent_signals)
    assert told == {"delivery_delivered": 10, "delivery_undeliverable": 10, "delivery_sent": 10}


@pytest.mark.django_db(transaction=True)
def test_processes_that_do_it_at_once_do_each_thing_once(books: Books, site: Any, age: Any) -> None:
    site(AUTO_FALLBACK=True, LIMITS={"prefix": ""})
    deliveries = [services.request_verification(f"+38050123{n}").deliveries.get() for n in range(4500, 4530)]
    books.write({one.pk.hex: "undeliverable" for one in deliveries})
    age(6)
    workers = [Worker() for _ in range(3)]
    assert across(workers, [partial(ticking.tick, seconds=60)] * 9) == ["Tick"] * 9
    assert [worker.close() for worker in workers] == [0, 0, 0]
    assert books.asked == {one.pk.hex: 1 for one in deliveries}
    assert Counter(books.sent) == {"flashcall": 30, "sms": 30}
    assert set(Delivery.objects.filter(channel="sms").values_list("attempt").annotate(Count("pk"))) == {
        (one.attempt_id, 1) for one in deliveries
    }
