"""Reports to the site: what nobody is refused for, and somebody should look at.

What was reported of late is read with the limits of each request; only where a report is due is anything more asked or
written, by one of all processes.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable

from django.db import Error

from django_flashcall.models import Limit, VerificationAttempt, transactions
from django_flashcall.models.conversion import Conversion, conversions
from django_flashcall.models.limits import Claim, LimitQuerySet, Reading
from django_flashcall.models.notices import Notice
from django_flashcall.signals import conversion_low, limit_hit

logger = logging.getLogger("django_flashcall")

SITE_SHARE = 0.8
"""Of `site`, after which it is told: strangers are refused at 90 %."""

WINDOW_SECONDS = 7200
"""Of conversion. Longer than an hour, for which a burst stops what comes after it: that is judged with the burst."""
LEAST_SENT = 30
"""Attempts below which a rate says nothing; half of what `prefix` lets through in an hour."""
FLOOR = 0.3
"""Verified to sent, below which it is told. People enter most codes that reach them; who pumps traffic enters none."""
JUDGED_EVERY = 300
"""Seconds between two looks at the conversion of all prefixes and regions."""
TOLD_EVERY = 3600
"""Seconds between two reports of one of them."""


def keys(claims: Iterable[Claim]) -> list[str]:
    """Return the keys of the rows that have to be read with a request's limits, for `report`."""
    return [look().key, *(Notice.of(claim.key).key for claim in claims if claim.scope == "site")]


def report(claims: Iterable[Claim], reading: Reading, using: str) -> None:
    """Report what is due now that the uses of `claims` were taken. `reading` is how they stood before."""
    limits = Limit.objects.using(using)
    try:
        for claim in claims:
            if claim.scope == "site":
                _report_use(claim, reading, limits)
        if not look().silent(reading.counts) and _take(look(), JUDGED_EVERY, limits):
            _report_conversion(limits)
    except Error as error:  # the call that was asked for is more than a report of it
        logger.warning("A report could not be made: %s.", type(error).__name__)


def look() -> Notice:
    """Return the notice that is silent for as long as nobody need look at conversion."""
    return Notice.of("conversion")


def _take(notice: Notice, seconds: float, limits: LimitQuerySet) -> bool:
    return transactions.retried(lambda: notice.take(limits, seconds), limits.db)


def _report_use(claim: Claim, reading: Reading, limits: LimitQuerySet) -> None:
    """Tell, once in its window, that most of what the whole site may send is used up."""
    count, left = reading.counts.get(claim.key, (0, 0.0))
    if left <= 0 or count + 1 < math.ceil(claim.count * SITE_SHARE):
        return
    notice = Notice.of(claim.key)
    if notice.silent(reading.counts) or not _take(notice, left, limits):
        return
    logger.warning(
        "%.0f %% of what the site may send, %s in %s s, are used up.", SITE_SHARE * 100, claim.count, claim.period
    )
    limit_hit.send_robust(sender=Limit, scope="site", attempt=None, refused=False)


def _report_conversion(limits: LimitQuerySet) -> None:
    """Tell of each prefix and region of whose codes too few were entered."""
    for conversion in conversions(limits.db, WINDOW_SECONDS, least=LEAST_SENT):
        low = conversion.verified < FLOOR * conversion.sent
        if low and _take(Notice.of("conversion", conversion.scope, conversion.value), TOLD_EVERY, limits):
            _tell(conversion)


def _tell(conversion: Conversion) -> None:
    logger.warning(
        "Of %s attempts for %s %s within %s s, %s were verified: somebody may be sending for the sake of sending.",
        conversion.sent,
        conversion.scope,
        conversion.value,
        WINDOW_SECONDS,
        conversion.verified,
        extra={"scope": conversion.scope, "sent": conversion.sent, "verified": conversion.verified},
    )
    conversion_low.send_robust(
        sender=VerificationAttempt,
        scope=conversion.scope,
        value=conversion.value,
        sent=conversion.sent,
        verified=conversion.verified,
    )
