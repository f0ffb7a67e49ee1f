"""What became of a delivery is asked of the provider, now and then, and written once."""

from __future__ import annotations

import logging
from collections import Counter
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from django_flashcall import services
from django_flashcall.models import Delivery, Limit, VerificationAttempt
from django_flashcall.models.breakers import Breaker
from django_flashcall.models.clock import DbNow
from django_flashcall.models.deliveries import LAST_POLL_SECONDS, SCHEDULED_POLLS
from django_flashcall.services import following
from tests.concurrency.together import together
from tests.following.books import Books

pytestmark = pytest.mark.django_db


def look(delivery: Delivery) -> bool:
    """Ask about a delivery as it is in the database, if it is due."""
    found = Delivery.objects.due().with_clock().select_related("attempt").filter(pk=delivery.pk).first()
    return found is not None and following.ask(found)


def test_nobody_is_asked_before_five_seconds_are_over(delivery: Delivery, books: Books, age: Any) -> None:
    services.follow(delivery.attempt_id)
    age(4)
    services.follow(delivery.attempt_id)
    assert not books.asked
    age(2)
    services.follow(delivery.attempt_id)
    assert books.asked == {delivery.pk.hex: 1}


def test_it_is_asked_again_only_when_it_is_twice_as_old(due: Delivery, books: Books, age: Any) -> None:
    asked_at = [seconds for seconds in range(6, 81) if (services.follow(due.attempt_id), age(1))[1] is None]
    assert len(asked_at) == 75
    assert books.asked[due.pk.hex] == 4  # at 6, 12, 24 and 48 seconds


def test_within_two_days_it_is_asked_sixteen_times_and_then_no_more(delivery: Delivery, books: Books, age: Any) -> None:
    for _ in range(SCHEDULED_POLLS + 5):
        look(delivery)
        left = Delivery.objects.with_clock().get().due_in
        if left is None:
            break
        age(left.total_seconds() + 0.01)
    found = Delivery.objects.with_clock().get()
    assert books.asked[delivery.pk.hex] == found.polls
    assert SCHEDULED_POLLS - 1 <= found.polls <= SCHEDULED_POLLS  # the clock goes on while we look: one may be left out
    assert found.due_in is None
    assert LAST_POLL_SECONDS <= found.age.total_seconds() < 2 * LAST_POLL_SECONDS
    assert found.status == "accepted"


@pytest.mark.parametrize("status", ["delivered", "undeliverable"])
def test_the_end_of_it_is_written_with_its_price(due: Delivery, books: Books, status: str) -> None:
    books.write({due.pk.hex: {"status": status, "cost": "0.1234567", "currency": "UAH"}})
    services.follow(due.attempt_id)
    due.refresh_from_db()
    assert (due.status, due.cost, due.currency, due.due_at) == (status, Decimal("0.123457"), "UAH", None)
    delivered = Delivery.objects.filter(delivered_at__gt=F("created_at"), delivered_at__lte=DbNow())
    assert delivered.exists() == (status == "delivered")


def test_what_is_known_is_not_asked_again(due: Delivery, books: Books, age: Any) -> None:
    books.write({due.pk.hex: "delivered"})
    for _ in range(3):
        services.follow(due.attempt_id)
        age(20)
    assert books.asked == {due.pk.hex: 1}


@pytest.mark.parametrize("status", Delivery.Status.values)
@pytest.mark.parametrize("reported", ["delivered", "undeliverable"])
def test_a_status_moves_only_forward(due: Delivery, books: Books, status: str, reported: str) -> None:
    Delivery.objects.update(status=status)
    books.write({due.pk.hex: reported})
    told = {"cost": Decimal(1), "currency": "UAH", "delivered_channel": ""}
    moves = Delivery.objects.report(due.pk, reported, told)
    due.refresh_from_db()
    assert moves == (status in {"accepted", "unknown"})
    assert due.status == (reported if moves else status)
    assert due.cost == (Decimal(1) if moves else None)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "pending"},
        {"status": "raises"},
        {"status": "undeliverable", "id": "another"},
    ],
)
def test_no_news_changes_nothing(due: Delivery, books: Books, answer: dict[str, str], sent_signals: list[Any]) -> None:
    books.write({due.pk.hex: answer})
    assert services.follow(due.attempt_id).standing.state == "pending"
    assert books.asked == {due.pk.hex: 1}
    assert Delivery.objects.get().status == "accepted"
    assert not sent_signals


def test_what_a_provider_raises_is_logged_by_its_type(due: Delivery, books: Books, caplog: Any) -> None:
    books.write({due.pk.hex: "raises"})
    services.follow(due.attempt_id)
    assert [record.getMessage() for record in caplog.records] == ["Provider default raised RuntimeError when asked."]


@pytest.mark.parametrize(
    ("cost", "currency"), [("NaN", "UAH"), ("1e30", "UAH"), ("-1", "UAH"), ("Infinity", "uah"), (None, "€" * 90)]
)
def test_a_price_that_cannot_be_meant_is_none(due: Delivery, books: Books, cost: Any, currency: str) -> None:
    books.write({due.pk.hex: {"status": "delivered", "cost": cost, "currency": currency}})
    services.follow(due.attempt_id)
    due.refresh_from_db()
    assert (due.status, due.cost) == ("delivered", None)
    assert due.currency in {"UAH", ""}


def test_each_change_is_told_once_and_nothing_secret(
    due: Delivery, books: Books, sent_signals: list[Any], caplog: Any, phone: str
) -> None:
    books.write({due.pk.hex: "undeliverable"})
    with caplog.at_level(logging.INFO, "django_flashcall"):
        for _ in range(3):
            services.follow(due.attempt_id)
    ((name, arguments),) = sent_signals
    assert (name, arguments["delivery"].status) == ("delivery_undeliverable", "undeliverable")
    assert arguments["sender"] is VerificationAttempt
    (record,) = caplog.records
    assert record.getMessage() == f"Delivery {due.pk.hex} over flashcall: undeliverable"
    fields = {name: getattr(record, name) for name in ("attempt", "delivery", "channel", "status", "error_code")}
    attempt = str(due.attempt_id)
    assert fields == {
        "attempt": attempt,
        "delivery": due.pk.hex,
        "channel": "flashcall",
        "status": "undeliverable",
        "error_code": "",
    }
    assert isinstance(record.duration_ms, int)
    assert phone[-7:] not in str(vars(record))


@pytest.mark.parametrize("ended", ["verified", "canceled", "expired"])
def test_where_nobody_waits_nobody_is_asked_on_the_way(due: Delivery, books: Books, age: Any, ended: str) -> None:
    changes = {"verified": {"status": "verified", "verified_at": F("created_at")}, "canceled": {"status": "canceled"}}
    if ended in changes:
        VerificationAttempt.objects.update(**changes[ended])
    else:
        age(100)
    services.follow(due.attempt_id)
    assert not books.asked
    assert look(due) is False
    assert books.asked == {due.pk.hex: 1}


def test_nothing_is_asked_inside_a_transaction(due: Delivery, books: Books) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="outside atomic"):
        services.follow(due.attempt_id)
    with transaction.atomic(), pytest.raises(RuntimeError, match="outside atomic"):
        look(due)
    assert not books.asked


@pytest.mark.parametrize("path", ["django_flashcall.providers.memory.MemoryProvider", "nowhere.Provider"])
def test_who_cannot_be_asked_is_asked_in_vain(due: Delivery, books: Books, site: Any, path: str) -> None:
    books.write({due.pk.hex: "delivered"})
    site(PROVIDERS={"default": {"CLASS": path}})
    assert look(due) is look(due) is False
    assert Delivery.objects.get().polls == 1
    assert not books.asked


def test_a_delivery_without_the_providers_id_is_not_followed(attempt: Any, delivery: Delivery) -> None:
    Delivery.objects.update(status="created", provider_message_id="")
    for result, followed in [("", False), ("x", True)]:
        delivery.provider_message_id, delivery.status = result, "accepted"
        assert Delivery.objects.settle(delivery, followed=followed)
        assert (Delivery.objects.get().due_at is not None) == followed
        Delivery.objects.update(status="created")


def test_a_provider_that_does_not_answer_is_left_alone(due: Delivery, books: Books) -> None:
    breaker = Breaker("default", 0, 0.0)
    breaker.count_failure(Limit.objects.all(), "timeout", at_once=True)
    assert look(due) is False
    assert not books.asked
    Limit.objects.filter(scope="breaker").delete()
    look(due)
    assert books.asked == {due.pk.hex: 1}


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_wait_one_asks(due: Delivery, books: Books, sent_signals: list[Any]) -> None:
    books.write({due.pk.hex: "delivered"})
    attempts = together([partial(services.follow, due.attempt_id)] * 20)
    assert {type(attempt) for attempt in attempts} == {VerificationAttempt}
    assert books.asked == {due.pk.hex: 1}
    assert Counter(name for name, _ in sent_signals) == {"delivery_delivered": 1}


@pytest.mark.django_db(transaction=True)
def test_of_ten_reports_at_once_one_is_written(due: Delivery) -> None:
    told = {"cost": None, "currency": "", "delivered_channel": ""}
    statuses = ["delivered", "undeliverable"] * 5
    written = together([partial(Delivery.objects.report, due.pk, status, told) for status in statuses])
    assert sum(written) == 1
    assert Delivery.objects.get().status == statuses[written.index(True)]


def test_another_users_attempt_is_not_found(due: Delivery, books: Books, user: Any, stranger: Any) -> None:
    VerificationAttempt.objects.update(user=user)
    with pytest.raises(services.finding.AttemptNotFound):
        services.follow(due.attempt_id, user=stranger)
    assert not books.asked
