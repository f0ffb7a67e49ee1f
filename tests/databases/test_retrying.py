"""What is tried again, and for how long."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, transaction

from django_flashcall.models import transactions

pytestmark = pytest.mark.django_db(transaction=True)


def raised_by(driver: str, what: Any) -> OperationalError:
    """Return what Django raises for an error of a driver, each of which has its own way to name it."""
    cause = Exception(what)
    match driver:
        case "psycopg":
            cause.sqlstate = what  # type: ignore[attr-defined]
            error = OperationalError("a sentence")
        case "psycopg2":
            cause.pgcode = what  # type: ignore[attr-defined]
            error = OperationalError("a sentence")
        case "mysqlclient":
            error = OperationalError(what, "a sentence")
        case _:
            error = OperationalError(what)
    error.__cause__ = cause
    return error


class Busy:
    """Raises an error a number of times, and then returns how often it was called."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times, self.calls = error, times, 0

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return self.calls


@pytest.mark.parametrize(
    ("driver", "what"),
    [
        ("psycopg", "40001"),
        ("psycopg", "40P01"),
        ("psycopg2", "40001"),
        ("psycopg2", "40P01"),
        ("mysqlclient", 1020),
        ("mysqlclient", 1205),
        ("mysqlclient", 1213),
        ("sqlite3", "database is locked"),
    ],
)
class TestConflicts:
    def test_they_are_tried_again(self, driver: str, what: Any) -> None:
        assert transactions.retried(Busy(raised_by(driver, what), 3), "default") == 4

    def test_they_are_not_tried_for_ever(self, driver: str, what: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(transactions, "PATIENCE", 0.1)
        busy = Busy(raised_by(driver, what), 10_000)
        with pytest.raises(OperationalError):
            transactions.retried(busy, "default")
        assert 2 < busy.calls < 1000

    def test_they_are_the_hosts_in_the_hosts_transaction(self, driver: str, what: Any) -> None:
        busy = Busy(raised_by(driver, what), 1)
        with pytest.raises(OperationalError), transaction.atomic():
            transactions.retried(busy, "default")
        assert busy.calls == 1


@pytest.mark.parametrize(
    ("driver", "what"),
    [("psycopg", "57P01"), ("psycopg2", "57014"), ("mysqlclient", 2006), ("sqlite3", "no such table: x")],
)
def test_nothing_else_is_tried_again(driver: str, what: Any) -> None:
    busy = Busy(raised_by(driver, what), 1)
    with pytest.raises(OperationalError):
        transactions.retried(busy, "default")
    assert busy.calls == 1
