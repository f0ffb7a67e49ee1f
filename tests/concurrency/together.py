"""Doing many things at the same moment, each on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections


def together(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run the calls at once, in threads that start together; return what each returned, or the exception it raised."""
    calls = list(calls)
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            gate.wait(30)
            return call()
        except Exception as error:  # the outcome, for the test to judge
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
