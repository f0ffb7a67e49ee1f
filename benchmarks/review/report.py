"""The tables of a review."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.report import table
from benchmarks.review.opening import Figure
from benchmarks.review.purging import Purged

BEYOND = "✗"
MOST_QUERIES, MOST_GROWTH, MOST_P95 = 12, 2.0, 2.0


def of_pages(sizes: Sequence[int], figures: Sequence[Figure], rows: tuple[int, int]) -> str:
    """Return the pages, those that grow most first."""
    lines = []
    for figure in sorted(figures, key=lambda figure: -figure.growth):
        few, many = figure.milliseconds
        queries = f"{figure.queries}{_mark(figure.queries > MOST_QUERIES)}"
        growth = f"**{figure.growth:.2f}**{_mark(figure.growth > MOST_GROWTH)}"
        lines.append([figure.page, queries, f"{few:.1f}", f"{many:.1f}", growth])
    over = sum(BEYOND in "".join(line) for line in lines)
    columns = ["page", "queries", f"{sizes[0]:,} attempts, ms", f"{sizes[1]:,} attempts, ms", "growth"]
    title = f"### Pages, {rows[0]:,} attempts and {rows[1]:,} deliveries"
    said = (
        f"Targets: at most {MOST_QUERIES} queries and {MOST_GROWTH:g} times the time. Beyond them: {over} ({BEYOND})."
    )
    return f"{title}\n\n{said}\n\n{table(columns, lines)}"


def _mark(beyond: bool) -> str:
    return f" {BEYOND}" if beyond else ""


def of_purge(purged: Purged) -> str:
    ratio = purged.during.p95 / purged.before.p95
    lines = [
        [name, f"{times.calls:,}", f"{times.p50:.1f}", f"{times.p95:.1f}"]
        for name, times in (("alone", purged.before), ("beside the purge", purged.during))
    ]
    rate = purged.rows / purged.seconds
    said = (
        f"{purged.rows:,} attempts lost number and address in {purged.seconds:.0f} s ({rate:,.0f} a second). "
        f"p95 of requests for a code beside it: **{ratio:.2f}** times what it is alone; target, at most {MOST_P95:g}."
    )
    return f"### A purge while the API serves\n\n{said}\n\n{table(['requests', 'calls', 'p50, ms', 'p95, ms'], lines)}"
