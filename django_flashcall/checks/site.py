"""FLASHCALL as far as it can be read, for the rules that compare its values."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.checks import CheckMessage

from django_flashcall import conf
from django_flashcall.checks.kinds import Kind, kinds
from django_flashcall.conf import DEFAULTS, Config
from django_flashcall.problems import problem

UNUSABLE: Final = object()


@dataclass(frozen=True)
class Site:
    """A FLASHCALL that can be read. What cannot be read is left out, and its problem is told."""

    given: Mapping[str, Any]
    values: Mapping[str, Any]
    """`given` with the defaults filled in."""
    config: Config
    unreadable: frozenset[str]
    """The settings that something was told about."""
    told: list[CheckMessage]

    @classmethod
    def read(cls, flashcall: dict[Any, Any]) -> Site:
        """Read a FLASHCALL of any content, each setting by itself."""
        told: list[CheckMessage] = []
        given = {}
        unreadable = set()
        known = kinds(_channels(flashcall)).keys or {}
        for key, value in flashcall.items():
            found = list(_unusable_parts(key, value, known, "FLASHCALL"))
    """

