"""Somebody at a terminal."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.management.terminal import Person, PoolProvider


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, str | None]]:
    """Run the command with these answers; return what it wrote and why it failed."""

    def run(*answers: str | Callable[[], str], **options: Any) -> tuple[str, str | None]:
        monkeypatch.setattr(sys, "stdin", Person(*answers))
        out = io.StringIO()
        try:
            call_command("flashcall_check", stdout=out, stderr=out, **options)
        except CommandError as error:
            return out.getvalue(), str(error)
        return out.getvalue(), None

    return run


@pytest.fixture
def pool(flashcall: Callable[..., None]) -> None:
    flashcall(PROVIDERS={"default": {"CLASS": f"{PoolProvider.__module__}.PoolProvider"}})
