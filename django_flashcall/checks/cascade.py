"""Whether the channels of a purpose can be one cascade of the provider's, with one code in all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.core.checks import CheckMessage

from django_flashcall.checks import providers
from django_flashcall.checks.site import Site
from django_flashcall.conf import Purpose
from django_flashcall.problems import problem

LONGEST: Final = 600
"""Seconds that a code may live (NIST SP 800-63B-4, 3.1.3.2)."""


def carried(site: Site) -> Iterator[CheckMessage]:
    """Judge whether one provider carries all channels of a purpose, and has a cascade."""
    for purpose in _cascades(site):
        aliases = {site.config.provider_alias(channel) for channel in purpose.channels}
        made = [providers.make(site.config.providers.get(alias, {})) for alias in aliases]
        if len(aliases) > 1 or any(provider is not None and not provider.cascades for provider in made):
            yield problem("flashcall.E061", site.place("CHANNELS", purpose.name))


def one_code(site: Site) -> Iterator[CheckMessage]:
    """Judge whether the codes of all channels of a purpose are equally long."""
    for purpose in _cascades(site):
        if len({purpose.code_length.get(channel) for channel in purpose.channels}) > 1:
            yield problem("flashcall.E062", site.place("CODE_LENGTH", purpose.name))


def duration(site: Site) -> Iterator[CheckMessage]:
    """Judge how long the code of a purpose lives, which is as long as the provider may try all channels."""
    for purpose in _cascades(site):
        if sum(purpose.ttl.get(channel, 0) for channel in purpose.channels) > LONGEST:
            yield problem("flashcall.E063", site.place("TTL", purpose.name))


def _cascades(site: Site) -> Iterator[Purpose]:
    if site.config.cascade == "provider":
        yield from (purpose for purpose in site.config.purposes.values() if len(purpose.channels) > 1)
