"""Keeping nothing longer than it is needed.

Of an attempt the address and the browser go after seven days, its number after RETENTION_DAYS but for its keyed
digest, its region and its last two digits, and all the rest, with its deliveries, after HISTORY_DAYS. Limits go a day
after they ended, and a number that nobody owns and nobody blocks goes with the numbers.

Nothing is noted about how far a run came: a row shows itself whether there is something left to do about it. So one
that was killed is simply run again, and two that run at once do the same work once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django_flashcall.conf import get_config
from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt, transactions
from django_flashcall.models.attempts import AttemptQuerySet
from django_flashcall.models.limits import LimitQuerySet
from django_flashcall.models.notices import Notice
from django_flashcall.models.phones import PhoneStatusQuerySet

BATCH: Final = 500
"""Rows that are changed in one transaction: so few that nobody waits for it."""
DAY: Final = 86400
"""Seconds. A limit is kept so long after its window has ended, for staff who want to see what was refused."""
ADDRESS_DAYS: Final = 7
"""Enough to look into an attack of the last weekend."""
WINDOW: Final = timedelta(days=1)
"""Of the table's past, in which one statement looks for rows: it never reads all of them."""
RECENT: Final = 3600.0
"""Seconds before an age is reached that a run looks at which follows others closely."""
WHOLE_EVERY: Final = DAY
"""Seconds between two ticks that look at all rows, also at those that were due long ago."""
WHOLE_TAKES: Final = 300
"""Seconds after which a run over all rows that did not say that it ended is taken for a dead one."""
LONGEST_REST: Final = 0.5
"""Seconds between two batches. It is as long as the batch took, so that half of the time is everybody else's."""

More = Callable[[], bool]
Told = Callable[[int], None]


@dataclass(frozen=True)
class Step:
    """One thing that is done to rows of an age."""

    name: str
    """What is counted."""
    old: Callable[[], Any]
    """Returns the rows to which it is to be done."""
    run: Callable[[bool, More, Told], int]
    """Does it, in batches, as long as it may, telling the rows of each; returns how many there were.

    Where the first argument is true it looks at all rows, else at those that were reached by the age within `RECENT`.
    """


def purge(*, whole: bool, more: More, told: Callable[[str, int], None] = lambda name, rows: None) -> dict[str, int]:
    """Do every step as long as `more` says so; return, by the names of STEPS, the rows of each.

    `told` is called after every batch with the name of the step and the number of rows.
    """
    return {step.name: step.run(whole, more, partial(told, step.name)) for step in STEPS}


def purge_now_and_then(more: More) -> dict[str, int]:
    """Purge what has become due of late, and once a day what is due at all, for as long as `more` says so."""
    limits = Limit.objects.using(transactions.database())
    notice = Notice.of("purge")
    whole = more() and transactions.retried(partial(notice.take, limits, WHOLE_TAKES), limits.db)
    done = purge(whole=whole, more=more)
    if whole:
        transactions.retried(partial(notice.prolong, limits, WHOLE_EVERY if more() else 0), limits.db)
    return done


def look() -> dict[str, int]:
    """Return how many rows there are for each step."""
    return {step.name: step.old().count() for step in STEPS}


def old_numbers() -> AttemptQuerySet:
    """Return the attempts whose number RETENTION_DAYS no longer keeps."""
    return _attempts(get_config().retention_days).with_number()


def old_addresses() -> AttemptQuerySet:
    """Return the attempts of which it is no longer kept from where they were asked for."""
    return _attempts(ADDRESS_DAYS).with_address()


def old_attempts() -> AttemptQuerySet:
    """Return the attempts that HISTORY_DAYS no longer keeps."""
    return _attempts(get_config().history_days)


def old_limits() -> LimitQuerySet:
    """Return the limits that ended long ago."""
    return Limit.objects.using(transactions.database()).ended_for(DAY)


def old_phones() -> PhoneStatusQuerySet:
    """Return the statuses of numbers that nobody owns nor blocks, and did so no longer ago than RETENTION_DAYS."""
    return PhoneStatus.objects.using(transactions.database()).of_nobody(get_config().retention_days * DAY)


def _attempts(days: int) -> AttemptQuerySet:
    return VerificationAttempt.objects.using(transactions.database()).older_than(days * DAY)


def _forget_numbers(whole: bool, more: More, told: Told) -> int:
    days = get_config().retention_days
    return _change(_batches(days, AttemptQuerySet.with_number, whole, more), AttemptQuerySet.forget_numbers, told)


def _forget_addresses(whole: bool, more: More, told: Told) -> int:
    batches = _batches(ADDRESS_DAYS, AttemptQuerySet.with_address, whole, more)
    return _change(batches, AttemptQuerySet.forget_addresses, told)


def _delete_attempts(whole: bool, more: More, told: Told) -> int:
    batches = _batches(get_config().history_days, AttemptQuerySet.all, True, more)  # what is deleted is not in the way
    return _change(batches, lambda rows: rows.remove()[0], told)


def _delete_limits(whole: bool, more: More, told: Told) -> int:
    def batches() -> Iterator[LimitQuerySet]:
        while more() and (keys := old_limits().oldest(BATCH)):
            yield old_limits().filter(pk__in=keys)  # but for a window that has opened meanwhile

    return _change(batches(), lambda rows: rows.delete()[0], told)


def _delete_phones(whole: bool, more: More, told: Told) -> int:
    def batches() -> Iterator[PhoneStatusQuerySet]:
        while more() and (ids := list(old_phones().values_list("pk", flat=True)[:BATCH])):
            yield old_phones().filter(pk__in=ids)  # but for a number that has found an owner meanwhile

    return _change(batches(), lambda rows: rows.delete()[0], told)


STEPS: Final = (
    Step("numbers", old_numbers, _forget_numbers),  # before the addresses, which go with them
    Step("addresses", old_addresses, _forget_addresses),
    Step("attempts", old_attempts, _delete_attempts),
    Step("limits", old_limits, _delete_limits),
    Step("phones", old_phones, _delete_phones),
)


def _batches(
    days: int, left: Callable[[AttemptQuerySet], AttemptQuerySet], whole: bool, more: More
) -> Iterator[AttemptQuerySet]:
    """Yield attempts older than `days` with which something is `left` to do, the oldest first, by their index.

    A row with which it was done is no longer among them, so that the next batch begins where this one ended.
    """
    old = _attempts(days)
    if not whole:
        old = old.younger_than(days * DAY + RECENT)
    start = old.first_moment()
    while start is not None and more():
        found = list(left(old.created_within(start, WINDOW)).oldest(BATCH))
        if found:
            start = found[-1][1]
            yield old.filter(pk__in=[pk for pk, _created in found])
        else:
            start = old.first_moment(start + WINDOW)


def _change(batches: Iterator[Any], change: Callable[[Any], int], told: Told) -> int:
    """Change each batch in a transaction of its own, rest, and return the rows of all."""
    done = 0
    for rows in batches:
        began = time.monotonic()
        changed = transactions.run(partial(change, rows), transactions.database())
        done += changed
        told(changed)
        time.sleep(min(time.monotonic() - began, LONGEST_REST))
    return done
