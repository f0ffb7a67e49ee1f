"""What is done now and then: asking, settling, falling back, throwing away.

Nothing needs it to be correct. What nobody asks about, it asks about; what only time changes is derived without it.
Several may run at once, on one machine or on many: each row is claimed before anything is done about it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from django_flashcall.conf import get_config
from django_flashcall.models import Delivery, Standing, transactions
from django_flashcall.models.deliveries import DeliveryQuerySet
from django_flashcall.services import automatic, following, purging

MOST: Final = 10_000
"""Deliveries that one run looks at."""
BATCH: Final = 100
"""Deliveries that are read at once."""


@dataclass
class Tick:
    """What one run did; with `dry_run`, what there is to do."""

    asked: int = 0
    """Deliveries that were due: the provider was asked about them, unless somebody else was quicker."""
    delivered: int = 0
    undeliverable: int = 0
    unknown: int = 0
    """Deliveries whose process had died, which are stored as what they are: a result that nobody knows."""
    fallbacks: int = 0
    """Codes that were sent over the next channel (AUTO_FALLBACK)."""
    numbers_purged: int = 0
    """Attempts whose number was reduced (RETENTION_DAYS)."""
    addresses_purged: int = 0
    """Attempts that no longer tell from where they were asked for."""
    attempts_purged: int = 0
    limits_purged: int = 0
    phones_purged: int = 0
    finished: bool = True
    """Whether there was time for all of it."""


def tick(*, seconds: float) -> Tick:
    """Do what there is to do, for at most `seconds` and what the last step takes; return what was done."""
    ends, done = time.monotonic() + seconds, Tick()

    def more() -> bool:
        done.finished = time.monotonic() < ends
        return done.finished

    for delivery in itertools.takewhile(lambda _: more(), _in_batches(_rows().due(), MOST)):
        _look_at(delivery, done)
    for delivery in itertools.takewhile(lambda _: more(), _in_batches(_left_behind(), MOST)):
        done.fallbacks += _go_on(delivery)
    purged = _purged(purging.purge_now_and_then(more))
    return replace(done, **purged)


def look() -> Tick:
    """Return what there is to do, and do nothing. What asking would bring is not known before."""
    created = _rows().due().filter(status=Delivery.Status.CREATED).count()
    return Tick(
        asked=_rows().due().count() - created,
        unknown=created,
        fallbacks=_left_behind().count(),
        **_purged(purging.look()),
    )


def _purged(counts: dict[str, int]) -> dict[str, Any]:
    return {f"{name}_purged": count for name, count in counts.items()}


def _rows() -> DeliveryQuerySet:
    return Delivery.objects.using(transactions.database())


def _left_behind() -> DeliveryQuerySet:
    """Return what did not arrive and was not followed by itself, because a process died, or a limit was in the way."""
    purposes = [purpose.name for purpose in get_config().purposes.values() if purpose.auto_fallback]
    return _rows().to_be_followed(purposes)


def _in_batches(rows: DeliveryQuerySet, most: int) -> Iterator[Delivery]:
    """Yield these rows, each once, though what is done about one may change whether it is among them."""
    ids = list(rows.values_list("pk", flat=True)[:most])
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        found = _rows().with_clock().select_related("attempt").in_bulk(batch)
        yield from (found[one] for one in batch if one in found)


def _look_at(delivery: Delivery, done: Tick) -> None:
    """Ask about a delivery that is due, and go on where it did not arrive."""
    created = delivery.status == Delivery.Status.CREATED
    news = following.ask(delivery)
    done.asked += not created
    done.unknown += created and news
    done.delivered += news and delivery.status == Delivery.Status.DELIVERED
    if news and delivery.status == Delivery.Status.UNDELIVERABLE:
        done.undeliverable += 1
        done.fallbacks += _go_on(delivery)


def _go_on(delivery: Delivery) -> bool:
    standing = Standing.by_id(delivery.attempt_id, transactions.database())
    return standing is not None and automatic.go_on(standing)
