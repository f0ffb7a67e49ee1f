"""FLASHCALL as far as it can be read, for the rules that judge what its values mean."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.checks import CheckMessage

from django_flashcall import conf
from django_flashcall.checks.kinds import Kind, kinds
from django_flashcall.conf import DEFAULTS, Config
from django_flashcall.problems import problem

UNUSABLE: Final = object()


@dataclass(frozen=True)
class Site:
    """What can be read of a site's FLASHCALL."""

    values: Mapping[str, Any]
    """With its defaults; what cannot be read stands at its default, too."""
    config: Config
    """What the package would make of `values`."""
    given: frozenset[Any]
    """The keys that the site has written."""
    unreadable: frozenset[Any]
    """Those of them that something is wrong with already."""

    def places(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the site's general settings, and what each purpose overrides, each with its place."""
        yield "FLASHCALL", self.values
        for name, entry in self.values["PURPOSES"].items():
            yield f"FLASHCALL['PURPOSES'][{name!r}]", entry

    def place(self, key: str, purpose: str) -> str:
        """Return where the value of `key` is written that holds for a purpose."""
        own = key in self.values["PURPOSES"][purpose]
        return f"FLASHCALL['PURPOSES'][{purpose!r}][{key!r}]" if own else f"FLASHCALL[{key!r}]"


def read(flashcall: dict[Any, Any]) -> tuple[Site, list[CheckMessage]]:
    """Return what can be read of a dict of any content, each setting by itself, and what is wrong with the rest."""
    kind = kinds(_channels(flashcall))
    usable: dict[str, Any] = {}
    told: list[CheckMessage] = []
    unreadable = set()
    for key, value in flashcall.items():
        found: list[CheckMessage] = []
        usable |= _usable({key: value}, kind, "FLASHCALL", found)
        if found:
            unreadable.add(key)
            told += found
    site = Site(conf.merged(usable), conf.read(usable), frozenset(flashcall), frozenset(unreadable))
    return site, told


def closest(word: object, known: Mapping[str, Any] | frozenset[str]) -> str:
    """Return a question about the known word that is most like `word`, or nothing where none is."""
    like = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(str(word).casefold()[:64], like, n=1)
    return f"Did you mean {like[found[0]]!r}?" if found else ""


def _usable(value: Any, kind: Kind, place: str, found: list[CheckMessage]) -> Any:
    """Return what of `value` is of its kind, or UNUSABLE; add what is wrong to `found`."""
    if not kind.fits(value):
        found.append(problem("flashcall.E003", place, f"It has to be {kind.words}."))
        return UNUSABLE
    if kind.keys is None and kind.each is None:
        return value
    kept = {}
    for key, item in value.items():
        known = kind.keys or {}
        inner = kind.each or known.get(key)
        where = f"{place}[{key!r}]"
        if inner is None:
            found.append(problem("flashcall.E002", where, closest(key, known)))
            continue
        usable = _usable(item, inner, where, found)
        if usable is not UNUSABLE:
            kept[key] = usable
    return kept


def _channels(flashcall: dict[Any, Any]) -> set[str]:
    """Return every channel that the package or a dict of any content names."""
    purposes = flashcall.get("PURPOSES")
    entries = purposes.values() if isinstance(purposes, dict) else ()
    lists = [flashcall.get("CHANNELS"), *(entry.get("CHANNELS") for entry in entries if isinstance(entry, dict))]
    named = {name for names in lists if isinstance(names, (list, tuple)) for name in names if isinstance(name, str)}
    return {*named, *DEFAULTS["CODE_LENGTH"], *DEFAULTS["TTL"]}
