"""The keys of limits: a row tells what it counts to nobody who does not know it already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from django_flashcall import codes
from django_flashcall.conf import PERIODS, secrets

BUCKETS: Final = ("phone", "owner")
"""Those of strangers and of the number's verified owner."""

Values = Iterable[tuple[str, str]]
"""Scopes, each with a value that it counts."""


def key(secret: str | bytes, scope: str, rate: str, value: str) -> str:
    """Return the key of the row for a value and a rate, as the rate is written in LIMITS."""
    return codes.digest(secret, "limit", scope, rate, value)


def cooldown(bucket: str, number: str) -> str:
    """Return the value that the scope `cooldown` counts."""
    return f"{bucket} {number}"


def of_number(number: str) -> Iterator[tuple[str, str]]:
    """Yield what is counted of one number alone. Its prefix and its region are those of many."""
    for bucket in BUCKETS:
        yield bucket, number
        yield "cooldown", cooldown(bucket, number)


PERSONAL: Final = (*BUCKETS, "cooldown", "ip", "user")
"""The scopes that count one number, address or user."""


def possible(values: Values, rates: Iterable[tuple[str, int, timedelta]]) -> set[str]:
    """Return every key that rows may have which count these values, given the `rates` of the rows that there are.

    A rate may have been written in several ways (12/d, 24h for the day), under each of the keys that are still
    honoured, and may have left the settings since.
    """
    values = set(values)
    return {
        key(secret, scope, text, value)
        for rate_scope, maximum, period in rates
        for text in _spellings(maximum, int(period.total_seconds()))
        for scope, value in values
        if scope == rate_scope
        for secret in secrets()
    }


def _spellings(count: int, period: int) -> Iterator[str]:
    for unit, seconds in PERIODS.items():
        times, rest = divmod(period, seconds)
        if not rest:
            yield f"{count}/{times}{unit}"
            if times == 1:
                yield f"{count}/{unit}"
