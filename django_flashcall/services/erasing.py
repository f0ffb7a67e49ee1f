"""Erasing all that is held about a number or a user."""

from __future__ import annotations

from functools import partial
from typing import Final

from django_flashcall.models import Limit, VerificationAttempt, transactions
from django_flashcall.services import staff_log
from django_flashcall.services.holdings import OTHERS, Subject

BATCH: Final = 500
"""Attempts that are erased in one transaction."""


def look(subject: Subject) -> dict[str, int]:
    """Return how many rows of what are held about a subject."""
    attempts = list(subject.attempts().prefetch_related("deliveries"))
    return {
        "attempts": len(attempts),
        "deliveries": sum(len(attempt.deliveries.all()) for attempt in attempts),
        "limits": subject.limits(attempts).count(),
        "phones": subject.statuses().count(),
        "log_entries": staff_log.entries([*attempts, *subject.statuses()]).count(),
        **{other.name: other.rows(subject).count() for other in OTHERS},
    }


def erase(subject: Subject) -> dict[str, int]:
    """Erase all that is held about a subject; return how many rows of what it was.

    Raises RuntimeError inside a transaction. Where it is killed, run it again: the numbers of a user are forgotten
    last, for by them the rest is found.
    """
    using = transactions.database()
    transactions.refuse_inside(using)
    ours = ["attempts", "deliveries", "limits", "phones", "log_entries"]
    erased = dict.fromkeys([*ours, *(other.name for other in OTHERS)], 0)
    left = True
    while left:
        rows, left = transactions.run(partial(_erase_some, subject), using)
        erased |= {name: erased[name] + count for name, count in rows.items()}
    return erased


def _erase_some(subject: Subject) -> tuple[dict[str, int], bool]:
    """Erase some attempts with their limits, or the rest where there are no more; return what, and if there is more.

    Limits are locked first, as everywhere. A request that holds them has written its attempt when it lets go of them,
    so only what is read afterwards tells that there are no more attempts.
    """
    using = transactions.database()
    seen = list(subject.attempts()[:BATCH])
    limits = Limit.objects.using(using).erase(subject.limit_keys(seen))
    ids = [attempt.pk for attempt in seen]
    found = VerificationAttempt.objects.using(using).filter(pk__in=ids)
    list(found.select_for_update().order_by("pk").values_list("pk", flat=True))
    entries = staff_log.entries(seen).delete()[0]
    attempts, deliveries = found.remove()
    rows = {"attempts": attempts, "deliveries": deliveries, "limits": limits, "log_entries": entries}
    if subject.attempts().exists():
        return rows, True
    others = {other.name: other.rows(subject).delete()[0] for other in OTHERS}
    statuses = subject.statuses()
    known = list(statuses.select_for_update().order_by("pk"))
    rows["log_entries"] += staff_log.entries(known).delete()[0]
    phones = statuses.delete()[0]
    return {**rows, "phones": phones, **others}, False
