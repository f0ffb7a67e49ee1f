"""How far something is, shown in a terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from django.core.management.base import OutputWrapper

EVERY: Final = 0.2
"""Seconds between two lines, so that writing them costs nothing."""


class Progress:
    """Rewrites one line with what is done of each of several counts. Writes nothing where nobody looks."""

    def __init__(self, out: OutputWrapper, totals: Mapping[str, int]) -> None:
        self._out = out
        self._totals = totals
        self._done = dict.fromkeys(totals, 0)
        self._written = 0.0

    def add(self, name: str, count: int) -> None:
        """Note that `count` more are done."""
        self._done[name] += count
        if self._out.isatty() and time.monotonic() - self._written > EVERY:
            self._written = time.monotonic()
            self._out.write(f"\r\x1b[2K{name}: {self._done[name]:,} of {self._totals[name]:,}", ending="")
            self._out.flush()

    def end(self) -> None:
        """Clear the line."""
        if self._written:
            self._out.write("\r\x1b[2K", ending="")
