"""Whoever sits at a terminal, and a provider that rings from a pool."""

from __future__ import annotations

import io
from collections.abc import Callable

from django_flashcall.codes import Code
from django_flashcall.providers.base import Draw
from django_flashcall.providers.memory import MemoryProvider

POOL = ["+380441234821", "+380441239377"]


class PoolProvider(MemoryProvider):
    """Rings from the first number of its pool."""

    def draw(self, channel: str, length: int) -> Draw:
        return Draw(code=Code(POOL[0][-length:]), caller_id=POOL[0])


class Person(io.StringIO):
    """Whoever sits at the terminal: each answer is thought of when it is asked for."""

    def __init__(self, *answers: str | Callable[[], str]) -> None:
        super().__init__()
        self._answers = iter(answers)

    def readline(self, size: int | None = -1, /) -> str:
        answer = next(self._answers, None)
        return "" if answer is None else f"{answer() if callable(answer) else answer}\n"
