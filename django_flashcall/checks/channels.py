"""Whether every channel can do its work: who carries it, with which code, in which words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import global_settings, settings
from django.core.checks import CheckMessage

from django_flashcall import channels
from django_flashcall.checks import providers
from django_flashcall.checks.site import Site
from django_flashcall.codes import Code
from django_flashcall.exceptions import ConfigurationError
from django_flashcall.parts import parts
from django_flashcall.problems import problem

LOCALE: Final = Path(channels.__file__).with_name("locale")
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


def parts_of_sms(site: Site) -> Iterator[CheckMessage]:
    """Judge whether an SMS is paid for more than once, in any language of the site."""
    for purpose in site.config.purposes.values():
        code = Code("4" * min(max(purpose.code_length["sms"], 4), 8))  # others are told as such
        for language in sorted(_languages()) if "sms" in purpose.channels else ():
            if _parts(code, purpose.name, language) > 1:
                yield problem(
                    "flashcall.W030", site.place("CHANNELS", purpose.name), f"For {purpose.name!r} in {language!r}."
                )


def _languages() -> set[str]:
    """Return the languages that the site names; where it names none, its own and those that this package speaks."""
    if settings.LANGUAGES != global_settings.LANGUAGES:
        return {language for language, _ in settings.LANGUAGES}
    return {settings.LANGUAGE_CODE, *(folder.name for folder in LOCALE.iterdir())}


def _parts(code: Code, purpose: str, language: str) -> int:
    try:
        return parts(channels.words("sms", code=code, purpose=purpose, language=language))
    except Exception:  # a template may raise anything, which `messages` tells
        return 0


def _fault(channel: str, purpose: str) -> str | None:
    try:
        said = channels.words(channel, code=SAMPLE, purpose=purpose, language="")
    except ConfigurationError:  # which is told where it is
        return None
    except Exception as error:  # a template may raise anything
        return f"there is {type(error).__name__}"
    # Digit by digit for a voice.
    return None if SAMPLE.digits in re.sub(r"[^0-9]", "", said) else "it is not said"


def _used(site: Site) -> set[str]:
    return {channel for purpose in site.config.purposes.values() for channel in purpose.channels}
