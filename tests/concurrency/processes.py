"""Doing many things at the same moment in several processes."""

from __future__ import annotations

import pickle
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

    def close(self) -> int:
        """Wait for its end and return its exit status."""
        if self._process.poll() is None:
            self._tell(None)
        with self._process:
            return self._process.wait(10)

    def _tell(self, what: Any) -> None:
        pickle.dump(what, self._process.stdin)
        self._process.stdin.flush()

    def _hear(self) -> Any:
        return pickle.load(self._process.stdout)


def across(workers: Sequence[Worker], calls: Sequence[Call]) -> list[str]:
    """Share the calls out among the workers, let all begin at once, and return the outcomes in the calls' order."""
    hands = [calls[number :: len(workers)] for number in range(len(workers))]
    for worker, hand in zip(workers, hands, strict=True):
        worker.prepare(hand)
    for worker in workers:
        worker.begin()
    outcomes = [""] * len(calls)
    for number, worker in enumerate(workers):
        outcomes[number :: len(workers)] = worker.outcomes()
    return outcomes
