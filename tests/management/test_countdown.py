"""The seconds that are left, on a terminal."""

from __future__ import annotations

import io
import os
import select
import sys
import threading
import time

import pytest
from django.core.management import call_command

from django_flashcall.providers.base import Message

PATIENCE = 10
"""Seconds after which nothing more is expected of a terminal."""


class Screen:
    """The other end of a terminal: what is shown on it, and its keyboard."""

    def __init__(self, controller: int) -> None:
        self._controller = controller
        self.shown = ""

    def watch_for(self, text: str) -> None:
        """Read what is shown until `text` is."""
        ends = time.monotonic() + PATIENCE
        while text not in self.shown and time.monotonic() < ends:
            if select.select([self._controller], [], [], PATIENCE)[0]:
                self.shown += os.read(self._controller, 1024).decode(errors="replace")

    def type(self, line: str) -> None:
        os.write(self._controller, f"{line}\n".encode())


@pytest.mark.django_db
def test_a_terminal_counts_down_while_somebody_types(
    phone: str, outbox: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    controller, terminal = os.openpty()
    screen = Screen(controller)

    def person() -> None:
        screen.watch_for("88 s left.")
        screen.type(outbox[-1].code.digits)
        screen.watch_for("mode B")

    watching = threading.Thread(target=person)
    watching.start()
    with open(terminal, "r+b", buffering=0) as raw, io.TextIOWrapper(raw, line_buffering=True) as both:
        monkeypatch.setattr(sys, "stdin", both)
        call_command("flashcall_check", stdout=both, to=phone)
        watching.join(2 * PATIENCE)
    os.close(controller)
    assert "90 s left." in screen.shown
    assert "\x1b7\x1b[A\r\x1b[2K89 s left.\x1b8" in screen.shown
    assert "Verified over flashcall." in screen.shown
