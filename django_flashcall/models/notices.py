"""Notices: what is told once in a while, by one of all processes, and not at every request.

A notice lives among the limits, as a row whose window is the silence after it, so that it is read with them in one
SELECT: where there is nothing to tell it costs no statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F

from django_flashcall import codes
from django_flashcall.conf import secrets
from django_flashcall.models.clock import DbNow, in_seconds
from django_flashcall.models.limits import ANY, Limit, LimitQuerySet

SCOPE = "notice"


@dataclass(frozen=True)
class Notice:
    """Something that may have to be told."""

    key: str

    @classmethod
    def of(cls, *subject: str) -> Notice:
        """Return the notice of a subject: of the limit with that key, say."""
        return cls(codes.digest(secrets()[0], "limit", SCOPE, *subject))

    def silent(self, counts: Mapping[str, tuple[int, float]]) -> bool:
        """Tell whether it was told so recently that it is not told again, by `Reading.counts`."""
        return counts.get(self.key, (0, 0.0))[1] > 0

    def take(self, limits: LimitQuerySet, seconds: float) -> bool:
        """Begin a silence of `seconds`. Of all that would tell it at the same moment, one gets True and may."""
        limits.bulk_create([_row(self.key)], ignore_conflicts=True)
        row = limits.filter(key=self.key, ends_at__lte=DbNow())
        return row.update(count=F("count") + 1, ends_at=in_seconds(seconds)) == 1

    def prolong(self, limits: LimitQuerySet, seconds: float) -> None:
        """Let the silence that was begun last for `seconds` from now."""
        limits.filter(key=self.key).update(ends_at=in_seconds(seconds))


def _row(key: str) -> Limit:
    return Limit(key=key, scope=SCOPE, maximum=ANY, period=timedelta(0), ends_at=DbNow())
