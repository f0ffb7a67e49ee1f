"""AUTO_FALLBACK: the next channel's code, sent by itself when the provider says that the newest did not arrive."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final

from django_flashcall.conf import get_config
from django_flashcall.exceptions import FlashcallError
from django_flashcall.models import Delivery, Limit, Standing, transactions
from django_flashcall.models.notices import Notice
from django_flashcall.services import continuing, finding
from django_flashcall.services.client import Client
from django_flashcall.services.delivering import Overtaken

logger = logging.getLogger("django_flashcall")

AGAIN_SECONDS: Final = 30
"""How long nobody tries again what was left behind: a limit or RISK_CHECK may be in the way, and people ask often."""


def channel(standing: Standing) -> str | None:
    """Return the channel of the code that is to be sent by itself: the newest is undeliverable and somebody waits.

    Somebody waits while the attempt is pending, within its ten minutes, and the code that did not arrive could still be
    entered. Each channel is tried once.
    """
    rules = get_config().purposes.get(standing.attempt.purpose)
    if rules is None or not rules.auto_fallback or standing.newest.status != Delivery.Status.UNDELIVERABLE:
        return None
    return standing.unused_channel(rules) if standing.waited_for else None


def left_behind(standing: Standing) -> bool:
    """Tell whether to send what whoever brought the news did not: its process may have died. True for one caller."""
    limits = Limit.objects.using(transactions.database())
    notice = Notice.of("auto_fallback", standing.newest.pk.hex)
    if notice.silent(limits.counts([notice.key])):
        return False
    return transactions.retried(partial(notice.take, limits, AGAIN_SECONDS), limits.db)


def go_on(standing: Standing) -> bool:
    """Send an attempt's next code, if there is one to be sent by itself; return whether it was sent.

    It is sent within the limits, and of several processes one sends.
    """
    attempt, further = standing.attempt, channel(standing)
    if further is None:
        return False
    rules = get_config().purposes[attempt.purpose]
    user, client = finding.person(attempt, None), Client(attempt.ip_address)
    try:
        continuing.send_another(standing, further, rules, user=user, client=client, newest=standing.newest.pk)
    except Overtaken:
        return False
    except FlashcallError as error:
        _log(logging.INFO, standing, error)
        return False
    except Exception as error:  # a site's RISK_CHECK may raise anything, and who asks for news did not ask for this
        _log(logging.ERROR, standing, error)
        return False
    return True


def _log(level: int, standing: Standing, error: Exception) -> None:
    extra = {"attempt": str(standing.attempt.pk), "delivery": standing.newest.pk.hex}
    logger.log(level, "AUTO_FALLBACK sent nothing: %s.", type(error).__name__, extra=extra)
