"""What must never be heard: codes and full numbers, in log records and in what objects show of themselves."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

IDS = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
"""An id may have a code's digits in it by chance."""
OURS = ("attempt", "delivery", "channel", "status", "error_code", "provider")
"""What our records carry besides their text."""


class Ears(logging.Handler):
    """Hears every record of ours."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        extras = {name: getattr(record, name) for name in OURS if hasattr(record, name)}
        self.heard.append(f"{record.getMessage()} {extras} {record.exc_info and record.exc_info[1]!r}")

    def leaks(self, shown: Iterable[object], secrets: Iterable[str]) -> list[str]:
        """Return the texts with a secret in them: of those heard since the last time, and what shows itself."""
        texts = [IDS.sub("", text) for text in (*self.heard, *map(repr, shown))]
        self.heard.clear()
        return [text for text in texts if any(secret in text for secret in secrets)]


@contextmanager
def listening() -> Iterator[Ears]:
    ears, ours = Ears(), logging.getLogger("django_flashcall")
    level, ours.propagate = ours.level, False  # others would keep thousands
    ours.addHandler(ears)
    ours.setLevel(logging.DEBUG)
    yield ears
    ours.removeHandler(ears)
    ours.setLevel(level)
    ours.propagate = True
