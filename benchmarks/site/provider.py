"""The memory provider, for a process that goes on."""

from __future__ import annotations

from django_flashcall.providers import memory
from django_flashcall.providers.base import Message, Result

KEPT = 100
"""Messages in the outbox, at most."""


class ForgetfulProvider(memory.MemoryProvider):
    """Accepts every message, and forgets them from time to time, so that the process does not grow."""

    def send(self, message: Message, *, deadline: float) -> Result:
        if len(memory.outbox) >= KEPT:
            memory.clear()
        return super().send(message, deadline=deadline)
