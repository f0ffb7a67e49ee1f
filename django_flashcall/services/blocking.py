"""What is done about a number by the site's own people: refuse it, let it in again, take it from its owner."""

from __future__ import annotations

import logging
from typing import Any, Final

from django_flashcall import phones
from django_flashcall.conf import get_config
from django_flashcall.models import PhoneStatus, transactions
from django_flashcall.models.phones import PhoneStatusQuerySet

logger = logging.getLogger("django_flashcall")

FOR_GOOD: Final = 100 * 365 * 86400
"""Seconds of a block that is not meant to end by itself."""
REASON_LENGTH: Final = 255


def block(phone_number: object, *, seconds: float = FOR_GOOD, reason: str, by: Any = None) -> PhoneStatus:
    """Send nothing to a number for `seconds`, and return its status. `by` is the member of staff who decided it.

    Codes that were sent before are still accepted. Raises ValueError without a reason or a time, ValidationError for
    what is no number, and DestinationNotAllowed for a short one.
    """
    reason = reason.strip()[:REASON_LENGTH]
    if not reason or seconds <= 0:
        raise ValueError("A block has a reason, and lasts for some time.")
    number, statuses = _number(phone_number), _statuses()
    transactions.run(lambda: statuses.block(number, seconds=seconds, reason=reason), statuses.db)
    _log("blocked", number, by)
    return statuses.get(phone_number=number)


def unblock(phone_number: object, *, by: Any = None) -> bool:
    """Send to a blocked number again. False where it was not blocked. Raises as `block` does."""
    number, statuses = _number(phone_number), _statuses()
    done = transactions.retried(lambda: statuses.unblock(number), statuses.db)
    if done:
        _log("unblocked", number, by)
    return done


def release(phone_number: object, *, by: Any = None) -> bool:
    """Take a number from its owner, so that it is nobody's. False where it was nobody's. Raises as `block` does."""
    number, statuses = _number(phone_number), _statuses()
    done = transactions.retried(lambda: statuses.release(number), statuses.db)
    if done:
        _log("released", number, by)
    return done


def _number(phone_number: object) -> phones.E164:
    return phones.parse(phone_number, get_config().default_region()).number


def _statuses() -> PhoneStatusQuerySet:
    return PhoneStatus.objects.using(transactions.database())


def _log(what: str, number: str, by: Any) -> None:
    masked, who = phones.mask(number), None if by is None else str(by.pk)
    logger.warning("The number %s was %s.", masked, what, extra={"phone": masked, "by": who})
