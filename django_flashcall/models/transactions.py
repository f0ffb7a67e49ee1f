"""How our transactions are run: on the database that is written, in nobody else's transaction, tried again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError, connections, router, transaction

from django_flashcall.models.attempts import VerificationAttempt

T = TypeVar("T")

PATIENCE = 3
"""Seconds after which what stands in the way is not passing: nothing is tried again then."""
LONGEST_PAUSE = 0.2
CONFLICTS = {"40001", "40P01", 1020, 1205, 1213}
"""Serialization failure, deadlock and lock timeout, as PostgreSQL and MariaDB name them."""


def database() -> str:
    """Return the alias of the database that our tables are written to; it is also the one that we read."""
    return router.db_for_write(VerificationAttempt)


def refuse_inside(using: str) -> None:
    """Raise RuntimeError inside somebody's transaction: a rollback there would undo what we count.

    Transactions that a TestCase opens do not count, as for Django's own durable blocks.
    """
    connection = connections[using]
    blocks: list[Any] = connection.atomic_blocks
    by_hand = not blocks and not connection.get_autocommit()
    if by_hand or any(not block._from_testcase for block in blocks):
        raise RuntimeError(
            "django_flashcall counts calls and checks in transactions of its own, which this one could roll back: "
            "call it outside atomic(), and decorate the view with django.db.transaction.non_atomic_requests "
            "where ATOMIC_REQUESTS is on."
        )


def run(function: Callable[[], T], using: str, *, savepoint: bool = True) -> T:
    """Return what `function` returns, run in a transaction, and again where others were in the way.

    Without a `savepoint` it must not raise inside somebody's transaction.
    """

    def in_transaction() -> T:
        with transaction.atomic(using=using, savepoint=savepoint):
            return function()

    return retried(in_transaction, using)


def retried(function: Callable[[], T], using: str) -> T:
    """Return what `function` returns; where it met a deadlock, a serialization failure or a lock, try again for 3 s.

    The last try may take as long as the database waits for a lock. Inside a transaction there is one try: the whole
    of it would have to be repeated, and it is not ours.
    """
    ends, pause = time.monotonic() + PATIENCE, 0.01
    while True:
        try:
            return function()
        except OperationalError as error:
            if not _conflict(error) or connections[using].in_atomic_block or time.monotonic() > ends:
                raise
        time.sleep(random.uniform(0, pause))  # noqa: S311  (only spreads the tries)
        pause = min(pause * 2, LONGEST_PAUSE)


def _conflict(error: OperationalError) -> bool:
    cause = error.__cause__
    # As psycopg and psycopg2 name it; those of MariaDB have it in front of the text.
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or next(iter(error.args), None)
    return code in CONFLICTS or "database is locked" in str(error)
