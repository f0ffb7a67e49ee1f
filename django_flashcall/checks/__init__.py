"""System checks: what is wrong with FLASHCALL and the site around it. Neither database nor network is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, register

from django_flashcall.checks import (
    cascade,
    channels,
    destinations,
    following,
    guessing,
    hosts,
    providers,
    ranges,
    values,
)
from django_flashcall.checks.site import Site, read
from django_flashcall.problems import problem

TAG: Final = "flashcall"

Rule = Callable[[Site], Iterable[CheckMessage]]

RULES: Final[Mapping[Rule, list[str]]] = {
    destinations.regions: ["ALLOWED_REGIONS"],
    destinations.line_types: [],
    destinations.test_numbers: ["ALLOWED_REGIONS", "ALLOWED_LINE_TYPES"],
    ranges.check: [],
    providers.check: ["PROVIDERS"],
    channels.lists: [],
    channels.declared: ["CHANNELS", "PROVIDERS", "CHANNEL_PROVIDERS"],
    channels.carried: ["CHANNELS", "PROVIDERS", "CHANNEL_PROVIDERS"],
    channels.lengths_and_times: ["CHANNELS", "CODE_LENGTH", "TTL"],
    channels.ringing: ["CHANNELS", "TTL", "RING_TTL"],
    channels.fallback: ["CHANNELS", "TTL", "FALLBACK_AFTER"],
    channels.messages: [],
    channels.parts_of_sms: ["CHANNELS", "CODE_LENGTH", "WEBOTP_HOST"],
    cascade.carried: ["CASCADE", "CHANNELS", "PROVIDERS", "CHANNEL_PROVIDERS"],
    cascade.one_code: ["CASCADE", "CHANNELS", "CODE_LENGTH"],
    cascade.duration: ["CASCADE", "CHANNELS", "TTL"],
    following.automatic: ["CHANNELS", "PROVIDERS", "CHANNEL_PROVIDERS", "AUTO_FALLBACK"],
    guessing.one_attempt: ["CHANNELS", "CODE_LENGTH", "MAX_CHECKS"],
    guessing.one_day: ["CHANNELS", "CODE_LENGTH", "LIMITS"],
    values.purposes: ["PURPOSES"],
    values.webotp: [],
    values.client_addresses: [],
    values.risk_check: [],
    values.base_template: [],
}
"""Each rule, and the settings without which it would be wrong: where one cannot be read, its default is there."""


@register(TAG)
def check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Return everything that is wrong, each thing once."""
    told: list[CheckMessage] = []
    for message in _all():
        if message not in told:
            told.append(message)
    return told


def _all() -> Iterator[CheckMessage]:
    yield from hosts.time_zones()
    yield from hosts.sqlite()
    flashcall = getattr(settings, "FLASHCALL", None)
    if not isinstance(flashcall, dict):
        yield problem("flashcall.E001", "FLASHCALL")
        return
    site, unusable = read(flashcall)
    yield from unusable
    for rule, needed in RULES.items():
        if site.unreadable.isdisjoint(needed):
            yield from rule(site)
