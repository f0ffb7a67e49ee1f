"""Ids of attempts and deliveries: UUIDs of version 7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

CLOCKS_DIFFER = 3600
"""Seconds by which no two machines' clocks do."""

_lock = threading.Lock()
_latest = 0


def uuid7() -> uuid.UUID:
    """Return a new id: 48 bits of milliseconds, so that ids sort by age, and 74 bits that nobody can guess.

    An id is what its holder continues an attempt with, so the random part is from `secrets` and has no counter in it.
    No two ids of a process have the same millisecond: the deliveries of one request keep their order.
    """
    global _latest
    with _lock:
        milliseconds = _latest = max(time.time_ns() // 1_000_000, _latest + 1)
    random = secrets.randbits(74)
    high, low = random >> 62, random & (1 << 62) - 1
    return uuid.UUID(int=(milliseconds & (1 << 48) - 1) << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def oldest(seconds: float) -> uuid.UUID:
    """Return an id below all that were made in the last `seconds`: for a range that an index serves.

    Ids are made by the clocks of many machines, so an hour more is let in; what is wanted is decided by a column.
    """
    milliseconds = max(int((time.time() - seconds - CLOCKS_DIFFER) * 1000), 0)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)


def parse_id(value: object) -> uuid.UUID | None:
    """Return the id that `value` spells in its canonical form, or None.

    One spelling only: an id that reads differently in a log and in the database is found by nobody.
    """
    if isinstance(value, uuid.UUID):
        return value
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        parsed = uuid.UUID(value)
    except ValueError:
        return None
    return parsed if str(parsed) == value else None
