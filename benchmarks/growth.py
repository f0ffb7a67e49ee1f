"""Whether a call costs more where a million attempts are stored than where a thousand are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks import databases, load, processes
from benchmarks.calls import ADDRESS, NEW, STATUS, WRONG
from benchmarks.load import Load
from benchmarks.processes import Server

SIZES = (1_000, 1_000_000)
BLOCK = 100
"""Calls."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One block of calls, one after another."""

    round: int
    size: int
    measure: str
    milliseconds: float
    """Of the clock, a call."""
    cpu: float
    """Milliseconds of workers and database together, a call."""


def run(*, rounds: int) -> list[Cost]:
    """Measure both sizes in every round, in blocks."""
    with ExitStack() as stack:
        servers = {}
        for size in SIZES:
            databases.create(f"benchmark_{size}")
            databases.reset(f"benchmark_{size}", attempts=size)
            servers[size] = stack.enter_context(processes.serving(f"benchmark_{size}", workers=1, threads=1))
        costs = []
        for number in range(rounds + 1):
            numbers = [f"+38067{n:07d}" for n in range(number * BLOCK, (number + 1) * BLOCK)]
            for size in SIZES if number % 2 else reversed(SIZES):
                costs += list(_blocks(number, size, servers[size], numbers))
    return [cost for cost in costs if cost.round > 0]  # the first warms up


def _blocks(number: int, size: int, server: Server, numbers: Sequence[str]) -> Iterator[Cost]:
    path = "/flashcall/verifications/"
    with Load(server.port, connections=1, workers=1) as opened:
        requests = [load.request("POST", path, {"phone_number": phone}, address=ADDRESS) for phone in numbers]
        for measure in (NEW, WRONG):
            spent = processes.Meter(server.workers(), databases.processes())
            block = opened.run(requests, expect=STATUS[measure])
            workers, database, _others = spent.stop()
            yield Cost(
                round=number,
                size=size,
                measure=measure,
                milliseconds=1000 * block.seconds / len(requests),
                cpu=1000 * (workers + database) / len(requests),
            )
            ids = [json.loads(answer.body).get("id") for answer in block.answers]
            requests = [load.request("POST", f"{path}{id_}/verify/", {"code": "0000"}, address=ADDRESS) for id_ in ids]
