"""Whether what is said of codes that do not arrive can happen."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.checks import CheckMessage

from django_flashcall.checks import providers
from django_flashcall.checks.site import Site
from django_flashcall.problems import problem


def automatic(site: Site) -> Iterator[CheckMessage]:
    """Judge whether anybody can say that a code did not arrive, where the next channel is to be sent by itself."""
    for purpose in site.config.purposes.values():
        aliases = {site.config.provider_alias(channel) for channel in purpose.channels[:-1]}
        made = [providers.make(site.config.providers.get(alias, {})) for alias in aliases]
        if purpose.auto_fallback and not any(provider is None or provider.follows for provider in made):
            yield problem("flashcall.W064", site.place("AUTO_FALLBACK", purpose.name))
