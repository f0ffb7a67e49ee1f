"""Opens pages on one database for a process that tells it which: the names first, then a line for a line.

`python -m benchmarks.review.measure` prints the names of the pages as JSON; for each name that it reads, it opens that
page and prints how many milliseconds that took and how many statements it sent.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import django
from django.db import connection


def main() -> None:
    django.setup()
    from benchmarks.review import pages

    browser = pages.staff()
    known = {page.name: page for page in pages.known()}
    print(json.dumps(list(known)), flush=True)
    for line in sys.stdin:
        page = known[json.loads(line)]
        statements = Statements()
        with connection.execute_wrapper(statements):
            began = time.perf_counter()
            _open(browser, page)
            milliseconds = 1000 * (time.perf_counter() - began)
        print(json.dumps([milliseconds, statements.count]), flush=True)


class Statements:
    """Counts statements, those included by which Django finds out who is signed in."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, *arguments: Any) -> Any:
        self.count += 1
        return execute(*arguments)


def _open(browser: Any, page: Any) -> None:
    get = page.form is None
    response = browser.get(page.address) if get else browser.post(page.address, page.form, follow=True)
    if response.status_code != 200:
        raise RuntimeError(f"{page.address}: {response.status_code}")


if __name__ == "__main__":
    main()
