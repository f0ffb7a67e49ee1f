"""Phone numbers: read, allow or refuse as destinations, and mask.

What a person typed is judged here before libphonenumber sees it, because that library is made for reading: it drops
NUL, line breaks and any text around a number, and takes letters, extensions and all scripts' digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from django_flashcall.codes import TYPED_LENGTH, without_separators
from django_flashcall.exceptions import DestinationNotAllowed

LINE_TYPES: Final = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed_line",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium_rate",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal_number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
    PhoneNumberType.UNKNOWN: "unknown",
}

NON_GEOGRAPHIC: Final = "001"
"""The region of numbers that belong to no country: satellite telephones, international premium and shared cost."""

PREFIX_LESS: Final = 4
"""Last digits by which neighbours differ: numbers are given out in such blocks, and pumped in them."""

SHORTEST_NATIONAL_NUMBER: Final = 7
"""Digits below which what is no full number of its country counts as a short one: 101, 112, a bank's 5 digits."""

TYPED = re.compile(r"\+?[0-9]+", re.ASCII)
E164_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)

HIDDEN: Final = "•" * 7
"""What stands before the last two digits of a number that is no longer kept."""
REDUCED = re.compile(f"{HIDDEN}[0-9]{{2}}", re.ASCII)


class E164(str):
    """A number as +380501234503. A string in all, but its `repr`, which lands in tracebacks and logs, is masked."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"E164({mask(self)})"


@dataclass(frozen=True)
class Destination:
    """A number with what its site's rules judge it by."""

    number: E164
    region: str
    """Two letters, such as UA, or `NON_GEOGRAPHIC`."""
    line_type: str
    """A value of `LINE_TYPES`."""


def parse(raw: object, default_region: str | None) -> Destination:
    """Return the destination that a person typed, a number without a country code being of `default_region`.

    One that was read already is returned as it is. Raises ValidationError where it is not one phone number, and
    DestinationNotAllowed where it is a short one.
    """
    if isinstance(raw, Destination):
        return raw
    if not isinstance(raw, str) or len(raw) > TYPED_LENGTH:
        raise _not_a_number()
    typed = without_separators(raw)
    if not TYPED.fullmatch(typed):
        raise _not_a_number()
    try:
        number = phonenumbers.parse(typed, default_region)
    except phonenumbers.NumberParseException:
        _refuse_short(typed.removeprefix("+"))
        raise _not_a_number() from None
    region = phonenumbers.region_code_for_number(number)
    line_type = LINE_TYPES[phonenumbers.number_type(number)]
    if region is None or line_type == "unknown":
        _refuse_short(phonenumbers.national_significant_number(number))
        raise _not_a_number()
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if not E164_NUMBER.fullmatch(e164):
        raise _not_a_number()
    return Destination(E164(e164), region, line_type)


def refuse_unless_allowed(
    destination: Destination, *, regions: frozenset[str] | None, line_types: frozenset[str]
) -> None:
    """Raise DestinationNotAllowed unless both sets have the destination; no set of regions stands for all countries."""
    region = destination.region
    if region == NON_GEOGRAPHIC if regions is None else region not in regions:
        raise DestinationNotAllowed("region")
    if destination.line_type not in line_types:
        raise DestinationNotAllowed("line_type")


def mask(number: str) -> str:
    """Return a number as +380•••••••03, one that was reduced as it is; any other text is masked wholly."""
    if REDUCED.fullmatch(number):
        return number
    shown = _country_code_length(number) + 1
    hidden = len(number) - shown - 2
    if shown == 1 or hidden < 1:
        return "•" * len(number)
    return number[:shown] + "•" * hidden + number[-2:]


def reduce(number: str) -> str:
    """Return what stays of a number when it is no longer kept: its last two digits, as •••••••03."""
    return HIDDEN + number[-2:]


def prefix(number: str) -> str:
    """Return a number less its last four digits, which it shares with its 9,999 neighbours."""
    return number[:-PREFIX_LESS]


def _country_code_length(number: str) -> int:
    if not E164_NUMBER.fullmatch(number):
        return 0
    # No country code is the beginning of another.
    return next((n for n in (1, 2, 3) if int(number[1 : 1 + n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)


def _refuse_short(national_number: str) -> None:
    if len(national_number) < SHORTEST_NATIONAL_NUMBER:
        raise DestinationNotAllowed("short_number")


def _not_a_number() -> ValidationError:
    message = _("Enter one phone number with its country code, for example +380 50 123 45 67.")
    return ValidationError(message, code="invalid_phone_number")
