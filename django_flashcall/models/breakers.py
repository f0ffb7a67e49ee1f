"""A circuit breaker for each provider, shared by all processes.

It lives among the limits, as a row whose uses are failures, and so it is read with them in one SELECT: a provider that
is well costs no statement.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, F, Q, When

from django_flashcall import codes
from django_flashcall.conf import secrets
from django_flashcall.models.clock import DbNow, in_seconds
from django_flashcall.models.limits import Limit, LimitQuerySet

logger = logging.getLogger("django_flashcall")

SCOPE = "breaker"
RUN = 5
"""Failures in one window that open it. Refused credentials open it at once."""
WINDOW_SECONDS = 60
OPEN_SECONDS = 30
"""How long nothing is sent, before one request of all processes tries again."""
PROBE_SECONDS = 20
"""How long that one is waited for, before another tries: longer than any call's deadline."""


@dataclass(frozen=True)
class Breaker:
    """The breaker of one provider, as it was read."""

    alias: str
    """The provider's key in PROVIDERS."""
    failures: int
    left: float
    """Seconds until its window, or the time that it is open, ends; negative afterwards."""

    @classmethod
    def read(cls, alias: str, counts: Mapping[str, tuple[int, float]]) -> Breaker:
        """Return the breaker of a provider, from what was read of the limits."""
        return cls(alias, *counts.get(cls.key_of(alias), (0, 0.0)))

    @staticmethod
    def key_of(alias: str) -> str:
        """Return the key of a breaker's row."""
        return codes.digest(secrets()[0], "limit", SCOPE, alias)

    @staticmethod
    def keys_of(aliases: Iterable[str]) -> list[str]:
        """Return the keys of all rows that these providers may have, under each secret that is honoured."""
        return [codes.digest(secret, "limit", SCOPE, alias) for alias in aliases for secret in secrets()]

    @property
    def retry_after(self) -> int | None:
        """Seconds until the provider may be tried, at least 1; None where it may be now."""
        return max(math.ceil(self.left), 1) if self.failures >= RUN and self.left > 0 else None

    def lets_through(self, limits: LimitQuerySet) -> bool:
        """Tell whether this call may be made; of those that come when it has been open long enough, one may.

        So may all when it was closed since it was read, by the same request's first call, say.
        """
        if self.failures < RUN:
            return True
        is_open = Q(count__gte=RUN)
        row = limits.filter(~is_open | Q(ends_at__lte=DbNow()), key=self.key_of(self.alias))
        ends_at = Case(When(is_open, then=in_seconds(PROBE_SECONDS)), default=F("ends_at"))
        return row.update(ends_at=ends_at) == 1

    def close(self, limits: LimitQuerySet) -> None:
        """Forget the failures, where there were any: the provider answered."""
        if not self.failures:
            return
        closed = limits.filter(key=self.key_of(self.alias), count__gt=0).update(count=0, ends_at=DbNow())
        if closed and self.failures >= RUN:
            logger.warning("Provider %s answers again.", self.alias, extra={"provider": self.alias})

    def count_failure(self, limits: LimitQuerySet, reason: str, *, at_once: bool) -> None:
        """Count a failure, and open the breaker when it is one too many, or `at_once`."""
        key = self.key_of(self.alias)
        limits.bulk_create([_row(key, self.alias)], ignore_conflicts=True)
        row = limits.filter(key=key)
        running = Q(ends_at__gt=DbNow())
        last = Q(count__gte=RUN) | Q(running, count=RUN - 1)
        if row.filter(Q(count__gte=0) if at_once else last).update(count=RUN, ends_at=in_seconds(OPEN_SECONDS)):
            logger.error(
                "Provider %s does not work (%s): nothing is sent over it for %s s.",
                self.alias,
                reason,
                OPEN_SECONDS,
                extra={"provider": self.alias, "error_code": reason},
            )
        elif not row.filter(running, count__lt=RUN).update(count=F("count") + 1):
            row.filter(~running, count__lt=RUN).update(count=1, ends_at=in_seconds(WINDOW_SECONDS))


def _row(key: str, alias: str) -> Limit:
    window = timedelta(seconds=WINDOW_SECONDS)
    return Limit(key=key, scope=SCOPE, label=alias, maximum=RUN, period=window, ends_at=DbNow())
