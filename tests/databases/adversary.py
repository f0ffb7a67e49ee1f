"""Somebody else on the same database: a connection of its own, which stands in the way when a test says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections

END = {"postgresql": "SELECT pg_terminate_backend(%s)", "mysql": "KILL CONNECTION %s"}
WAITING = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    "mysql": "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
}
PATIENCE = 10
"""Seconds after which what a test waits for has failed to come."""


def number_of_connection() -> int:
    """Return the number by which the server knows this thread's connection."""
    connection.ensure_connection()
    raw: Any = connection.connection
    return int(raw.info.backend_pid if connection.vendor == "postgresql" else raw.thread_id())


class Adversary:
    """A connection to the database of this run that no thread shares."""

    def __init__(self) -> None:
        self._connection = connection.copy()
        self._connection.inc_thread_sharing()

    def run(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """Run a statement; return its rows, if it has any."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def cut(self, number: int) -> None:
        """End somebody's connection."""
        self.run(END[connection.vendor], (number,))

    def wait_until_somebody_waits(self) -> None:
        """Return when a statement of somebody's waits for a lock."""
        ends = time.monotonic() + PATIENCE
        while not self.run(WAITING[connection.vendor])[0][0]:
            assert time.monotonic() < ends, "Nobody waits."

    def close(self) -> None:
        self._connection.close()
        self._connection.dec_thread_sharing()


@contextmanager
def meanwhile(call: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Run a call in a thread with a connection of its own; it has ended when the block has."""

    def run() -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(run)
