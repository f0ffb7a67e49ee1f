"""A provider that keeps what it is given, for tests: ours and the site's.

A test reads and directs it by this module:

    memory.outbox[-1].code.digits                        # what the phone got
    memory.script("sms", Result(status=Status.UNKNOWN))  # what becomes of the next SMS
    memory.fail("flashcall")                             # what becomes of every flash call
    memory.clear()
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from django_flashcall.providers import base
from django_flashcall.providers.base import Message, Provider, Result, Status

ANY: Final = None
"""Every channel, where a channel is asked for."""

outbox: list[Message] = []
"""Every message so far, oldest first, whatever became of it."""

_scripts: dict[str | None, deque[Result]] = {}
_failures: dict[str | None, Result] = {}
_lock = threading.Lock()


def script(channel: str | None, *results: Result) -> None:
    """Let the next messages on `channel` (ANY: on all that have no script of their own) end as `results`, in order."""
    with _lock:
        _scripts.setdefault(channel, deque()).extend(results)


def fail(channel: str | None = ANY, *, status: Status = Status.REJECTED, error_code: str = base.REJECTED) -> None:
    """Let every message on `channel` that is not scripted end so, until `clear`."""
    with _lock:
        _failures[channel] = Result(status=status, error_code=error_code)


def clear() -> None:
    """Forget every message, script and failure."""
    with _lock:
        outbox.clear()
        _scripts.clear()
        _failures.clear()


class MemoryProvider(Provider):
    """Keeps each message in `outbox` and accepts it, unless a script or a failure says otherwise."""

    def send(self, message: Message, *, deadline: float) -> Result:
        with _lock:
            outbox.append(message)
            for channel in (message.channel, ANY):
                if _scripts.get(channel):
                    return _scripts[channel].popleft()
            for channel in (message.channel, ANY):
                if channel in _failures:
                    return _failures[channel]
        return Result(status=Status.ACCEPTED, provider_message_id=message.id)
