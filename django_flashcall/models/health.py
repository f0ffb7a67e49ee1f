"""The health of a site's verification: what became of the attempts of a time, in figures.

Each question is one statement that reads each row of its time once, found by the index on `created_at` or, for
deliveries, by the range of their ids. Nothing here tells whose a number is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _

from django_flashcall.models.attempts import AttemptQuerySet, VerificationAttempt
from django_flashcall.models.clock import DbNow, in_seconds, since, until, whole
from django_flashcall.models.conversion import SCOPES
from django_flashcall.models.deliveries import NOBODY, Delivery, DeliveryQuerySet
from django_flashcall.models.ids import oldest
from django_flashcall.models.limits import Limit


class Health(VerificationAttempt):
    """What stands for the page among the admin's pages, with a permission of its own. It has no table."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("health")
        verbose_name_plural = _("health")


@dataclass(frozen=True)
class Share:
    """What became of the attempts of one region in one slice of the time, those together that one channel verified."""

    slice: int
    """How many slices ago; 0 is the one that ends now."""
    region: str
    verified_channel: str
    """Over which the code came that was entered; empty where none was."""
    requested: int
    verified: int
    redeemed: int
    addressed: int
    """Attempts of which an address is known."""


@dataclass(frozen=True)
class Neighbourhood:
    """What became of the attempts for the numbers that share a prefix."""

    prefix: str
    requested: int
    verified: int


@dataclass(frozen=True)
class Handed:
    """Deliveries that are alike, and what they cost."""

    carried: str
    """The channel that delivered them, where the provider says so; else the one that they began with."""
    provider: str
    status: str
    error_code: str
    currency: str
    count: int
    priced: int
    """How many of them have a cost."""
    cost: Decimal | None


@dataclass(frozen=True)
class Used:
    """Limits of one scope that are used up now; or a breaker, or a limit on the site, however much of it is used."""

    scope: str
    label: str
    maximum: int
    rows: int
    uses: int
    """Of the row that is used most."""
    left: timedelta
    """Until the last of their windows ends."""


@dataclass(frozen=True)
class Started:
    """The attempts that were started in the last `seconds`, but for those for test numbers."""

    using: str
    seconds: int
    tests: Collection[str] = ()
    """Numbers to which nothing is sent."""

    @property
    def attempts(self) -> AttemptQuerySet:
        attempts = VerificationAttempt.objects.using(self.using).filter(created_at__gt=in_seconds(-self.seconds))
        return attempts.exclude(phone_number__in=self.tests) if self.tests else attempts

    @property
    def deliveries(self) -> DeliveryQuerySet:
        """What was sent in that time. The bound on ids decides nothing: it spares the database reading all of it."""
        deliveries = Delivery.objects.using(self.using).filter(pk__gte=oldest(self.seconds)).exclude(provider=NOBODY)
        deliveries = deliveries.filter(created_at__gt=in_seconds(-self.seconds))
        return deliveries.annotate(carried=Coalesce(NullIf("delivered_channel", Value("")), F("channel")))

    def shares(self, slices: int) -> list[Share]:
        """Return what became of them, by region, channel and `slices` of the time."""
        counts = {name: Count(f"{name}_at") for name in ("verified", "redeemed")}
        rows = self.attempts.annotate(slice=whole(since("created_at"), self.seconds // slices))
        return _read(Share, rows, requested=Count("pk"), **counts, addressed=Count("ip_address"))

    def seconds_to_verify(self) -> dict[int, int]:
        """Return how many of them were verified so many seconds after their start."""
        verified: QuerySet[Any] = self.attempts.filter(verified_at__isnull=False)
        rows: Any = verified.annotate(took=whole(F("verified_at") - F("created_at"), 1))
        counted = rows.values("took").annotate(count=Count("pk")).order_by()
        return {row["took"]: row["count"] for row in counted}

    def neighbourhoods(self, *, least: int, most: int) -> list[Neighbourhood]:
        """Return the `most` prefixes at which most codes were not entered, of those with `least` attempts."""
        rows = self.attempts.filter(phone_number__startswith="+").annotate(prefix=SCOPES["prefix"])
        counted = rows.values("prefix").annotate(requested=Count("pk"), verified=Count("verified_at"))
        worst = counted.filter(requested__gte=least).order_by(F("verified") - F("requested"), "prefix")[:most]
        return [Neighbourhood(**row) for row in worst]

    def handed(self) -> list[Handed]:
        """Return what was sent, what is alike together, the most frequent first."""
        rows = _read(Handed, self.deliveries, count=Count("pk"), priced=Count("cost"), cost=Sum("cost"))
        return sorted(rows, key=lambda row: -row.count)


def used(using: str, breakers: Collection[str]) -> list[Used]:
    """Return what of the limits staff should see. `breakers` are the keys of the breakers' rows."""
    refusing = Q(ends_at__gt=DbNow(), count__gte=F("maximum"))
    rows = Limit.objects.using(using).filter(refusing | Q(key__in=breakers) | Q(scope="site", ends_at__gt=DbNow()))
    return _read(Used, rows, rows=Count("pk"), uses=Max("count"), left=Max(until("ends_at")))


def _read(kind: Any, rows: QuerySet[Any], /, **counts: Any) -> list[Any]:
    """Count `rows`, those together that agree in all fields of `kind` that are no counts."""
    names = [field.name for field in dataclasses.fields(kind)]
    grouped = rows.values(*[name for name in names if name not in counts])
    # Under other names, because some counts are called as columns are.
    counted = grouped.annotate(**{f"{name}_": count for name, count in counts.items()}).order_by()
    return [kind(**{name: row.get(name, row.get(f"{name}_")) for name in names}) for row in counted]
