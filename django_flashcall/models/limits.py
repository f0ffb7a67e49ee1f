"""Limits: how often something may happen, counted exactly, in the database."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connections, models
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.constants import OnConflict
from django.db.models.sql import Query
from django.utils.translation import gettext_lazy as _

from django_flashcall.models.clock import DbNow, after, until
from django_flashcall.models.phones import Known, PhoneStatus
from django_flashcall.models.prepared import Param, Prepared, inserting, updating

ANY = 2**31 - 1
"""More than any count."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One use that a request wants of one limit."""

    key: str
    """The row: a keyed digest of scope, rate and value, in lower hex."""
    scope: str
    count: int
    """What the rate allows in a window."""
    period: int
    """Seconds of a window, opened by its first use."""
    label: str = ""
    """What it counts, where that is nobody's: a region, say."""
    allowed: int
    """What this request may bring the count to: less than `count` where a share is kept for others, or ANY."""


@dataclass(frozen=True)
class Refusal:
    """Why not, and for how long."""

    scope: str
    retry_after: int
    """Seconds, at least 1."""


@dataclass(frozen=True)
class Reading:
    """What one SELECT says of a request's limits and of its number."""

    counts: dict[str, tuple[int, float]]
    """Key to (uses, seconds left in the window)."""
    known: Known

    def refusal(self, claims: Iterable[Claim]) -> Refusal | None:
        """Return the refusal that lasts longest, or None."""
        refusals = [
            Refusal(claim.scope, max(math.ceil(left), 1))
            for claim in claims
            for count, left in [self.counts.get(claim.key, (0, 0))]
            if left > 0 and count >= claim.allowed
        ]
        return max(refusals, key=lambda refusal: refusal.retry_after, default=None)


ADDED = ("key", "scope", "label", "maximum", "period")
"""What a new row is given."""


def _numbered(name: str, values: Iterable[Any]) -> dict[str, Any]:
    return {f"{name}{number}": value for number, value in enumerate(values)}


def _rows(size: int) -> LimitQuerySet:
    keys = [Param(name, Limit._meta.get_field("key")) for name in _numbered("key", range(size))]
    return Limit.objects.filter(key__in=keys)


def _reading(size: int) -> Query:
    facts = PhoneStatus.objects.facts(Param.of(PhoneStatus, "phone_number"))
    return _rows(size).values_list("key", "count", until("ends_at"), facts["owner_id"], facts["blocked"]).query


def _locking(size: int) -> Query:
    return _rows(size).select_for_update().order_by("key").values_list("key").query


def _taking(size: int) -> Query:
    over = Q(ends_at__lte=DbNow())
    allowed = [
        When(key=Param(f"key{number}", Limit._meta.get_field("key")), then=Param(f"allowed{number}", IntegerField()))
        for number in range(size)
    ]
    # `count` comes first: MariaDB assigns from left to right, and it must see the window that was.
    return updating(
        _rows(size).filter(over | Q(count__lt=Case(*allowed))),
        count=Case(When(over, then=Value(1)), default=F("count") + 1),
        ends_at=Case(When(over, then=after("period")), default=F("ends_at")),
    )


def _adding(size: int) -> Query:
    """Rows in which no use is counted yet. One that another request has added meanwhile stays as it is."""
    ignore = OnConflict.IGNORE
    return inserting(Limit, ADDED, suffixes=range(size), on_conflict=ignore, count=Value(0), ends_at=DbNow())


READ = Prepared(_reading)
ADD = Prepared(_adding)
LOCK = Prepared(_locking)
TAKE = Prepared(_taking)


class LimitQuerySet(models.QuerySet["Limit"]):
    """The questions to, and the changes of, limits."""

    def read(self, keys: Iterable[str], phone_number: str) -> Reading:
        """Return how limits stand and what is known of a number, in one SELECT once any of the rows exists."""
        keys = sorted(set(keys))
        rows = READ.select(self.db, len(keys), phone_number=phone_number, **_numbered("key", keys))
        counts = {key: (count, left.total_seconds()) for key, count, left, _owner, _blocked in rows}
        if not rows:
            return Reading(counts, PhoneStatus.objects.using(self.db).known(phone_number))
        return Reading(counts, Known(rows[0][3], bool(rows[0][4])))

    def prepare(self, claims: Iterable[Claim], reading: Reading) -> None:
        """Insert the rows that are missing. Not inside the deciding transaction, where MariaDB would deadlock."""
        claims = sorted(claims, key=lambda claim: claim.key)
        missing = [claim for claim in claims if claim.key not in reading.counts]
        values: dict[str, Any] = {}
        for number, claim in enumerate(missing):
            row = (claim.key, claim.scope, claim.label, claim.count, timedelta(seconds=claim.period))
            values |= {f"{name}{number}": value for name, value in zip(ADDED, row, strict=True)}
        if missing:
            ADD.execute(self.db, len(missing), **values)

    def take(self, claims: Sequence[Claim]) -> bool:
        """Count one use of every claim, or of none: if it returns False, roll the transaction back.

        The rows are locked in the order of their keys first, because one UPDATE over many rows locks them in any
        order and two of those deadlock on PostgreSQL. SQLite has one writer and needs no lock.
        """
        claims = sorted(claims, key=lambda claim: claim.key)
        keys = _numbered("key", [claim.key for claim in claims])
        if connections[self.db].features.has_select_for_update:
            LOCK.select(self.db, len(claims), **keys)
        allowed = _numbered("allowed", [claim.allowed for claim in claims])
        return TAKE.execute(self.db, len(claims), **keys, **allowed) == len(claims)


class Limit(models.Model):
    """The uses of one rate by one value in the window that is open."""

    key = models.CharField(_("key"), max_length=64, primary_key=True)
    scope = models.CharField(_("scope"), max_length=16)
    label = models.CharField(_("what it counts"), max_length=32, blank=True)
    maximum = models.PositiveIntegerField(_("uses allowed in a window"))
    period = models.DurationField(_("length of a window"))
    count = models.PositiveIntegerField(_("uses"), default=0)
    ends_at = models.DateTimeField(_("end of the window"), db_index=True)

    objects = LimitQuerySet.as_manager()

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")

    def __str__(self) -> str:
        return f"{self.scope} {self.label} {self.count}/{self.maximum}".replace("  ", " ")
