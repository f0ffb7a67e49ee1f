"""How likely it is that somebody guesses a code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.core.checks import CheckMessage

from django_flashcall.checks.site import Site
from django_flashcall.problems import problem

# The line that is drawn for a pool of caller IDs, too.
ODDS: Final = 0.01
DAY: Final = 86400


def one_attempt(site: Site) -> Iterator[CheckMessage]:
    """Judge the checks of one attempt against the number of codes.

    An error, because no limit stands behind it: who starts an attempt has all of them at once.
    """
    for purpose in site.config.purposes.values():
        lengths = [purpose.code_length[channel] for channel in purpose.channels if channel in purpose.code_length]
        if lengths and purpose.max_checks > ODDS * _codes(min(lengths)):
            yield problem("flashcall.E034", site.place("MAX_CHECKS", purpose.name))


def one_day(site: Site) -> Iterator[CheckMessage]:
    """Judge the wrong codes that a number may have in a day, or in a window that is longer, whatever is opened.

    A warning, because the limits on sends slow a guesser down as well.
    """
    lengths = [
        purpose.code_length[channel]
        for purpose in site.config.purposes.values()
        for channel in purpose.channels
        if channel in purpose.code_length
    ]
    rates = site.config.limits["phone_failures"]
    failures = min((rate.count * max(DAY / rate.period, 1) for rate in rates), default=None)
    if lengths and (failures is None or failures > ODDS * _codes(min(lengths))):
        yield problem("flashcall.W035", "FLASHCALL['LIMITS']['phone_failures']")


def _codes(length: int) -> int:
    # The first digit of a code is not 0. A length that is out of range is told as such.
    return int(9 * 10 ** (min(max(length, 1), 12) - 1))
