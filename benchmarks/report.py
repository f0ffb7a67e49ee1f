"""The tables. A ratio is that of two blocks of one round; what is shown is the median of the rounds."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from statistics import median, quantiles

from benchmarks import calls, growth, provider
from benchmarks.calls import KNOWN, NEW, WRONG

TARGETS = {
    ("raw", NEW): 0.5,
    ("raw", KNOWN): 0.5,
    ("raw", WRONG): 0.7,
    ("bare", NEW): 0.25,
    ("bare", KNOWN): 0.25,
    ("bare", WRONG): 0.6,
}
"""What ours must reach of the other's calls per second, and of its calls per second of CPU."""
PROVIDER_TARGET = 1.3
GROWTH_TARGET = 1.1
PACKAGES = ("Django", "djangorestframework", "gunicorn", "psycopg", "requests")


def environment(postgresql: str) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"Python {platform.python_version()}, {packages}, PostgreSQL {postgresql}."


def of_calls(results: calls.Results) -> str:
    by_block = {(figure.round, figure.contestant, figure.measure): figure for figure in results.figures}
    rounds = sorted({figure.round for figure in results.figures})
    ratios, absolutes = [], []
    for measure in (NEW, KNOWN, WRONG):
        ours = [by_block[number, "flashcall", measure] for number in rounds]
        for other in ("raw", "bare"):
            theirs = [by_block[number, other, measure] for number in rounds]
            pairs = list(zip(ours, theirs, strict=True))
            speed = [mine.calls_per_second / other.calls_per_second for mine, other in pairs]
            cpu = [other.worker_cpu / mine.worker_cpu for mine, other in pairs]
            ratios.append([measure, other, _spread(speed), _spread(cpu), f"{TARGETS[other, measure]:.2f}"])
        for name in calls.CONTESTANTS:
            figures = [by_block[number, name, measure] for number in rounds]
            columns = ("calls_per_second", "worker_cpu", "database_cpu")
            middle = [median(getattr(figure, column) for figure in figures) for column in columns]
            absolutes.append([measure, name, f"{middle[0]:.0f}", f"{middle[1]:.2f}", f"{middle[2]:.2f}"])
    others = median(figure.others for figure in results.figures)
    memory = [[name, *(f"{mib:.1f}" for mib in both)] for name, both in results.memory.items()]
    return "\n\n".join(
        [
            f"### Calls, {len(rounds)} rounds; other processes took {others:.2f} cores",
            table(["call", "ours over", "calls/s", "calls per CPU second", "target"], ratios),
            table(["call", "", "calls/s", "worker CPU, ms/call", "PostgreSQL CPU, ms/call"], absolutes),
            table(["worker's own memory, MiB", "after the first round", "after the last"], memory),
        ]
    )


def of_provider(costs: Sequence[provider.Cost]) -> str:
    callers = (provider.OURS, provider.SESSION, provider.PLAIN)
    by_caller = {name: [cost.cpu for cost in costs if cost.caller == name] for name in callers}
    rows = []
    for name, cpu in by_caller.items():
        ratio = [mine / other for mine, other in zip(by_caller[provider.OURS], cpu, strict=True)]
        shown = ["", ""] if name == provider.OURS else [_spread(ratio), f"{PROVIDER_TARGET}"]
        rows.append([name, f"{median(cpu):.3f}", *shown])
    title = f"### The provider call, {len(by_caller[provider.OURS])} rounds"
    return f"{title}\n\n" + table(["", "CPU, ms/call", "ours over it", "target, at most"], rows)


def of_growth(costs: Sequence[growth.Cost]) -> str:
    small, large = growth.SIZES
    rows = []
    for measure in (NEW, WRONG):
        for unit, column in (("time", "milliseconds"), ("CPU of worker and PostgreSQL", "cpu")):
            chosen = [cost for cost in costs if cost.measure == measure]
            few, many = ([getattr(cost, column) for cost in chosen if cost.size == size] for size in (small, large))
            ratio = [later / earlier for earlier, later in zip(few, many, strict=True)]
            rows.append(
                [measure, unit, f"{median(few):.2f}", f"{median(many):.2f}", _spread(ratio), f"{GROWTH_TARGET}"]
            )
    rounds = len({cost.round for cost in costs})
    columns = ["call", "", f"{small:,} attempts, ms", f"{large:,} attempts, ms", "growth", "target, at most"]
    return f"### Growth, {rounds} rounds, one call after another\n\n" + table(columns, rows)


def _spread(values: Sequence[float]) -> str:
    """Return the median with the quartiles."""
    if len(values) < 2:
        return f"{values[0]:.2f}"
    first, middle, third = quantiles(values, n=4, method="inclusive")
    return f"**{middle:.2f}** ({first:.2f}-{third:.2f})"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
