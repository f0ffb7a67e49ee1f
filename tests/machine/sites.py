"""The sites that the machine runs: one product, set up in several ways, all with limits that are soon reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.machine.provider import ScriptedProvider

CODE_LENGTH = {"flashcall": 4, "sms": 6, "voice": 4}
TTL = {"flashcall": 90, "sms": 300, "voice": 300}
NUMBERS = ["+380501234503", "+380501234599", "+380671234503"]
"""Two neighbours and one of another prefix."""

Rates = list[tuple[int, int]]
"""How many uses in how many seconds."""


@dataclass(frozen=True)
class Rules:
    """What a purpose allows."""

    api: bool = False
    owns: bool = False
    channels: tuple[str, ...] = ("flashcall", "sms")
    max_checks: int = 3
    proof_max_age: int = 600


PURPOSES = {
    "signup": Rules(api=True, owns=True),
    "change_phone": Rules(api=True, owns=True, proof_max_age=120),
    "login": Rules(max_checks=2),
    "transaction": Rules(channels=("sms", "voice", "flashcall")),
}


@dataclass(frozen=True)
class Site:
    """One way to set the product up."""

    name: str
    limits: dict[str, Rates]
    cooldown: int = 40
    fallback_after: int = 30
    allow_transfer: bool = True
    providers: dict[str, str] = field(default_factory=dict)
    """Channel to provider, where that is not "default"."""

    def __repr__(self) -> str:
        return self.name

    def setting(self) -> dict[str, Any]:
        """Return its FLASHCALL."""
        path = f"{ScriptedProvider.__module__}.{ScriptedProvider.__qualname__}"
        return {
            "PROVIDERS": {alias: {"CLASS": path} for alias in ("default", *self.providers.values())},
            "CHANNEL_PROVIDERS": self.providers,
            "ALLOWED_REGIONS": ["UA"],
            "CODE_LENGTH": CODE_LENGTH,
            "TTL": TTL,
            "COOLDOWN": self.cooldown,
            "FALLBACK_AFTER": self.fallback_after,
            "ALLOW_TRANSFER": self.allow_transfer,
            "LIMITS": {
                scope: ", ".join(f"{count}/{seconds}s" for count, seconds in self.limits.get(scope, []))
                for scope in ("phone", "owner", "ip", "user", "prefix", "region", "site", "phone_failures")
            },
            "PURPOSES": {
                name: {
                    "API": rules.api,
                    "OWNS": rules.owns,
                    "CHANNELS": rules.channels,
                    "MAX_CHECKS": rules.max_checks,
                    "PROOF_MAX_AGE": rules.proof_max_age,
                }
                for name, rules in PURPOSES.items()
            },
        }


SITES = [
    Site(
        "strict",
        {
            "phone": [(3, 600), (5, 3600)],
            "owner": [(3, 600)],
            "ip": [(4, 600)],
            "user": [(4, 600)],
            "prefix": [(4, 900)],
            "region": [(5, 900)],
            "site": [(6, 900)],
            "phone_failures": [(5, 1200), (8, 86400)],
        },
    ),
    Site("guarded", {"phone_failures": [(4, 1200)]}, cooldown=0, allow_transfer=False),
    Site("two providers", {"phone": [(6, 600)], "phone_failures": [(7, 86400)]}, providers={"sms": "second"}),
]
