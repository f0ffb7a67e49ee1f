"""The entries of PROVIDERS, each by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from django_flashcall.checks.site import Site
from django_flashcall.problems import problem
from django_flashcall.providers.base import Provider


def check(site: Site) -> Iterator[CheckMessage]:
    """Judge every entry, and pass on what its class says of its OPTIONS."""
    for alias, entry in site.values["PROVIDERS"].items():
        yield from _entry(alias, entry)


def make(entry: Mapping[str, Any]) -> Provider | None:
    """Return the provider of an entry, or None where there cannot be one."""
    try:
        made = import_string(entry["CLASS"])(entry.get("OPTIONS", {}))
    except Exception:  # whatever the class of a site does, which `check` tells
        return None
    return made if isinstance(made, Provider) else None


def _entry(alias: str, entry: Mapping[str, Any]) -> Iterator[CheckMessage]:
    place = f"FLASHCALL['PROVIDERS'][{alias!r}]"
    if "CLASS" not in entry:
        yield problem("flashcall.E021", place)
        return
    try:
        found = import_string(entry["CLASS"])
    except Exception as error:  # an import runs whatever is in the module
        yield problem("flashcall.E022", f"{place}['CLASS']", f"Importing it raises {type(error).__name__}.")
        return
    if not (isinstance(found, type) and issubclass(found, Provider)):
        yield problem("flashcall.E023", f"{place}['CLASS']")
        return
    yield from _options(found, entry.get("OPTIONS", {}), alias, f"{place}['OPTIONS']")


def _options(found: type[Provider], options: Mapping[str, Any], alias: str, place: str) -> Iterator[CheckMessage]:
    try:
        told = found.check(options, alias=alias)
        yield from told
        if not any(isinstance(message, Error) for message in told):
            found(options)
    except Exception as error:  # by its type alone: its text may quote a key
        yield problem("flashcall.E024", place, f"It raises {type(error).__name__}.")
