"""Where a host's tables are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import django_flashcall

PACKAGE, TESTS = Path(django_flashcall.__file__).parent, Path(__file__).parents[1]


class OnPhones:
    """Keeps our tables on `phones`, with the users, to whom they have foreign keys; all else is on `default`."""

    THERE = frozenset({"flashcall", "accounts", "auth", "contenttypes", "admin", "tour"})

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "phones" if model._meta.app_label in self.THERE else "default"

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == "phones") == (app_label in self.THERE)


class WithReplica:
    """Sends whatever the package reads to a replica; what the tests read themselves is read where it was written."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        labels = {model._meta.app_label, getattr(hints.get("instance"), "_meta", model._meta).app_label}
        return "replica" if "flashcall" in labels and _asked_by_package() else "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, *models: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "default"


def _asked_by_package() -> bool:
    """Tell whether the nearest caller that is neither Django nor this file is of the package, and not of the tests."""
    frame = sys._getframe(1)
    while frame := frame.f_back:
        parents = Path(frame.f_code.co_filename).parents
        if frame.f_code.co_filename != __file__ and (PACKAGE in parents or TESTS in parents):
            return PACKAGE in parents
    return False
