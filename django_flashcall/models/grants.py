"""How many wrong codes a number has left: checks are granted to an attempt when it is opened."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models.sql import Query

from django_flashcall.conf import Rate
from django_flashcall.models.attempts import VerificationAttempt
from django_flashcall.models.clock import from_now, until
from django_flashcall.models.prepared import Param, Prepared


def _counted() -> Query:
    """The other attempts of a number, for one bucket, that may still count: not what expired longer ago than a rate."""
    rows = VerificationAttempt.objects.exclude(pk=Param.of(VerificationAttempt, "id")).filter(
        phone_number=Param.of(VerificationAttempt, "phone_number"),
        owner=Param.of(VerificationAttempt, "owner"),
        expires_at__gt=from_now("minus"),
    )
    columns = ("status", "checks", "max_checks", until("expires_at"), until("continue_until"))
    return rows.order_by("-created_at", "-id").values_list(*columns).query


COUNTED = Prepared(_counted)


@dataclass(frozen=True)
class Grant:
    """How many wrong codes a new attempt may have."""

    checks: int
    """May be 0 or less: then none."""
    retry_after: int
    """Seconds until some of those in use come free; 0 where none are in use."""

    @classmethod
    def read(cls, using: str, attempt: VerificationAttempt, *, rates: Iterable[Rate]) -> Grant | None:
        """Return what the number of a new attempt has left in its `rates`; None where there is no rate.

        Call it with the number's limits locked, or two requests are granted the same checks.
        """
        rates = list(rates)
        if not rates:
            return None
        minus = -timedelta(seconds=max(rate.period for rate in rates))
        number, owner = attempt.phone_number, attempt.owner
        uses = list(_uses(COUNTED.select(using, id=attempt.pk, phone_number=number, owner=owner, minus=minus)))
        return min((_grant(uses, rate) for rate in rates), key=lambda grant: grant.checks)


@dataclass(frozen=True)
class _Use:
    """What one attempt takes of its number's wrong codes."""

    checks: int
    left: float
    """Seconds until it expires; negative afterwards."""
    open_for: float
    """Seconds for which it can still spend the checks it was granted; 0 if it cannot."""


def _uses(rows: Iterable[tuple[Any, ...]]) -> Iterator[_Use]:
    """Turn rows of `COUNTED`, newest first, into what each takes, back to the last success, which clears the rest.

    An attempt that can go on takes all that it was granted: else what is opened in parallel and guessed afterwards
    would go beyond the rate.
    """
    for status, checks, max_checks, left, can_continue in rows:
        if status == VerificationAttempt.Status.VERIFIED:
            return
        pending = status == VerificationAttempt.Status.PENDING and checks < max_checks
        open_for = max(left.total_seconds(), can_continue.total_seconds(), 0) if pending else 0
        yield _Use(max_checks if open_for else checks, left.total_seconds(), open_for)


def _grant(uses: Iterable[_Use], rate: Rate) -> Grant:
    counted = [use for use in uses if use.checks and use.left > -rate.period]
    frees_in = min((use.open_for or use.left + rate.period for use in counted), default=0)
    return Grant(rate.count - sum(use.checks for use in counted), math.ceil(frees_in))
