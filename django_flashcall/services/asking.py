"""Asking the provider now what became of an attempt, because somebody of the site wants to know."""

from __future__ import annotations

from typing import Final

from django_flashcall.conf import get_config
from django_flashcall.exceptions import AttemptNotFound
from django_flashcall.models import Delivery, Standing, transactions
from django_flashcall.models.ids import parse_id
from django_flashcall.providers import get_provider
from django_flashcall.services import automatic, following

MOST_ASKED: Final = 3
"""Deliveries of one attempt, the newest, that are asked about at once: each may take three seconds."""


def ask_now(attempt_id: object) -> tuple[int, int]:
    """Ask what became of an attempt's deliveries, due or not; return about how many, and of how many there is news.

    Each delivery is asked about a bounded number of times, whoever asks; one whose end is known is not. With
    AUTO_FALLBACK the next channel's code is sent as it is by `follow`.

    Raises AttemptNotFound, and RuntimeError inside a transaction.
    """
    using, parsed = transactions.database(), parse_id(attempt_id)
    transactions.refuse_inside(using)
    standing = Standing.by_id(parsed, using) if parsed else None
    if parsed is None or standing is None:
        raise AttemptNotFound
    asked = [one for one in standing.deliveries if one.status in Delivery.PLACED and _press(one, using)]
    pressed = Delivery.objects.using(using).with_clock().select_related("attempt")
    fresh = list(pressed.filter(pk__in=[one.pk for one in asked[-MOST_ASKED:]]))
    news = sum(following.ask(delivery) for delivery in fresh)
    if news and (now := Standing.by_id(parsed, using)):
        automatic.go_on(now)
    return len(fresh), news


def _press(delivery: Delivery, using: str) -> bool:
    deliveries = Delivery.objects.using(using)
    known = delivery.provider in get_config().providers
    follows = known and get_provider(delivery.provider).follows
    return follows and transactions.retried(lambda: deliveries.press(delivery.pk), using)
