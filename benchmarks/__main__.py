"""Measures calls, the provider call and growth, on the PostgreSQL server that DATABASE_URL names."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import calls, databases, growth, processes, provider, report

RESULTS = Path(__file__).parent / "results"
TASKS = ("calls", "provider", "growth")


def main() -> None:
    sections = []
    for section in _sections(_options()):
        print(section, end="\n\n", flush=True)
        sections.append(section)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}.local.md"
    path.write_text("\n\n".join(sections) + "\n")
    print(path)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"of {', '.join(TASKS)}; all by default")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--calls", type=int, default=200, help="in a block")
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    if unknown := set(options.tasks) - set(TASKS):
        parser.error(f"no such task: {', '.join(unknown)}")
    return options


def _sections(options: argparse.Namespace) -> Iterator[str]:
    tasks = options.tasks or TASKS
    databases.create_model()
    yield report.environment(databases.version())
    if "calls" in tasks:
        _refuse_differences()
        yield report.of_calls(calls.run(rounds=options.rounds, calls=options.calls, connections=options.connections))
    if "provider" in tasks:
        yield report.of_provider(provider.run(rounds=options.rounds, calls=options.calls))
    if "growth" in tasks:
        yield report.of_growth(growth.run(rounds=options.rounds))


def _refuse_differences() -> None:
    command = [sys.executable, "-m", "benchmarks.statements"]
    subprocess.run(command, cwd=processes.ROOT, env=processes.environment(databases.MODEL), check=True)


if __name__ == "__main__":
    main()
