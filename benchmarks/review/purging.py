"""A purge while the API serves: how long requests wait before it and during it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from statistics import quantiles

from benchmarks import databases, load, processes
from benchmarks.load import Load

ROWS = 500_000
"""Attempts whose number and address are to be forgotten."""
CONNECTIONS, WORKERS = 4, 2
PAUSE = 0.02
"""Seconds between two blocks of requests: a site that is busy, and not at its end."""
BEFORE_SECONDS = 30.0
ADDRESS = "93.184.216.34"


@dataclass(frozen=True)
class Times:
    """What requests took, in milliseconds."""

    calls: int
    p50: float
    p95: float


@dataclass(frozen=True)
class Purged:
    before: Times
    during: Times
    seconds: float
    rows: int


def age(database: str) -> None:
    """Make ROWS of the oldest attempts due: nothing else is old enough."""
    with databases.connect(database) as connection:
        connection.execute(
            "UPDATE flashcall_verificationattempt SET created_at = created_at - interval '60 days',"
            " expires_at = expires_at - interval '60 days', continue_until = continue_until - interval '60 days',"
            " verified_at = verified_at - interval '60 days', redeemed_at = redeemed_at - interval '60 days'"
            " WHERE id IN (SELECT id FROM flashcall_verificationattempt ORDER BY id LIMIT %s)",
            [ROWS],
        )
        # What is between a week and RETENTION_DAYS has lost its address already.
        connection.execute(
            "UPDATE flashcall_verificationattempt SET ip_address = NULL, user_agent = ''"
            " WHERE created_at < now() - interval '6 days' AND created_at > now() - interval '50 days'"
        )
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    with databases.connect("postgres") as server:  # as it is on a server in use: it has much to do beside a purge
        server.execute("ALTER SYSTEM SET autovacuum = on")
        server.execute("SELECT pg_reload_conf()")


def run(database: str) -> Purged:
    """Let the API serve, alone and then beside a purge of ROWS."""
    numbers = iter(range(10_000_000))
    with (
        processes.serving(database, workers=WORKERS) as server,
        Load(server.port, connections=CONNECTIONS, workers=WORKERS) as opened,
    ):
        _serve(opened, numbers, lambda: False, least=200)  # it warms up
        ends = time.monotonic() + BEFORE_SECONDS
        before = _serve(opened, numbers, lambda: time.monotonic() < ends)
        began = time.monotonic()
        purge = _purge(database)
        during = _serve(opened, numbers, lambda: purge.poll() is None)
        seconds = time.monotonic() - began
    if purge.wait() or _left(database):
        raise RuntimeError("The purge failed.")
    return Purged(before, during, seconds, ROWS)


def _purge(database: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "django", "flashcall_purge", "--json"]
    return subprocess.Popen(command, cwd=processes.ROOT, env=processes.environment(database))


def _left(database: str) -> int:
    with databases.connect(database) as connection:
        question = (
            "SELECT count(*) FROM flashcall_verificationattempt"
            " WHERE created_at < now() - interval '31 days' AND phone_number LIKE '+%'"
        )
        (left,) = connection.execute(question).fetchone()  # type: ignore[misc]
    return int(left)


def _serve(opened: Load, numbers: object, more: object, least: int = 20) -> Times:
    """Ask for codes, for new numbers, as long as there is more to do; return what a request took."""
    milliseconds: list[float] = []
    while len(milliseconds) < least or more():  # type: ignore[operator]
        asked = [next(numbers) for _ in range(CONNECTIONS)]  # type: ignore[call-overload]
        phones = [f"+38063{number:07d}" for number in asked]
        requests = [
            load.request("POST", "/flashcall/verifications/", {"phone_number": p}, address=ADDRESS) for p in phones
        ]
        milliseconds += opened.times(requests, expect=201)
        threading.Event().wait(PAUSE)
    cuts = quantiles(milliseconds, n=100, method="inclusive")
    return Times(len(milliseconds), cuts[49], cuts[94])
