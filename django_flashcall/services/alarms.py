"""What staff have to know now: a provider that is left alone, pumping, guessing, limits, a proxy's addresses."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django_flashcall.conf import get_config
from django_flashcall.models import breakers, health
from django_flashcall.models.breakers import Breaker
from django_flashcall.models.conversion import Conversion, conversions
from django_flashcall.models.health import Used
from django_flashcall.services.reporting import FLOOR, LEAST_SENT, SITE_SHARE, WINDOW_SECONDS

GUESSED: Final = 0.1
"""Share of attempts whose checks were all spent, above which somebody may be guessing: people mistype once."""
LEAST_GUESSED: Final = 5
"""Such attempts below which it is not told."""
QUIET: Final = {breakers.SCOPE, "site", "cooldown"}
"""Scopes that are told of elsewhere, or that refuse as a matter of course."""
TOLD: Final = 5
"""Prefixes and regions that are told of: those with most attempts."""


@dataclass(frozen=True)
class Guessing:
    """Attempts of the last two hours, and those of them whose checks were all spent, in regions with enough of them."""

    sent: int
    exhausted: int


@dataclass(frozen=True)
class Refusing:
    """A scope whose limits refuse now."""

    scope: str
    label: str
    rows: int
    """How many numbers, addresses, users, ... are refused."""
    seconds: int
    """Until the last of them may try again."""


@dataclass(frozen=True)
class SiteUsed:
    """A rate of the whole site of which much is used."""

    uses: int
    maximum: int
    seconds: int
    """Until its window ends."""


@dataclass
class Alarms:
    """What is wrong now, whatever window is looked at."""

    breakers: list[Breaker] = field(default_factory=list)
    """Of every provider, also of those that are well."""
    pumping: list[Conversion] = field(default_factory=list)
    """The prefixes and regions that the signal `conversion_low` would tell of."""
    guessing: Guessing | None = None
    site: list[SiteUsed] = field(default_factory=list)
    refusing: list[Refusing] = field(default_factory=list)
    proxy: bool = False
    """The newest attempts have no address that could be a client's, and the site trusts no proxy."""

    def __bool__(self) -> bool:
        stopped = any(breaker.retry_after is not None for breaker in self.breakers)
        return stopped or self.proxy or bool(self.pumping or self.guessing or self.site)


def read(using: str, *, nobody_known: bool) -> Alarms:
    """Return what is wrong now, in three SELECTs. `nobody_known` says that the newest attempts have no address."""
    config = get_config()
    found = conversions(using, WINDOW_SECONDS, least=LEAST_SENT)
    keys = {alias: Breaker.key_of(alias) for alias in config.providers}
    used = health.used(using, list(keys.values()))
    return Alarms(
        breakers=_breakers(config.providers, used),
        pumping=_pumping(found),
        guessing=_guessing(found),
        site=[site for site in map(_site, used) if site],
        refusing=_refusing(used),
        proxy=nobody_known and not (config.trusted_proxy_count or config.trusted_client_ip_header),
    )


def _breakers(aliases: Iterable[str], used: Iterable[Used]) -> list[Breaker]:
    known = {row.label: row for row in used if row.scope == breakers.SCOPE}
    return [
        Breaker(alias, known[alias].uses, known[alias].left.total_seconds()) if alias in known else Breaker(alias, 0, 0)
        for alias in aliases
    ]


def _pumping(found: Iterable[Conversion]) -> list[Conversion]:
    low = [conversion for conversion in found if conversion.verified < FLOOR * conversion.sent]
    return sorted(low, key=lambda conversion: -conversion.sent)[:TOLD]


def _guessing(found: Iterable[Conversion]) -> Guessing | None:
    regions = [conversion for conversion in found if conversion.scope == "region"]
    both = Guessing(sum(region.sent for region in regions), sum(region.exhausted for region in regions))
    return both if both.exhausted >= max(LEAST_GUESSED, GUESSED * both.sent) else None


def _site(row: Used) -> SiteUsed | None:
    if row.scope != "site" or row.uses < row.maximum * SITE_SHARE:
        return None
    return SiteUsed(row.uses, row.maximum, _seconds(row))


def _refusing(used: Iterable[Used]) -> list[Refusing]:
    rows: dict[tuple[str, str], Refusing] = {}
    for row in used:
        if row.scope in QUIET or row.uses < row.maximum:
            continue
        before = rows.get((row.scope, row.label), Refusing(row.scope, row.label, 0, 0))
        rows[row.scope, row.label] = Refusing(
            row.scope, row.label, before.rows + row.rows, max(before.seconds, _seconds(row))
        )
    return [rows[key] for key in sorted(rows)]


def _seconds(row: Used) -> int:
    return max(math.ceil(row.left.total_seconds()), 0)
