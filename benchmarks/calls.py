"""Calls per second and CPU per call, ours beside the two that are written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks import databases, load, processes
from benchmarks.load import Load
from benchmarks.processes import Server

CONTESTANTS = ("flashcall", "raw", "bare")
WORKERS, THREADS = 2, 4
ADDRESS = "93.184.216.34"
NEW, KNOWN, WRONG = "request, a new number", "request, a known number", "verify, a wrong code"
STATUS = {NEW: 201, KNOWN: 201, WRONG: 400}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One block of calls."""

    round: int
    contestant: str
    measure: str
    calls_per_second: float
    worker_cpu: float
    """Milliseconds a call, of all workers."""
    database_cpu: float
    others: float
    """Cores that processes took which have nothing to do with it."""


@dataclass
class Contestant:
    """One site with its database, under one gunicorn."""

    name: str
    server: Server
    bodies: list[Mapping[str, str]] = field(default_factory=list)
    """The answers to its last requests."""

    @property
    def database(self) -> str:
        return f"benchmark_{self.name}"

    def requests(self, numbers: Sequence[str]) -> list[bytes]:
        path = f"/{self.name}/verifications/"
        return [load.request("POST", path, {"phone_number": number}, address=ADDRESS) for number in numbers]

    def wrong_codes(self) -> list[bytes]:
        """Return one wrong code, which no code can be, for each attempt."""
        paths = [f"/{self.name}/verifications/{body['id']}/verify/" for body in self.bodies]
        return [load.request("POST", path, {"code": "0000"}, address=ADDRESS) for path in paths]


@dataclass(frozen=True)
class Results:
    figures: list[Figure]
    memory: dict[str, tuple[float, float]]
    """MiB of a worker's own, after the first round and after the last."""


def run(*, rounds: int, calls: int, connections: int) -> Results:
    """Measure every contestant in every round, one after another in blocks of `calls`."""
    with ExitStack() as stack:
        contestants = []
        for name in CONTESTANTS:
            databases.create(f"benchmark_{name}")
            server = stack.enter_context(processes.serving(f"benchmark_{name}", workers=WORKERS, threads=THREADS))
            contestants.append(Contestant(name, server))
        figures: list[Figure] = []
        for number in range(rounds + 1):
            # Whoever was the first is the last in the next round.
            order = contestants[number % 3 :] + contestants[: number % 3]
            measured = list(_round(number, order, calls, connections))
            if number == 0:  # it warms up
                first = _memory(contestants)
            else:
                figures += measured
        last = _memory(contestants)
    return Results(figures, {name: (first[name], last[name]) for name in first})


def _memory(contestants: Sequence[Contestant]) -> dict[str, float]:
    return {contestant.name: processes.memory(contestant.server.workers()) for contestant in contestants}


def _round(number: int, contestants: Sequence[Contestant], calls: int, connections: int) -> Iterator[Figure]:
    # Of ten million Ukrainian mobile numbers.
    numbers = [f"+38067{n:07d}" for n in range(number * calls, (number + 1) * calls)]
    with ExitStack() as stack:
        loads = {}
        for contestant in contestants:
            databases.reset(contestant.database)
            opened = Load(contestant.server.port, connections=connections, workers=WORKERS)
            loads[contestant.name] = stack.enter_context(opened)
            # Every thread has its connection to the database, and the site's limits have their rows.
            opened.run(contestant.requests([f"+38068{n:07d}" for n in range(40)]), expect=201)
        for measure in (NEW, KNOWN, WRONG):
            for contestant in contestants:
                if measure == KNOWN:
                    databases.pass_cooldown(contestant.database)
                requests = contestant.wrong_codes() if measure == WRONG else contestant.requests(numbers)
                yield _block(number, contestant, measure, loads[contestant.name], requests)


def _block(number: int, contestant: Contestant, measure: str, opened: Load, requests: Sequence[bytes]) -> Figure:
    spent = processes.Meter(contestant.server.workers(), databases.processes())
    block = opened.run(requests, expect=STATUS[measure])
    workers, database, others = spent.stop()
    contestant.bodies = [json.loads(answer.body) for answer in block.answers]
    return Figure(
        round=number,
        contestant=contestant.name,
        measure=measure,
        calls_per_second=len(requests) / block.seconds,
        worker_cpu=1000 * workers / len(requests),
        database_cpu=1000 * database / len(requests),
        others=others / block.seconds,
    )
