"""The seconds that are left, shown while somebody types."""

from __future__ import annotations

import math
import threading
import time

from django.core.management.base import OutputWrapper


class Countdown:
    """Writes the seconds until `ends` of `time.monotonic()` in a line of their own.

    On a terminal it rewrites that line once a second, from the line below it, where somebody types.
    """

    def __init__(self, out: OutputWrapper, ends: float) -> None:
        self._out = out
        self._ends = ends
        self._over = threading.Event()
        self._ticking = threading.Thread(target=self._tick, daemon=True)

    @property
    def left(self) -> int:
        """Whole seconds, 0 when they are over."""
        return max(math.ceil(self._ends - time.monotonic()), 0)

    def __enter__(self) -> Countdown:
        self._out.write(self._line())
        if self._out.isatty():
            self._ticking.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        if self._ticking.ident is not None:
            self._ticking.join()

    def _tick(self) -> None:
        while not self._over.wait(1):
            # Saves the cursor, clears the line above, and restores the cursor, which stands behind what is typed.
            self._out.write(f"\x1b7\x1b[A\r\x1b[2K{self._line()}\x1b8", ending="")
            self._out.flush()

    def _line(self) -> str:
        return f"{self.left} s left." if self.left else "Expired: an empty line ends it."
