"""The health of a site's verification: from the database's counts to what staff want to know."""

from __future__ import annotations

import bisect
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from django_flashcall.conf import get_config
from django_flashcall.models import Delivery, transactions
from django_flashcall.models.health import Handed, Neighbourhood, Share, Started
from django_flashcall.services import alarms
from django_flashcall.services.alarms import Alarms

LEAST: Final = 10
"""Attempts below which the conversion at a prefix says nothing."""
LISTED: Final = 10
"""Prefixes, regions and errors that are listed: those that matter most."""
BINS: Final = (5, 10, 15, 20, 30, 45, 60, 90, 120, 300)
"""Where one bar of the times to verify ends and the next begins, in seconds; the last bar has no end."""


@dataclass(frozen=True)
class Window:
    """A time that ends now, in slices of one length."""

    name: str
    seconds: int
    slices: int

    @property
    def slice(self) -> timedelta:
        return timedelta(seconds=self.seconds // self.slices)


HOUR: Final = 3600
DAY: Final = timedelta(days=1)
WINDOWS: Final = {
    window.name: window
    for window in (Window("24h", 24 * HOUR, 24), Window("7d", 7 * 24 * HOUR, 7), Window("30d", 30 * 24 * HOUR, 30))
}


@dataclass
class Outcome:
    """How many asked, how many of them were verified, and how many of those proofs were redeemed."""

    requested: int = 0
    verified: int = 0
    redeemed: int = 0

    @property
    def conversion(self) -> float | None:
        """Verified to requested, from 0 to 1; None where nobody asked."""
        return self.verified / self.requested if self.requested else None

    def add(self, share: Share) -> None:
        self.requested += share.requested
        self.verified += share.verified
        self.redeemed += share.redeemed


@dataclass(kw_only=True)
class Slice(Outcome):
    """What became of the attempts of one slice of the window."""

    begins: datetime


@dataclass(kw_only=True)
class Region(Outcome):
    """What became of the attempts of one region."""

    region: str


@dataclass
class Funnel:
    """What became of the codes of one channel: each that was entered has verified its attempt."""

    channel: str
    requested: int = 0
    sent: int = 0
    """The provider took them, or may have."""
    delivered: int = 0
    """The provider says that they arrived."""
    verified: int = 0
    """Attempts, by a code that came over this channel."""
    redeemed: int = 0

    @property
    def conversion(self) -> float | None:
        """Verified to sent, from 0 to 1; None where nothing was sent."""
        return self.verified / self.sent if self.sent else None


@dataclass
class Cost:
    """What the codes of one channel, or of all, cost in one currency."""

    channel: str | None
    """None for all of them."""
    currency: str
    """Empty where the provider does not tell it."""
    codes: int = 0
    """Those whose cost is known."""
    total: Decimal = Decimal(0)
    verified: int = 0

    @property
    def each(self) -> Decimal | None:
        """The cost of one verified number; None where none was verified."""
        return self.total / self.verified if self.verified else None


@dataclass
class Fault:
    """What a provider did not do, or did not tell, and how often."""

    provider: str
    channel: str
    status: str
    """A value of `Delivery.Status`."""
    error_code: str
    count: int
    share: float
    """Of all codes that were given to this provider for this channel, from 0 to 1."""


@dataclass(frozen=True)
class Times:
    """How long people take from asking to the right code."""

    counts: Mapping[int, int] = field(default_factory=dict)
    """How many took so many seconds."""

    def __bool__(self) -> bool:
        return bool(self.counts)

    @property
    def median(self) -> int | None:
        return self._within(0.5)

    @property
    def p90(self) -> int | None:
        return self._within(0.9)

    def _within(self, share: float) -> int | None:
        """Return the seconds within which that share of them was verified."""
        rank, passed = math.ceil(sum(self.counts.values()) * share), 0
        for seconds, count in sorted(self.counts.items()):
            passed += count
            if passed >= rank:
                return seconds
        return None

    def bins(self) -> list[tuple[int, int | None, int]]:
        """Return bars of `BINS`: from, to (None for no end), and how many."""
        bars = [0] * (len(BINS) + 1)
        for seconds, count in self.counts.items():
            bars[bisect.bisect_right(BINS, seconds)] += count
        return list(zip((0, *BINS), (*BINS, None), bars, strict=True))


@dataclass
class Report:
    """All that the page shows of one window."""

    window: Window
    made_at: datetime
    total: Outcome
    slices: list[Slice]
    """The oldest first."""
    funnels: list[Funnel]
    times: Times
    regions: list[Region]
    """Those with most attempts."""
    prefixes: list[Neighbourhood]
    """Those at which most codes were not entered."""
    costs: list[Cost]
    """Those of all channels first."""
    faults: list[Fault]
    alarms: Alarms


def read(window: Window) -> Report:
    """Return the health of the attempts that were started in `window`, in seven SELECTs."""
    using, now = transactions.database(), datetime.now(UTC)
    tests = {number for purpose in get_config().purposes.values() for number in purpose.test_numbers}
    started = Started(using, window.seconds, sorted(tests))
    shares, handed = started.shares(window.slices), started.handed()
    total = Outcome()
    for share in shares:
        total.add(share)
    funnels = _funnels(handed, shares)
    return Report(
        window=window,
        made_at=now,
        total=total,
        slices=_slices(shares, window, now),
        funnels=funnels,
        times=Times(started.seconds_to_verify()),
        regions=_regions(shares),
        prefixes=started.neighbourhoods(least=LEAST, most=LISTED),
        costs=_costs(handed, funnels, total),
        faults=_faults(handed),
        alarms=alarms.read(using, nobody_known=_nobody_known(shares, window)),
    )


def _slices(shares: Iterable[Share], window: Window, now: datetime) -> list[Slice]:
    slices = [Slice(begins=now - window.slice * (number + 1)) for number in range(window.slices)]
    for share in shares:
        # One that was written while we asked, or just at the edge, belongs to the first or the last.
        slices[min(max(share.slice, 0), window.slices - 1)].add(share)
    return slices[::-1]


def _regions(shares: Iterable[Share]) -> list[Region]:
    regions: dict[str, Region] = {}
    for share in shares:
        regions.setdefault(share.region, Region(region=share.region)).add(share)
    return sorted(regions.values(), key=lambda region: (-region.requested, region.region))[:LISTED]


def _nobody_known(shares: Iterable[Share], window: Window) -> bool:
    """Tell whether of the last day's attempts none has an address. Older ones may have had theirs taken away."""
    recent = [share.addressed for share in shares if window.slice * share.slice < DAY]
    return bool(recent) and not any(recent)


def _funnels(handed: Iterable[Handed], shares: Iterable[Share]) -> list[Funnel]:
    funnels: dict[str, Funnel] = {}
    for row in handed:
        funnel = funnels.setdefault(row.carried, Funnel(row.carried))
        funnel.requested += row.count
        funnel.sent += row.count if row.status not in UNSENT else 0
        funnel.delivered += row.count if row.status == Delivery.Status.DELIVERED else 0
    for share in shares:
        if share.verified:
            funnel = funnels.setdefault(share.verified_channel, Funnel(share.verified_channel))
            funnel.verified += share.verified
            funnel.redeemed += share.redeemed
    return sorted(funnels.values(), key=lambda funnel: (-funnel.requested, funnel.channel))


UNSENT: Final = {Delivery.Status.CREATED, Delivery.Status.REJECTED, Delivery.Status.FAILED}


def _costs(handed: Iterable[Handed], funnels: Iterable[Funnel], total: Outcome) -> list[Cost]:
    verified = {funnel.channel: funnel.verified for funnel in funnels}
    costs: dict[tuple[str, str], Cost] = {}
    for row in handed:
        if row.cost is None:
            continue
        everything = costs.setdefault(("", row.currency), Cost(None, row.currency, verified=total.verified))
        fresh = Cost(row.carried, row.currency, verified=verified.get(row.carried, 0))
        for cost in (everything, costs.setdefault((row.carried, row.currency), fresh)):
            cost.codes += row.priced
            cost.total += row.cost
    return [costs[key] for key in sorted(costs)]


def _faults(handed: Iterable[Handed]) -> list[Fault]:
    """Return what went wrong, the most frequent first."""
    given: defaultdict[tuple[str, str], int] = defaultdict(int)
    counts: defaultdict[tuple[str, str, str, str], int] = defaultdict(int)
    for row in handed:
        given[row.provider, row.carried] += row.count
        if row.error_code or row.status in {*Delivery.REFUSED, Delivery.Status.UNKNOWN}:
            counts[row.provider, row.carried, row.status, row.error_code] += row.count
    faults = [Fault(*key, count, count / given[key[0], key[1]]) for key, count in counts.items()]
    return sorted(faults, key=lambda fault: -fault.count)[:LISTED]
