"""What became of a delivery: the provider is asked, now and then, and only while it matters."""

from __future__ import annotations

import logging
import re
import time
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Final

from django.dispatch import Signal

from django_flashcall.conf import get_config
from django_flashcall.models import Delivery, Limit, Standing, VerificationAttempt, transactions
from django_flashcall.models.breakers import Breaker
from django_flashcall.providers import get_provider
from django_flashcall.providers.base import Report, ReportStatus
from django_flashcall.services import automatic, changes, finding
from django_flashcall.signals import delivery_delivered, delivery_sent, delivery_undeliverable

logger = logging.getLogger("django_flashcall")

ASK_SECONDS: Final = 3.0
"""How long an answer is waited for. A person may be waiting for it."""
ABANDONED: Final = "abandoned"
"""The error code of a delivery whose process died before it could write the result."""
CENT: Final = Decimal("0.000001")
CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)

RECORDED: Final = {
    ReportStatus.DELIVERED: (Delivery.Status.DELIVERED, delivery_delivered),
    ReportStatus.UNDELIVERABLE: (Delivery.Status.UNDELIVERABLE, delivery_undeliverable),
}
"""What is written of a report that is final, and who is told."""


def follow(attempt_id: object, *, user: Any = None) -> VerificationAttempt:
    """Return an attempt with its `standing`, after asking the provider for news of it where that is due.

    It is what somebody who waits for a code should ask again and again: mostly it is one SELECT, at times a request to
    the provider, for at most three seconds. With AUTO_FALLBACK it sends the next channel's code when the provider says
    that the newest one cannot be delivered, also where a process that died should have.

    Raises AttemptNotFound, and RuntimeError inside a transaction.
    """
    using = transactions.database()
    transactions.refuse_inside(using)
    standing, _rules = finding.find(attempt_id, user=user)
    known = catch_up(standing)
    if automatic.channel(known) and (known is not standing or automatic.left_behind(known)):
        automatic.go_on(known)
        known = Standing.by_id(known.attempt.pk, using) or known
    return known.attempt


def catch_up(standing: Standing) -> Standing:
    """Ask what became of an attempt's newest delivery, if that is due and somebody waits; return how it stands now."""
    if not standing.waited_for or not standing.newest.due or not ask(standing.newest):
        return standing
    return Standing.by_id(standing.attempt.pk, transactions.database()) or standing


def ask(delivery: Delivery) -> bool:
    """Ask the provider what became of a delivery that is due, unless somebody else does; return whether it is news.

    Raises RuntimeError inside a transaction.
    """
    using = transactions.database()
    transactions.refuse_inside(using)
    deliveries = Delivery.objects.using(using)
    if delivery.status == Delivery.Status.CREATED:
        return _abandon(delivery, using)
    if _breaker(delivery, using).retry_after or not transactions.retried(lambda: deliveries.claim(delivery), using):
        return False
    started = time.monotonic()
    report = _answer(delivery)
    return report is not None and _write(delivery, report, time.monotonic() - started, using)


def _breaker(delivery: Delivery, using: str) -> Breaker:
    """Return the breaker of a delivery's provider: one that does not answer is left alone here, too."""
    key = Breaker.key_of(delivery.provider)
    return Breaker.read(delivery.provider, Limit.objects.using(using).counts([key]))


def _answer(delivery: Delivery) -> Report | None:
    """Return what the provider says; None where it says nothing, or what is of no use."""
    deadline = min(ASK_SECONDS, get_config().request_deadline)
    try:
        report = get_provider(delivery.provider).status(delivery.provider_message_id, deadline=deadline)
    except Exception as error:  # a site's own provider may raise anything, and may be configured no longer
        logger.error("Provider %s raised %s when asked.", delivery.provider, type(error).__name__)
        return None
    if report is None:
        return None
    if not isinstance(report, Report) or report.provider_message_id != delivery.provider_message_id:
        logger.error("Provider %s told of another message than it was asked about.", delivery.provider)
        return None
    return report


def _write(delivery: Delivery, report: Report, seconds: float, using: str) -> bool:
    """Write what became of a delivery, and tell it, if it is final and was not known yet."""
    if report.status not in RECORDED or _may_go_on(delivery, report):
        return False
    status, signal = RECORDED[report.status]
    told = {
        "cost": _cost(report.cost),
        "currency": report.currency if CURRENCY.fullmatch(str(report.currency)) else "",
        "delivered_channel": report.channel if report.channel in delivery.channels[1:] else "",
    }
    deliveries = Delivery.objects.using(using)
    if not transactions.retried(lambda: deliveries.report(delivery.pk, status, told), using):
        return False
    delivery.due_in = None
    _tell(signal, delivery, seconds, status=status, **told)
    return True


def _may_go_on(delivery: Delivery, report: Report) -> bool:
    """Tell whether the provider's cascade may still reach the phone: it did not tell of each step that was sent."""
    if report.status != ReportStatus.UNDELIVERABLE or report.steps is None:
        return False
    return not set(delivery.channels[1:]).issubset(report.steps)


def _abandon(delivery: Delivery, using: str) -> bool:
    """Store as unknown what a process that died has left behind, and tell it."""
    deliveries = Delivery.objects.using(using)
    if not transactions.retried(lambda: deliveries.abandon(delivery.pk, reason=ABANDONED), using):
        return False
    _tell(delivery_sent, delivery, 0, status=Delivery.Status.UNKNOWN, error_code=ABANDONED)
    return True


def _tell(signal: Signal, delivery: Delivery, seconds: float, **changed: Any) -> None:
    for name, value in changed.items():
        setattr(delivery, name, value)
    changes.tell(signal, delivery, seconds=seconds)


def _cost(cost: Decimal | None) -> Decimal | None:
    """Return a cost as its column holds it; None for what is none, or cannot be meant."""
    try:
        rounded = Decimal(cost or 0).quantize(CENT, ROUND_HALF_EVEN)
        return rounded if cost is not None and 0 <= rounded < 10**6 else None
    except (InvalidOperation, TypeError, ValueError):
        return None
