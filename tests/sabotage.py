"""Takes away each defence of the table of faults, in a copy of the tree, and looks whether its test notices.

make sabotage                    all of them
make sabotage ARGS="5 106 121"   those of these rows
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.faults import FAULTS
from tests.faults.row import Fault

ROOT = Path(__file__).parents[1]
PARTS = ("django_flashcall", "example_project", "tests", "README.md", "pyproject.toml")
AT_ONCE = 2
PATIENCE = 120
"""Seconds after which a test that hangs is ended. It has shown nothing."""
BY_ASSERTION = {"AssertionError", "Failed"}
"""How a test says no by itself: `Failed` is what was expected to raise and did not."""


@dataclass(frozen=True)
class Run:
    """What a run of pytest came to."""

    status: int
    failure: str
    """The first line of the first failure of a test, its fixtures apart; empty where there is none."""
    output: str

    @property
    def kind(self) -> str:
        """The exception of the failure."""
        if self.failure.startswith("assert "):
            return "AssertionError"
        return self.failure.partition(":")[0].rpartition(".")[2]


@dataclass(frozen=True)
class Copy:
    """A copy of the tree, in which nobody else works."""

    folder: Path

    def pytest(self, tests: Sequence[str], database: str) -> Run:
        """Run tests until one fails."""
        report = self.folder / "report.xml"
        report.unlink(missing_ok=True)
        options = ["-x", "-q", "--tb=short", "-p", "no:cacheprovider", f"--junit-xml={report}"]
        command = [sys.executable, "-m", "pytest", *options, *tests]
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=self._environment(database),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=PATIENCE + len(tests),
            )
        except subprocess.TimeoutExpired:
            return Run(-1, "", f"There was no end of it after {PATIENCE} s.")
        return Run(done.returncode, _first_failure(report), done.stdout)

    def without(self, fault: Fault) -> Run:
        """Take a fault's defence away, run the test that shows it, and put the defence back."""
        assert fault.defence
        path = self.folder / "django_flashcall" / fault.defence.file
        source = path.read_text()
        path.write_text(fault.defence.taken_from(source))
        try:
            return self.pytest([fault.shown_by], fault.defence.database)
        finally:
            path.write_text(source)

    def _environment(self, database: str) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        url = ours.pop("DATABASE_URL", "")
        if database == "postgresql":
            ours["DATABASE_URL"] = url + self.folder.name  # a database for each copy
        # No bytecode: a source that changes twice in a second is not told from its former self.
        return {**ours, "PYTHONPATH": os.fspath(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}


def main() -> None:
    """Print a line for each defence, and exit with 1 unless all are shown."""
    faults = _chosen()
    started = time.monotonic()
    with _copies() as copies, ThreadPoolExecutor(AT_ONCE) as pool:
        _refuse_unless_healthy(faults, copies)
        shown = list(pool.map(lambda fault: _is_shown(fault, copies), faults))
    print(f"{sum(shown)} of {len(faults)} defences are shown, in {time.monotonic() - started:.0f} s")
    sys.exit(not all(shown))


def _chosen() -> list[Fault]:
    defended = {fault.number: fault for fault in FAULTS if fault.defence}
    parser = argparse.ArgumentParser(prog="make sabotage", description="Takes defences away, in a copy of the tree.")
    parser.add_argument("row", type=int, nargs="*", help="the number of a row of the table that has a defence")
    chosen = set(parser.parse_args().row) or set(defended)
    if chosen - set(defended):
        parser.error(f"No defence is in rows {sorted(chosen - set(defended))}.")
    faults = [defended[number] for number in sorted(chosen)]
    if "DATABASE_URL" not in os.environ and "postgresql" in _databases(faults):
        parser.error("some of them are shown on PostgreSQL: run it as .ci/on-postgresql python -m tests.sabotage")
    return faults


def _databases(faults: Sequence[Fault]) -> set[str]:
    return {fault.defence.database for fault in faults if fault.defence}


@contextmanager
def _copies() -> Iterator[queue.SimpleQueue[Copy]]:
    """Make the copies; whoever needs one takes it from the queue and brings it back."""
    copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="flashcall-sabotage-") as home:
        for number in range(AT_ONCE):
            copy = Copy(Path(home) / f"copy{number}")
            copy.folder.mkdir()
            for part in PARTS:
                source, goal = ROOT / part, copy.folder / part
                if source.is_dir():
                    shutil.copytree(source, goal, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(source, goal)
            copies.put(copy)
        yield copies


def _refuse_unless_healthy(faults: Sequence[Fault], copies: queue.SimpleQueue[Copy]) -> None:
    """Exit unless all tests pass as long as nothing is taken away."""
    copy = copies.get()
    for database in sorted(_databases(faults)):
        tests = sorted({fault.shown_by for fault in faults if fault.defence and fault.defence.database == database})
        run = copy.pytest(tests, database)
        if run.status != 0:
            sys.exit(f"{run.output}\nWith all defences in place a test fails on {database}.")
        print(f"With all defences in place {len(tests)} tests pass on {database}", flush=True)
    copies.put(copy)


def _is_shown(fault: Fault, copies: queue.SimpleQueue[Copy]) -> bool:
    assert fault.defence
    copy, started = copies.get(), time.monotonic()
    try:
        run = copy.without(fault)
    finally:
        copies.put(copy)
    # 1 is "collected, run, and some failed": neither an import that breaks nor a test that is not there.
    expected = {fault.defence.raises} if fault.defence.raises else BY_ASSERTION
    shown = run.status == 1 and run.kind in expected
    place = f"{fault.defence.file} {fault.defence.where}"
    told = f"{fault.number:3} {'shown' if shown else 'NOT SHOWN':9} {time.monotonic() - started:5.1f} s  {place:45} "
    told += run.failure[:60]
    if not shown:
        told += f"\n{fault.shown_by} ended with {run.status} {run.failure}\n{run.output[-3000:]}"
    print(told, flush=True)
    return shown


def _first_failure(report: Path) -> str:
    try:
        root = ElementTree.parse(report)
    except (OSError, ElementTree.ParseError):
        return ""
    failures = (failure.get("message", "") for failure in root.iter("failure"))
    return next(failures, "").partition("\n")[0]


if __name__ == "__main__":
    main()
