"""Numbers: what is too little, too much, or unusual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.checks import CheckMessage

from django_flashcall.checks.site import Site
from django_flashcall.problems import problem


@dataclass(frozen=True)
class Range:
    """The least and the most that a number may be, and the problem where it is not."""

    least: float
    most: float
    problem: str


RANGES: Final[Mapping[str, list[Range]]] = {
    "CODE_LENGTH": [Range(4, 8, "flashcall.E031")],
    # The column of the attempt's checks holds no more.
    "MAX_CHECKS": [Range(1, 32767, "flashcall.E032"), Range(1, 10, "flashcall.W033")],
    # NIST SP 800-63B-4, 3.1.3.2: an out-of-band secret lives ten minutes at most.
    "TTL": [Range(30, 600, "flashcall.E036")],
    # smsbat.com help, "Flash call": 60 to 90 seconds are best, and not longer than 120.
    "RING_TTL": [Range(1, 120, "flashcall.E037"), Range(60, 90, "flashcall.W038")],
    "COOLDOWN": [Range(0, 86400, "flashcall.E040")],
    "FALLBACK_AFTER": [Range(0, 600, "flashcall.E041")],
    "REQUEST_DEADLINE": [Range(0.1, 120, "flashcall.E043")],
    "PROOF_MAX_AGE": [Range(1, 3600, "flashcall.E044"), Range(1, 600, "flashcall.W045")],
    "RETENTION_DAYS": [Range(1, 36500, "flashcall.E046")],
    "HISTORY_DAYS": [Range(1, 36500, "flashcall.E048")],
    "TRUSTED_PROXY_COUNT": [Range(0, 100, "flashcall.E047")],
}
"""The first range of a setting that a number is outside of is told."""


def check(site: Site) -> Iterator[CheckMessage]:
    """Judge every number, in general and where a purpose overrides it."""
    for place, values in site.places():
        for key, ranges in RANGES.items():
            if key in values:
                for where, number in _numbers(f"{place}[{key!r}]", values[key]):
                    yield from _outside(ranges, where, number)


def _numbers(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the number or numbers of a setting, each with its place."""
    if not isinstance(value, dict):
        yield place, value
        return
    for name, number in value.items():
        yield f"{place}[{name!r}]", number


def _outside(ranges: list[Range], place: str, number: Any) -> Iterator[CheckMessage]:
    for allowed in ranges:
        if not allowed.least <= number <= allowed.most:
            yield problem(allowed.problem, place)
            return
