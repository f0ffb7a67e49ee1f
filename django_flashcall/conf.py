"""The FLASHCALL setting, read when it is needed.

`get_config()` is the only door. It is built anew after the setting changes, so that `override_settings` works, and
nothing here is read at import. What may be wrong with a value is told by `django_flashcall.checks`; here a value that
cannot be used at all raises `ConfigurationError`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver

from django_flashcall.exceptions import ConfigurationError

DEFAULTS: dict[str, Any] = {
    "PROVIDERS": {},
    "CHANNEL_PROVIDERS": {},
    "CHANNELS": ["flashcall", "sms"],
    "CASCADE": "app",
    "CODE_LENGTH": {"flashcall": 4, "viber_otp": 6, "sms": 6, "voice": 6},
    "TTL": {"flashcall": 90, "viber_otp": 300, "sms": 300, "voice": 300},
    "RING_TTL": 60,
    "COOLDOWN": 30,
    "FALLBACK_AFTER": 20,
    "AUTO_FALLBACK": False,
    "REQUEST_DEADLINE": 15,
    "MAX_CHECKS": 3,
    "PROOF_MAX_AGE": 600,
    "RETENTION_DAYS": 30,
    "HISTORY_DAYS": 365,
    "ALLOWED_REGIONS": [],
    "ALLOWED_LINE_TYPES": ["mobile", "fixed_line_or_mobile"],
    "LIMITS": {
        "phone": "5/10m, 12/d",
        "owner": "5/10m, 30/d",
        "ip": "100/h",
        "user": "20/h",
        "prefix": "60/h",
        "region": "",
        "site": "1000/h, 5000/d",
        "phone_failures": "9/d",
    },
    "PURPOSES": {
        "signup": {"API": True, "OWNS": True},
        "change_phone": {"API": True, "OWNS": True},
        "login": {},
        "transaction": {},
    },
    "TEST_NUMBERS": {},
    "RISK_CHECK": None,
    "ALLOW_TRANSFER": True,
    "TRUSTED_PROXY_COUNT": 0,
    "TRUSTED_CLIENT_IP_HEADER": None,
    "WEBOTP_HOST": None,
    "BASE_TEMPLATE": "flashcall/base.html",
}

MERGED = {"CODE_LENGTH", "TTL", "LIMITS"}
"""Settings that are dicts of independent values: what the site leaves out keeps its default."""

PURPOSE_FLAGS = {"API", "OWNS", "CHANNEL_CHOICE", "SIGNED_IN"}
"""All of them False where a purpose does not set them, but for SIGNED_IN of `change_phone`."""
PURPOSE_OVERRIDES = {
    "CHANNELS",
    "CODE_LENGTH",
    "TTL",
    "COOLDOWN",
    "FALLBACK_AFTER",
    "AUTO_FALLBACK",
    "MAX_CHECKS",
    "PROOF_MAX_AGE",
    "TEST_NUMBERS",
}
OWN_TEST_NUMBERS = {"login", "transaction"}
"""Purposes for which the site's general TEST_NUMBERS do not count: whoever knows such a code would be let in."""

PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
RATE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,5})?([smhd])", re.ASCII)


@dataclass(frozen=True)
class Rate:
    """At most `count` in a window of `period` seconds that its first use opens."""

    count: int
    period: int
    text: str
    """As it was written, such as `5/10m`."""


def parse_rates(text: str) -> tuple[Rate, ...]:
    """Return the rates of a LIMITS value such as `"5/10m, 12/d"`, each once; the empty string means no limit.

    Raises ValueError.
    """
    rates = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = RATE.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is not a rate such as '5/10m' or '12/d'")
        count, times, unit = match.groups()
        rates.append(Rate(int(count), int(times or 1) * PERIODS[unit], part))
    return tuple(dict.fromkeys(rates))


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What one purpose allows: its entry in PURPOSES over the site's general settings. Times are in seconds."""

    name: str
    api: bool
    """A client may start it over the API."""
    owns: bool
    """Redeeming its proof makes the user the number's owner."""
    channel_choice: bool
    """A client may start on another channel than the first."""
    signed_in: bool
    """Only a signed-in caller may start it over the API."""
    channels: tuple[str, ...]
    code_length: Mapping[str, int]
    ttl: Mapping[str, int]
    cooldown: int
    fallback_after: int
    auto_fallback: bool
    max_checks: int
    proof_max_age: int
    test_numbers: Mapping[str, str] = field(repr=False)
    """Numbers, as +380501234503, to which nothing is sent, each with the code that is accepted for it."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """The FLASHCALL setting with its defaults filled in, each key in lower case. Times are in seconds."""

    providers: Mapping[str, Mapping[str, Any]] = field(repr=False)
    """With the accounts' keys in it, which error trackers would show where a `config` is a local variable."""
    channel_providers: Mapping[str, str]
    channels: tuple[str, ...]
    cascade: str
    ring_ttl: int
    request_deadline: float
    retention_days: int
    """For how long the number of an attempt is kept."""
    history_days: int
    """For how long what is left of an attempt is kept."""
    allowed_regions: frozenset[str] | None
    """None where every region is allowed."""
    allowed_line_types: frozenset[str]
    limits: Mapping[str, tuple[Rate, ...]]
    purposes: Mapping[str, Purpose]
    risk_check: Any
    allow_transfer: bool
    trusted_proxy_count: int
    trusted_client_ip_header: str | None
    webotp_host: str | None
    base_template: str

    def purpose(self, name: str) -> Purpose:
        """Return a purpose by name. Raises ConfigurationError for one that PURPOSES does not declare."""
        try:
            return self.purposes[name]
        except KeyError:
            raise ConfigurationError(f"Purpose {name!r} is not in FLASHCALL['PURPOSES'].") from None

    def provider_alias(self, channel: str) -> str:
        """Return the key of PROVIDERS that carries `channel`."""
        return self.channel_providers.get(channel, "default")

    def default_region(self) -> str | None:
        """Return the region whose national numbers may be written without a country code, if there is one."""
        region: str | None = getattr(settings, "PHONENUMBER_DEFAULT_REGION", None)
        if region is None and self.allowed_regions is not None and len(self.allowed_regions) == 1:
            (region,) = self.allowed_regions
        return region


@functools.cache
def get_config() -> Config:
    """Return the site's configuration. Raises ConfigurationError where it cannot be read; `check` says all of it."""
    try:
        return read(getattr(settings, "FLASHCALL", {}))
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise ConfigurationError(f"FLASHCALL cannot be read ({error}): see manage.py check.") from error


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "FLASHCALL":
        get_config.cache_clear()


def secrets() -> list[str | bytes]:
    """Return the keys of our digests and signatures: the one that signs first, then those that are still honoured."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def merged(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the site's FLASHCALL with the defaults filled in."""
    values = {**DEFAULTS, **given}
    for key in MERGED:
        values[key] = {**DEFAULTS[key], **values[key]}
    return values


def read(given: Mapping[str, Any]) -> Config:
    """Return the configuration that a FLASHCALL makes. For one that cannot be read it raises what Python raises."""
    values = merged(given)
    regions = values["ALLOWED_REGIONS"]
    return Config(
        providers=values["PROVIDERS"],
        channel_providers=values["CHANNEL_PROVIDERS"],
        channels=tuple(values["CHANNELS"]),
        cascade=values["CASCADE"],
        ring_ttl=int(values["RING_TTL"]),
        request_deadline=float(values["REQUEST_DEADLINE"]),
        retention_days=int(values["RETENTION_DAYS"]),
        history_days=int(values["HISTORY_DAYS"]),
        allowed_regions=None if regions == "*" else frozenset(regions),
        allowed_line_types=frozenset(values["ALLOWED_LINE_TYPES"]),
        limits={scope: parse_rates(text) for scope, text in values["LIMITS"].items()},
        purposes={name: _purpose(name, values, entry) for name, entry in values["PURPOSES"].items()},
        risk_check=values["RISK_CHECK"],
        allow_transfer=bool(values["ALLOW_TRANSFER"]),
        trusted_proxy_count=int(values["TRUSTED_PROXY_COUNT"]),
        trusted_client_ip_header=values["TRUSTED_CLIENT_IP_HEADER"],
        webotp_host=values["WEBOTP_HOST"],
        base_template=values["BASE_TEMPLATE"],
    )


def _purpose(name: str, values: dict[str, Any], entry: Mapping[str, Any]) -> Purpose:
    flags = {key: bool(entry.get(key, key == "SIGNED_IN" and name == "change_phone")) for key in PURPOSE_FLAGS}
    general = {**values, "TEST_NUMBERS": {}} if name in OWN_TEST_NUMBERS else values
    own = {key: entry.get(key, general[key]) for key in PURPOSE_OVERRIDES}
    for key in MERGED & PURPOSE_OVERRIDES:
        own[key] = {**values[key], **own[key]}
    return Purpose(
        name=name,
        api=flags["API"],
        owns=flags["OWNS"],
        channel_choice=flags["CHANNEL_CHOICE"],
        signed_in=flags["SIGNED_IN"],
        channels=tuple(own["CHANNELS"]),
        code_length={channel: int(length) for channel, length in own["CODE_LENGTH"].items()},
        ttl={channel: int(seconds) for channel, seconds in own["TTL"].items()},
        cooldown=int(own["COOLDOWN"]),
        fallback_after=int(own["FALLBACK_AFTER"]),
        auto_fallback=bool(own["AUTO_FALLBACK"]),
        max_checks=int(own["MAX_CHECKS"]),
        proof_max_age=int(own["PROOF_MAX_AGE"]),
        test_numbers=dict(own["TEST_NUMBERS"]),
    )
