"""Doing many things at the same moment in several processes."""

from __future__ import annotations

import pickle
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

ROOT = Path(__file__).parents[2]

Call = Callable[[], Any]
"""A `functools.partial` of a service, which can be pickled."""


class Worker:
    """A process of the site under test, on the database of this run."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.concurrency.worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._tell({alias: connections[alias].settings_dict for alias in connections})

    def prepare(self, calls: Sequence[Call]) -> None:
        """Hand over calls, and return when it has them."""
        self._tell({"flashcall": settings.FLASHCALL, "calls": pickle.dumps(calls)})
        assert self._hear() == "ready"

    def begin(self) -> None:
        """Let it make them all at once."""
        self._tell("go")

    def outcomes(self) -> list[str]:
        """Return what came of each: its status, or the name of what it returned or raised."""
        return self._hear()

    def kill(self) -> None:
        """End it as the kernel does when memory is short: nothing of it runs any more."""
        self._process.kill()

    def fileno(self) -> int:
        """What `select` waits on, for its outcomes to be there."""
        return self._process.stdout.fileno()

    def close(self, seconds: float = 10) -> int:
        """Wait for its end, for so long, and return its exit status."""
        if self._process.poll() is None:
            self._tell(None)
        with self._process:
            return self._process.wait(seconds)

    def _tell(self, what: Any) -> None:
        pickle.dump(what, self._process.stdin)
        self._process.stdin.flush()

    def _hear(self) -> Any:
        return pickle.load(self._process.stdout)


def await_all_but_one(workers: Sequence[Worker], seconds: float) -> None:
    """Wait until all workers but one have made their calls, for so long each. Nobody may have read an outcome."""
    waiting = set(workers)
    while len(waiting) > 1:
        ended, _, _ = select.select(waiting, [], [], seconds)
        assert ended
        waiting -= set(ended)


def across(
    workers: Sequence[Worker], calls: Sequence[Call], *, meanwhile: Callable[[], Any] = lambda: None
) -> list[str]:
    """Share the calls out among the workers, let all begin at once, and return the outcomes in the calls' order.

    `meanwhile` is called when they have begun, before an outcome is read.
    """
    hands = [calls[number :: len(workers)] for number in range(len(workers))]
    for worker, hand in zip(workers, hands, strict=True):
        worker.prepare(hand)
    for worker in workers:
        worker.begin()
    meanwhile()
    outcomes = [""] * len(calls)
    for number, worker in enumerate(workers):
        outcomes[number :: len(workers)] = worker.outcomes()
    return outcomes
