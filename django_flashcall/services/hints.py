"""Delivery reports that a provider sends to the site.

They are signed by nobody, so a report is a hint and no more. It makes the delivery due in a second, and whoever asks
for the attempt next, or the next `flashcall_tick`, asks the provider. That costs one UPDATE, no request to the provider
and no waiting, however many reports come; and however many come for one delivery, the provider is asked a bounded
number of times.
"""

from __future__ import annotations

import logging
import re
from typing import Final

from django_flashcall.conf import get_config
from django_flashcall.exceptions import ConfigurationError
from django_flashcall.models import Delivery, transactions
from django_flashcall.providers import get_provider
from django_flashcall.providers.base import Provider

logger = logging.getLogger("django_flashcall")

KEPT: Final = re.compile(r"[A-Za-z0-9._:-]{1,255}", re.ASCII)
"""The ids of a provider that are fit to keep; no delivery has another."""


def accepted(alias: str, secret: str) -> bool:
    """Return whether reports of the provider `alias` may come to an address with this secret in it."""
    provider = _provider(alias)
    return provider is not None and provider.accepts(secret)


def take(alias: str, body: bytes) -> bool:
    """Take the hint of a report, if it is about a delivery of ours; False for a body that is no report.

    A delivery that is not known, or of which the end is known, is left as it is.
    """
    provider = _provider(alias)
    reported = provider.reported(body) if provider else None
    if provider is None or reported is None:
        return False
    if provider.follows and KEPT.fullmatch(reported):
        using = transactions.database()
        transactions.retried(lambda: Delivery.objects.using(using).hint(alias, reported), using)
    return True


def _provider(alias: str) -> Provider | None:
    if alias not in get_config().providers:
        return None
    try:
        return get_provider(alias)
    except ConfigurationError:
        logger.error("Provider %s takes no delivery reports, because its settings are wrong.", alias)
        return None
