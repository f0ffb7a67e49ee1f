"""Settings that are known and that this version does nothing with."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.checks import CheckMessage

from django_flashcall.checks.site import Site
from django_flashcall.conf import DEFAULTS
from django_flashcall.problems import problem


def unavailable(site: Site) -> Iterator[CheckMessage]:
    """Refuse what a site would rely on."""
    if site.values["CASCADE"] != "app":
        yield problem("flashcall.E004", "FLASHCALL['CASCADE']")
    if site.values["TEST_NUMBERS"]:
        yield problem("flashcall.E004", "FLASHCALL['TEST_NUMBERS']")
    for place, values in site.places():
        if values.get("AUTO_FALLBACK"):
            yield problem("flashcall.E004", f"{place}['AUTO_FALLBACK']")


def without_effect(site: Site) -> Iterator[CheckMessage]:
    """Warn of what is prepared for a later version."""
    for key in ("RETENTION_DAYS", "BASE_TEMPLATE"):
        if site.values[key] != DEFAULTS[key]:
            yield problem("flashcall.W005", f"FLASHCALL[{key!r}]")
