"""Which numbers the site sends to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import phonenumbers
from django.conf import settings
from django.core.checks import CheckMessage
from django.core.exceptions import ValidationError

from django_flashcall import phones
from django_flashcall.checks.site import Site, closest
from django_flashcall.exceptions import DestinationNotAllowed
from django_flashcall.phones import LINE_TYPES
from django_flashcall.problems import problem

REGIONS: Final = frozenset(phonenumbers.SUPPORTED_REGIONS)
TYPES: Final = frozenset(LINE_TYPES.values()) - {"unknown"}


def regions(site: Site) -> Iterator[CheckMessage]:
    """Judge ALLOWED_REGIONS, which has no default: each region is money."""
    place, allowed = "FLASHCALL['ALLOWED_REGIONS']", site.values["ALLOWED_REGIONS"]
    if "ALLOWED_REGIONS" not in site.given:
        yield problem("flashcall.E011", place)
    elif not allowed:
        yield problem("flashcall.W012", place)
    elif allowed != "*":
        for region in sorted(set(allowed) - REGIONS):
            yield problem("flashcall.E013", place, f"The region is {region!r}. {closest(region, REGIONS)}")


def line_types(site: Site) -> Iterator[CheckMessage]:
    """Judge ALLOWED_LINE_TYPES."""
    place, allowed = "FLASHCALL['ALLOWED_LINE_TYPES']", site.values["ALLOWED_LINE_TYPES"]
    if not allowed:
        yield problem("flashcall.W012", place)
    for word in sorted(set(allowed) - TYPES):
        yield problem("flashcall.E014", place, f"The line type is {word!r}. {closest(word, TYPES)}")


def test_numbers(site: Site) -> Iterator[CheckMessage]:
    """Judge the numbers to which nothing is sent, in general and where a purpose lists its own."""
    for place, values in site.places():
        listed = values.get("TEST_NUMBERS", {})
        if listed and not settings.DEBUG:
            yield problem("flashcall.W057", f"{place}['TEST_NUMBERS']")
        for number in listed:
            if not _may_be_asked_for(number, site):
                yield problem("flashcall.E056", f"{place}['TEST_NUMBERS']", f"The number is {phones.mask(number)}.")


def _may_be_asked_for(number: str, site: Site) -> bool:
    regions, line_types = site.config.allowed_regions, site.config.allowed_line_types
    try:
        destination = phones.parse(number, None)
        phones.refuse_unless_allowed(destination, regions=regions, line_types=line_types)
    except (ValidationError, DestinationNotAllowed):
        return False
    return destination.number == number
