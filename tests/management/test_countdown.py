"""The seconds that are left, on a terminal."""

from __future__ import annotations

import io
import os
import sys
import threading

import pytest
from django.core.management import call_command

from django_flashcall.providers.base import Message


@pytest.mark.django_db
def test_a_terminal_counts_down_while_somebody_types(
    phone: str, outbox: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    controller, terminal = os.openpty()
    shown: list[str] = []

    def person() -> None:
        with open(controller, "rb", buffering=0) as screen, open(os.dup(controller), "wb", buffering=0) as keyboard:
            while "88 s left." not in "".join(shown):
                shown.append(screen.read(1024).decode(errors="replace"))
            keyboard.write(outbox[-1].code.digits.encode() + b"\n")
            while "mode B" not in "".join(shown):
                shown.append(screen.read(1024).decode(errors="replace"))

    watching = threading.Thread(target=person)
    watching.start()
    with open(terminal, "r+b", buffering=0) as raw, io.TextIOWrapper(raw, line_buffering=True) as both:
        monkeypatch.setattr(sys, "stdin", both)
        call_command("flashcall_check", stdout=both, to=phone)
        watching.join(10)
    seen = "".join(shown)
    assert "90 s left." in seen
    assert "\x1b7\x1b[A\r\x1b[2K89 s left.\x1b8" in seen
    assert "Verified over flashcall." in seen
