"""Limits: how often something may happen, counted exactly, in the database."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connections, models
from django.db.models import Case, F, Q, When
from django.db.models.constants import OnConflict
from django.db.models.sql import Query
from django.utils.translation import gettext_lazy as _

from django_flashcall.models.clock import DbNow, after, from_now, in_seconds, until
from django_flashcall.models.fields import DigestField
from django_flashcall.models.phones import Known, PhoneStatus
from django_flashcall.models.prepared import Constant, Param, Prepared, Upsert, inserting, updating

ANY = 2_147_483_647
"""More than any count: the largest number that every database has room for."""

FORGIVABLE = ("cooldown", "phone", "owner", "ip", "user", "prefix", "region")
"""Scopes whose uses staff may take back. Not `site`, which bounds what all of it can cost."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One use that a request wants of one limit."""

    key: str
    """The row: a keyed digest of scope, rate and value, in lower hex. So a row's maximum is its rate's count."""
    scope: str
    count: int
    """What the rate allows in a window."""
    period: int
    """Seconds of a window, opened by its first use."""
    label: str
    """What it counts, where that is nobody's: a region, say. Else empty."""
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
            Refusal(claim.scope, math.ceil(left))
            for claim in claims
            if claim.key in self.counts
            for count, left in [self.counts[claim.key]]
            if left > 0 and count >= claim.allowed
        ]
        return max(refusals, key=lambda refusal: refusal.retry_after, default=None)


ADDED = ("key", "scope", "label", "maximum", "period")
"""What a new row is given."""


def _numbered(name: str, values: Iterable[Any]) -> dict[str, Any]:
    return {f"{name}{number}": value for number, value in enumerate(values)}


def _sorted(claims: Iterable[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: claim.key)


def _added(claims: Iterable[Claim]) -> dict[str, Any]:
    """Return the values of new rows."""
    values: dict[str, Any] = {}
    for number, claim in enumerate(claims):
        values |= {
            f"key{number}": claim.key,
            f"scope{number}": claim.scope,
            f"label{number}": claim.label,
            f"maximum{number}": claim.count,
            f"period{number}": timedelta(seconds=claim.period),
        }
    return values


def _rows(size: int) -> LimitQuerySet:
    keys = [Param(name, Limit._meta.get_field("key")) for name in _numbered("key", range(size))]
    return Limit.objects.filter(key__in=keys)


def _reading(size: int) -> Query:
    facts = PhoneStatus.objects.facts(Param.of(PhoneStatus, "phone_number"))
    return _rows(size).values_list("key", "count", until("ends_at"), facts["owner_id"], facts["blocked"]).query


def _counting(rows: LimitQuerySet, others: int) -> Query:
    """Count a use of each of `rows` that has one left; `others` of them have another bound than their own maximum."""
    over = Q(ends_at__lte=DbNow())
    key, count = Limit._meta.get_field("key"), Limit._meta.get_field("count")
    bounds = [When(key=Param(f"other{number}", key), then=Param(f"allowed{number}", count)) for number in range(others)]
    allowed = Case(*bounds, default=F("maximum")) if bounds else F("maximum")
    # `count` comes first: MariaDB assigns from left to right, and it must see the window that was.
    return updating(
        rows.filter(over | Q(count__lt=allowed)),
        count=Case(When(over, then=Constant(1)), default=F("count") + Constant(1)),
        ends_at=Case(When(over, then=after("period")), default=F("ends_at")),
    )


def _taking(size: int, others: int) -> Query:
    return _counting(_rows(size), others)


def _adding(size: int) -> Query:
    """Rows in which no use is counted yet. One that another request has added stays as it is."""
    values = {"count": Constant(0), "ends_at": DbNow()}
    return inserting(Limit, ADDED, suffixes=range(size), on_conflict=OnConflict.IGNORE, **values)


def _opening(size: int, others: int) -> Upsert:
    """Rows with their first use, or one use more of those that are there."""
    values: dict[str, Any] = {"count": Constant(1), "ends_at": lambda number: from_now(f"period{number}")}
    return Upsert(inserting(Limit, ADDED, suffixes=range(size), **values), _counting(Limit.objects.all(), others))


READ = Prepared(_reading)
ADD = Prepared(_adding)
TAKE = Prepared(_taking)
OPEN = Prepared(_opening)


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

    def counts(self, keys: Iterable[str]) -> dict[str, tuple[int, float]]:
        """Return how limits stand, by their keys, as `Reading.counts` has it."""
        rows = self.filter(key__in=keys).values_list("key", "count", until("ends_at"))
        return {key: (count, left.total_seconds()) for key, count, left in rows}

    def prepare(self, claims: Iterable[Claim], reading: Reading) -> None:
        """Add the rows that `take` needs and that were not there, on MariaDB; elsewhere it opens them itself.

        To insert them in the deciding transaction would make MariaDB deadlock.
        """
        if self._opens_what_it_takes:
            return
        missing = _sorted(claim for claim in claims if claim.key not in reading.counts)
        if missing:
            ADD.execute(self.db, len(missing), **_added(missing))

    def take(self, claims: Iterable[Claim]) -> bool:
        """Count one use of every claim, or of none: if it returns False, roll the transaction back.

        Rows are locked in the order of their keys, or two requests that take the same ones would deadlock: they are
        inserted in it, and where they are updated, on MariaDB, the table has it. Windows are judged by the moment at
        which the statement began, which may have waited since.
        """
        claims = _sorted(claims)
        if not claims:
            return True
        others = [claim for claim in claims if claim.allowed != claim.count]
        bounds = _numbered("other", [claim.key for claim in others])
        bounds |= _numbered("allowed", [claim.allowed for claim in others])
        if self._opens_what_it_takes:
            taken = OPEN.execute(self.db, len(claims), len(others), **_added(claims), **bounds)
        else:
            keys = _numbered("key", [claim.key for claim in claims])
            taken = TAKE.execute(self.db, len(claims), len(others), **keys, **bounds)
        return taken == len(claims)

    @property
    def _opens_what_it_takes(self) -> bool:
        """One statement inserts or updates, and its row count tells whether all were taken."""
        return bool(connections[self.db].features.supports_update_conflicts_with_target)

    def forgive(self, keys: Iterable[str]) -> list[str]:
        """Let these limits begin anew, and return the scopes of those that had uses.

        One after another, so that nobody's order of locks is crossed. What is used up by everybody, what only counts
        and what a breaker has counted is not forgiven.
        """
        used = self.filter(key__in=list(keys), scope__in=FORGIVABLE, ends_at__gt=DbNow())
        rows = list(used.order_by("key").values_list("key", "scope"))
        return [scope for key, scope in rows if self.filter(key=key, count__gt=0).update(count=0, ends_at=DbNow())]

    def ended_for(self, seconds: float) -> LimitQuerySet:
        """Keep those whose window ended longer ago than that."""
        return self.filter(ends_at__lt=in_seconds(-seconds))

    def oldest(self, size: int) -> list[str]:
        """Return the keys of those that ended first, at most `size`."""
        return list(self.order_by("ends_at").values_list("pk", flat=True)[:size])

    def rates(self, scopes: Iterable[str]) -> set[tuple[str, int, timedelta]]:
        """Return the (scope, maximum, period) that rows of these scopes have: what the site's rates are and were."""
        return set(self.filter(scope__in=list(scopes)).order_by().values_list("scope", "maximum", "period").distinct())

    def erase(self, keys: Iterable[str]) -> int:
        """Delete rows, locked in the order of their keys, as `take` does it; return how many there were."""
        rows = self.filter(key__in=sorted(keys))
        found = list(rows.select_for_update().order_by("key").values_list("key", flat=True))
        return self.filter(key__in=found).delete()[0]


class Limit(models.Model):
    """The uses of one rate by one value in the window that is open."""

    key = DigestField(_("key"), primary_key=True)
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
