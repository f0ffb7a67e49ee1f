"""A provider that keeps what it is given, for tests: ours and the site's.

A test reads and directs it by this module:

    memory.outbox[-1].code.digits                        # what the phone got
    memory.script("sms", Result(status=Status.UNKNOWN))  # what becomes of the next SMS
    memory.fail("flashcall")                             # what becomes of every flash call
    memory.report(message_id, ReportStatus.DELIVERED)    # what it says when it is asked about a message
    memory.asked                                         # which messages it was asked about
    memory.clear()
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Final

from django_flashcall.providers import base
from django_flashcall.providers.base import Message, Provider, Report, ReportStatus, Result, Status

ANY: Final = None
"""Every channel, where a channel is asked for."""

outbox: list[Message] = []
"""Every message so far, oldest first, whatever became of it."""

earlier: list[Message] = []
"""Every message from before `apart`, oldest first."""

asked: list[str] = []
"""The ids by which `status` was asked, oldest first."""

_scripts: dict[str | None, deque[Result]] = {}
_failures: dict[str | None, Result] = {}
_reports: dict[str, Report] = {}
_lock = threading.Lock()


def script(channel: str | None, *results: Result) -> None:
    """Let the next messages on `channel` (ANY: on all that have no script of their own) end as `results`, in order."""
    with _lock:
        _scripts.setdefault(channel, deque()).extend(results)


def fail(channel: str | None = ANY, *, status: Status = Status.REJECTED, error_code: str = base.REJECTED) -> None:
    """Let every message on `channel` that is not scripted end so, until `clear`."""
    with _lock:
        _failures[channel] = Result(status=status, error_code=error_code)


def report(
    provider_message_id: str,
    status: ReportStatus,
    *,
    channel: str | None = None,
    cost: Decimal | None = None,
    currency: str = "",
) -> None:
    """Say this of a message from now on; of others it says nothing."""
    with _lock:
        _reports[provider_message_id] = Report(
            provider_message_id=provider_message_id, status=status, channel=channel, cost=cost, currency=currency
        )


def clear() -> None:
    """Forget every message, script, failure and report."""
    with _lock:
        outbox.clear()
        earlier.clear()
        asked.clear()
        _reports.clear()
        _scripts.clear()
        _failures.clear()


@contextmanager
def apart() -> Iterator[None]:
    """Begin as after `clear`, but with what was sent so far in `earlier`; what is sent within it is forgotten after it.

    For one test, or for a class of tests.
    """
    before, sent = list(earlier), list(outbox)
    clear()
    earlier.extend(before + sent)
    try:
        yield
    finally:
        clear()
        earlier.extend(before)
        outbox.extend(sent)


class MemoryProvider(Provider):
    """Keeps each message in `outbox` and accepts it, unless a script or a failure says otherwise."""

    follows = True
    cascades = True

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

    def status(self, provider_message_id: str, *, deadline: float) -> Report | None:
        with _lock:
            asked.append(provider_message_id)
            return _reports.get(provider_message_id)
