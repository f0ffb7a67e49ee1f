"""Whether every channel can do its work: who carries it, with which code, in which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from django.core.checks import CheckMessage

from django_flashcall import channels
from django_flashcall.checks import providers
from django_flashcall.checks.site import Site
from django_flashcall.codes import Code
from django_flashcall.exceptions import ConfigurationError
from django_flashcall.problems import problem

SAMPLE: Final = Code("4821")


def lists(site: Site) -> Iterator[CheckMessage]:
    """Judge every list of channels."""
    for place, values in site.places():
        names = values.get("CHANNELS")
        if names is not None and (not names or len(set(names)) < len(names)):
            yield problem("flashcall.E025", f"{place}['CHANNELS']")


def declared(site: Site) -> Iterator[CheckMessage]:
    """Judge whether every provider that is named for a channel is declared."""
    users: dict[str, set[str]] = defaultdict(set)
    for channel in {*_used(site), *site.config.channel_providers}:
        users[site.config.provider_alias(channel)].add(channel)
    for alias in sorted(users.keys() - site.config.providers.keys()):
        detail = f"It is to carry {', '.join(sorted(users[alias]))}."
        yield problem("flashcall.E026", f"FLASHCALL['PROVIDERS'][{alias!r}]", detail)


def carried(site: Site) -> Iterator[CheckMessage]:
    """Judge whether the provider of every channel carries it."""
    for channel in sorted(_used(site)):
        alias = site.config.provider_alias(channel)
        provider = providers.make(site.config.providers.get(alias, {}))
        if provider is not None and provider.channels is not None and channel not in provider.channels:
            yield problem("flashcall.E027", f"FLASHCALL['PROVIDERS'][{alias!r}]", f"The channel is {channel!r}.")


def lengths_and_times(site: Site) -> Iterator[CheckMessage]:
    """Judge whether every channel has a code length and a TTL."""
    for purpose in site.config.purposes.values():
        for channel in purpose.channels:
            if channel not in purpose.code_length or channel not in purpose.ttl:
                yield problem("flashcall.E028", site.place("CHANNELS", purpose.name), f"The channel is {channel!r}.")


def ringing(site: Site) -> Iterator[CheckMessage]:
    """Judge whether a flash call may ring after its code has expired."""
    for purpose in site.config.purposes.values():
        if "flashcall" in purpose.channels and purpose.ttl["flashcall"] < site.config.ring_ttl:
            yield problem("flashcall.W039", site.place("TTL", purpose.name))


def fallback(site: Site) -> Iterator[CheckMessage]:
    """Judge whether the second channel is offered while the first one's code is accepted."""
    for purpose in site.config.purposes.values():
        first = purpose.ttl.get(purpose.channels[0]) if len(purpose.channels) > 1 else None
        if first is not None and purpose.fallback_after >= first:
            yield problem("flashcall.W042", site.place("FALLBACK_AFTER", purpose.name))


def messages(site: Site) -> Iterator[CheckMessage]:
    """Judge whether every channel with words has a message, and whether the message says the code."""
    for purpose in site.config.purposes.values():
        for channel in purpose.channels:
            fault = None if channel in channels.SILENT else _fault(channel, purpose.name)
            if fault:
                yield problem("flashcall.E029", site.place("CHANNELS", purpose.name), f"For {channel!r} {fault}.")


def _fault(channel: str, purpose: str) -> str | None:
    try:
        said = channels.text(channel, code=SAMPLE, purpose=purpose, language="")
    except ConfigurationError:  # which is told where it is
        return None
    except Exception as error:  # a template may raise anything
        return f"there is {type(error).__name__}"
    return None if SAMPLE.digits in said else "it is not said"


def _used(site: Site) -> set[str]:
    return {channel for purpose in site.config.purposes.values() for channel in purpose.channels}
