"""Opens each page on a small and on a large database, in turn, so that what else the machine does hits both."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from benchmarks import processes


@dataclass(frozen=True)
class Figure:
    """What one page cost."""

    page: str
    queries: int
    milliseconds: tuple[float, float]
    """On the small and on the large database: the fastest of the rounds, for all else is somebody else's time."""

    @property
    def growth(self) -> float:
        few, many = self.milliseconds
        return many / few


class Browser:
    """A process that opens pages on one database."""

    def __init__(self, database: str, settings: str) -> None:
        environment = processes.environment(database) | {"DJANGO_SETTINGS_MODULE": settings}
        command = [sys.executable, "-m", "benchmarks.review.measure"]
        self._process = subprocess.Popen(
            command, cwd=processes.ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pages: list[str] = self._hear()

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait(60)

    def open(self, page: str) -> tuple[float, int]:
        """Return the milliseconds and the statements of a page."""
        self._process.stdin.write(json.dumps(page) + "\n")  # type: ignore[union-attr]
        self._process.stdin.flush()  # type: ignore[union-attr]
        milliseconds, statements = self._hear()
        return milliseconds, statements

    def _hear(self) -> Any:
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise RuntimeError("The pages could not be opened.")
        return json.loads(line)


def run(databases: Sequence[str], settings: str, *, rounds: int) -> list[Figure]:
    """Open all pages that both databases have, so many times and once more before it counts."""
    with ExitStack() as stack:
        few, many = (stack.enter_context(Browser(database, settings)) for database in databases)
        return [_figure(page, few, many, rounds) for page in few.pages if page in many.pages]


def _figure(page: str, few: Browser, many: Browser, rounds: int) -> Figure:
    opened = [(few.open(page), many.open(page)) for _ in range(rounds + 1)][1:]
    queries = max(statements for both in opened for _milliseconds, statements in both)
    fastest = [min(both[which][0] for both in opened) for which in (0, 1)]
    return Figure(page, queries, (fastest[0], fastest[1]))
