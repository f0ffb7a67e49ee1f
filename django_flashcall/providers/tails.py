"""Watching the endings of the numbers that ring: one that comes again and again can be guessed."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Final

from django_flashcall.codes import Code

LAST: Final = 1000
"""Calls of this process that are looked back on."""
TOO_OFTEN: Final = 20
"""Of them, with one ending: 2 %, twice the chance to guess at which a pool of caller IDs is refused as too small.

Three hundred endings, the fewest that three checks allow, reach it by chance once in 10^9 looks.
"""


class Tails:
    """The endings of the last calls. It serves many threads and shows no digits."""

    def __init__(self) -> None:
        self._last: deque[Code] = deque()
        self._counts: Counter[Code] = Counter()
        self._lock = threading.Lock()

    def too_often(self, tail: Code) -> bool:
        """Count a call with this ending; tell whether it has come too often. Then everything is counted anew."""
        with self._lock:
            self._last.append(tail)
            self._counts[tail] += 1
            if len(self._last) > LAST:
                self._drop(self._last.popleft())
            if self._counts[tail] < TOO_OFTEN:
                return False
            self._last.clear()
            self._counts.clear()
            return True

    def _drop(self, tail: Code) -> None:
        self._counts[tail] -= 1
        if not self._counts[tail]:
            del self._counts[tail]
