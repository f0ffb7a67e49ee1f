"""Columns that were left out when a row was read."""

from __future__ import annotations

from typing import Any

from django.db import models


class ReadWhereItWasRead(models.Model):
    """A row of which the columns that were left out come from the database that the others came from.

    Django asks the site's router, which may send reads to a replica, and that may not have the row yet.
    """

    class Meta:
        abstract = True

    def was_written(self, using: str, *of_the_clock: str) -> None:
        """Take this row for one that is in the database, and its columns `of_the_clock` for left out."""
        self._state.adding, self._state.db = False, using
        for name in of_the_clock:
            self.__dict__.pop(name, None)

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        super().refresh_from_db(using or self._state.db, fields, from_queryset)
