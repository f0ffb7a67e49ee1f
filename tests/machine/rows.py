"""The rows: what the database has kept, against what the model has."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, transaction

from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import DbNow
from tests.machine.model import Attempt, Model

ATTEMPT = ("user_id", "owner", "status", "checks", "max_checks", "redeemed_at")
REPORTS = ("notice",)
"""What is only told: nobody is refused for it."""
DELIVERY = ("channel", "status", "error_code")


def compare(model: Model, users: list[Any]) -> None:
    """See that the tables say what the model does, row by row."""
    keys = {None: None, **{number: user.pk for number, user in enumerate(users)}}
    kept = [
        (user, bool(owner), status, checks, max_checks, redeemed_at is not None, *delivery)
        for user, owner, status, checks, max_checks, redeemed_at, *delivery in _select("deliveries")
    ]
    assert kept == [row for attempt in model.attempts for row in _expected(attempt, keys)]
    assert all(checks <= max_checks for _user, _owner, _status, checks, max_checks, *_rest in kept)
    owners = [(number, keys[user], channel) for number, (user, channel) in sorted(model.owners.items())]
    assert [tuple(row) for row in _select("phones")] == owners
    assert sorted(tuple(row) for row in _select("limits")) == model.books.running(model.now)


def delete_all() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in (Delivery, VerificationAttempt, PhoneStatus, Limit):
            cursor.execute(f"DELETE FROM {table._meta.db_table}")


def _expected(attempt: Attempt, keys: dict[int | None, Any]) -> list[tuple[Any, ...]]:
    of_attempt = (keys[attempt.user], attempt.owner, attempt.status, attempt.checks, attempt.max_checks)
    return [
        (*of_attempt, attempt.redeemed, delivery.channel, delivery.status, delivery.error_code)
        for delivery in attempt.deliveries
    ]


def _select(what: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(*_statements()[what])
        return cursor.fetchall()


@cache
def _statements() -> dict[str, tuple[str, tuple[Any, ...]]]:
    """Return the statements, written once: Django would take longer to write them than the database to answer."""
    deliveries = Delivery.objects.order_by("attempt_id", "id")
    statuses = PhoneStatus.objects.order_by("phone_number")
    rows = {
        "deliveries": deliveries.values_list(*(f"attempt__{name}" for name in ATTEMPT), *DELIVERY),
        "phones": statuses.values_list("phone_number", "user_id", "verified_channel"),
        "limits": Limit.objects.filter(ends_at__gt=DbNow(), count__gt=0)
        .exclude(scope__in=REPORTS)
        .values_list("scope", "count"),
    }
    return {what: row.query.sql_with_params() for what, row in rows.items()}
