"""A table of figures, and how figures are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.formats import number_format

NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"
NOTHING: Final = "–"


@dataclass(frozen=True)
class Table:
    """What a template draws as a table, the first cell of each row being its head."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    """How many columns, from the first, are words; the others are figures."""
    empty: str = ""
    """What is said where there is no row."""


def count(number: int) -> str:
    """Return a whole number with its thousands apart."""
    return number_format(number, use_l10n=True, force_grouping=True)


def percent(share: float | None) -> str:
    """Return a share of 1 as a percentage; one below 10 with a decimal, and what is hardly any as such."""
    if share is None:
        return NOTHING
    if 0 < share < 0.0005:
        return f"< {number_format(Decimal('0.1'))}{NO_BREAK_SPACE}%".replace(" ", NO_BREAK_SPACE)
    decimals = 1 if 0 < share < 0.0995 else 0
    return f"{_rounded(Decimal(share * 100), decimals)}{NO_BREAK_SPACE}%"


def money(amount: Decimal | None, currency: str) -> str:
    """Return an amount to the cent, or to its second figure where it is less, with its currency."""
    if amount is None:
        return NOTHING
    decimals = 2 if amount >= 1 or not amount else 4
    return f"{_rounded(amount, decimals)}{NO_BREAK_SPACE}{currency or '?'}"


def _rounded(number: Decimal, decimals: int) -> str:
    """Return a number with so many decimals. Django's own cuts the others off."""
    rounded = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return number_format(rounded, decimals, use_l10n=True, force_grouping=True)
