"""Makes a million attempts and measures what staff see of them, and a purge beside the API.

The PostgreSQL server is the one that DATABASE_URL names; `make review` starts one of its own.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from benchmarks import databases
from benchmarks import report as environment
from benchmarks.review import opening, purging, report, rows

RESULTS = Path(__file__).parents[1] / "results" / "REVIEW.local.md"
SETTINGS = "benchmarks.review.settings"


def main() -> None:
    options = _options()
    databases.create_model(SETTINGS)
    sections = [environment.environment(databases.version())]
    sizes = (options.few, options.many)
    for size in sizes:
        databases.create(_name(size))
        rows.fill(_name(size), attempts=size)
    if not options.purge_only:
        figures = opening.run([_name(size) for size in sizes], SETTINGS, rounds=options.rounds)
        sections.append(report.of_pages(sizes, figures, rows.count(_name(options.many))))
        print(sections[-1], flush=True)
    if not options.pages_only:
        purging.age(_name(options.many))
        sections.append(report.of_purge(purging.run(_name(options.many))))
        print(sections[-1], flush=True)
    RESULTS.write_text("\n\n".join(sections) + "\n")
    print(RESULTS)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review", description=__doc__)
    parser.add_argument("--few", type=int, default=20_000, help="attempts that are compared with")
    parser.add_argument("--many", type=int, default=1_000_000, help="attempts")
    parser.add_argument("--rounds", type=int, default=5, help="times that each page is opened")
    parser.add_argument("--pages-only", action="store_true")
    parser.add_argument("--purge-only", action="store_true")
    return parser.parse_args()


def _name(size: int) -> str:
    return f"review_{size}"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    main()
