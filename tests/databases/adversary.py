"""Somebody else on the same database: a connection of its own, which stands in the way when a test says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from django.db.models import Model, QuerySet

from django_flashcall.models import Limit

END = {"postgresql": "SELECT pg_terminate_backend(%s)", "mysql": "KILL CONNECTION %s"}
WAITING = {
    "postgresql": "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid",
    "mysql": "SELECT count(*) FROM information_schema.innodb_lock_waits JOIN information_schema.innodb_trx "
    "ON trx_id = blocking_trx_id WHERE trx_mysql_thread_id = connection_id()",
}
"""How many wait for what this connection has locked. MariaDB keeps its answer until it was not asked for 0.1 s."""
PATIENCE = 30
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
        self._connection.inc_thread_sharing()  # a server's threads use it, too

    def run(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """Run a statement; return its rows, if it has any."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def begin(self) -> None:
        """Open a transaction that wins every deadlock: on PostgreSQL who looks last wins, on MariaDB who wrote most."""
        if connection.vendor == "postgresql":
            self.run("SET deadlock_timeout = '1min'")
        self.run("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        if connection.vendor == "mysql":
            for number in range(100):
                self.run(f"INSERT INTO {Limit._meta.db_table} VALUES (%s, '', '', 1, 1, 0, 0)", (number,))

    def touch(self, row: Model) -> None:
        """Write a row as it is, and so lock it until the transaction's end."""
        fields = (row._meta.pk, row._meta.concrete_fields[-1])
        key, column = (connection.ops.quote_name(field.column) for field in fields)
        value = row._meta.pk.get_db_prep_value(row.pk, connection)
        self.run(f"UPDATE {row._meta.db_table} SET {column} = {column} WHERE {key} = %s", (value,))

    def finds_free(self, rows: QuerySet[Any]) -> int:
        """Return how many of the rows nobody else has locked."""
        sql, parameters = rows.query.sql_with_params()
        return len(self.run(f"{sql} FOR UPDATE SKIP LOCKED", parameters))

    def end(self) -> None:
        """Let go of what was locked, and leave it as written."""
        self.run("COMMIT")

    def cut(self, number: int) -> None:
        """End somebody's connection."""
        self.run(END[connection.vendor], (number,))

    def wait_until_somebody_waits(self) -> None:
        """Return when a statement of somebody's waits for a lock that this one has."""
        ends = time.monotonic() + PATIENCE
        while not self.run(WAITING[connection.vendor])[0][0]:
            if time.monotonic() > ends:
                self.close()  # who comes after all must not wait for ever
                raise AssertionError("Nobody waits.")
            time.sleep(0.11)

    @contextmanager
    def beside(self, call: Callable[[], Any]) -> Iterator[Future[Any]]:
        """Run a call in a thread with a connection of its own; it has ended when the block has."""

        def run() -> Any:
            try:
                return call()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            try:
                yield pool.submit(run)
            finally:
                self.close()  # lets the call go on, whatever happened

    def close(self) -> None:
        self._connection.close()
