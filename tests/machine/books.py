"""The model's books: what limits and breakers have counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.machine.provider import Answer
from tests.machine.sites import Site

RUN, WINDOW, OPEN, PROBE = 5, 60, 30, 20
"""Of a breaker: failures that open it within a window; for how long; and how long one trial is waited for."""
UNLIMITED = 10**9


class No(Exception):
    """The model refuses, as the product does by the exception of this name with these attributes."""

    def __init__(self, name: str, **facts: Any) -> None:
        super().__init__(name, facts)
        self.name, self.facts = name, facts


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One send that somebody asks for."""

    number: str
    channels: tuple[str, ...]
    """The one to begin with, and those that follow while it is refused."""
    user: int | None
    address: str | None
    fresh: bool
    """For a new attempt, not for one that goes on."""
    owner: bool
    """By the number's verified owner."""


@dataclass
class Window:
    """The uses of one rate by one value."""

    count: int = 0
    ends: int = 0

    def left(self, now: int) -> int:
        return max(self.ends - now, 0)


@dataclass(frozen=True)
class Use:
    """One use that is wanted of one rate."""

    scope: str
    value: str
    count: int
    period: int
    allowed: int


@dataclass
class Books:
    """All that is counted on one site."""

    site: Site
    windows: dict[Use, Window] = field(default_factory=dict)
    breakers: dict[str, Window] = field(default_factory=dict)

    def admit(self, ask: Ask, now: int) -> list[Use]:
        """Return the uses that are taken. Raises No where one of them is used up, or no provider may be called."""
        uses = self._uses(ask)
        waits = [
            (self._window(use).left(now), use.scope)
            for use in uses
            if self._window(use).left(now) and self._window(use).count >= use.allowed
        ]
        if waits:
            longest = max(waits)[0]
            raise No("RateLimited", scope={scope for wait, scope in waits if wait == longest}, retry_after=longest)
        providers = {self.site.providers.get(channel, "default") for channel in ask.channels}
        closed_for = [self._breaker_wait(provider, now) for provider in providers]
        if all(closed_for):
            raise No("ProviderUnavailable", retry_after=min(closed_for))
        return uses

    def take(self, uses: list[Use], now: int) -> None:
        for use in uses:
            window = self._window(use)
            if not window.left(now):
                window.count, window.ends = 0, now + use.period
            window.count += 1

    def running(self, now: int) -> list[tuple[str, int]]:
        """Return scope and count of all windows that are open."""
        limits = [(use.scope, window.count) for use, window in self.windows.items() if window.left(now)]
        return sorted(limits + [("breaker", one.count) for one in self.breakers.values() if one.left(now)])

    def breakers_now(self) -> dict[str, int]:
        """Return the failures of each provider: a request is judged by how they stood when it began."""
        return {provider: window.count for provider, window in self.breakers.items()}

    def lets_through(self, provider: str, before: dict[str, int], now: int) -> bool:
        breaker = self.breakers.setdefault(provider, Window())
        if before.get(provider, 0) < RUN:
            return True
        if breaker.count < RUN:
            return True
        if breaker.left(now):
            return False
        breaker.ends = now + PROBE
        return True

    def tell(self, provider: str, before: dict[str, int], answer: Answer, now: int) -> None:
        breaker = self.breakers[provider]
        if answer in {Answer.UNREACHABLE, Answer.TIMEOUT, Answer.CREDENTIALS}:
            if not breaker.left(now) and breaker.count < RUN:
                breaker.count, breaker.ends = 0, now + WINDOW
            breaker.count = RUN if answer is Answer.CREDENTIALS else min(breaker.count + 1, RUN)
            if breaker.count == RUN:
                breaker.ends = now + OPEN
        elif answer in {Answer.ACCEPTED, Answer.OTHER_CODE, Answer.REJECTED} and before.get(provider):
            breaker.count, breaker.ends = 0, now

    def _breaker_wait(self, provider: str, now: int) -> int:
        breaker = self.breakers.get(provider, Window())
        return breaker.left(now) if breaker.count >= RUN else 0

    def _window(self, use: Use) -> Window:
        key = Use(use.scope, use.value, use.count, use.period, allowed=0)
        return self.windows.setdefault(key, Window())

    def _uses(self, ask: Ask) -> list[Use]:
        bucket = "owner" if ask.owner else "phone"
        values = {
            bucket: ask.number,
            "ip": ask.address,
            "user": None if ask.user is None else str(ask.user),
            "prefix": ask.number[:-4],
            "region": "UA",
            "site": "all of it",
        }
        uses = []
        if ask.fresh and self.site.cooldown:
            uses.append(Use("cooldown", f"{bucket} {ask.number}", 1, self.site.cooldown, allowed=1))
        for scope, value in values.items():
            for count, period in self.site.limits.get(scope, []):
                allowed = count
                if ask.owner and scope in {"ip", "prefix", "region"}:
                    allowed = UNLIMITED
                elif scope == "site" and not ask.owner:
                    allowed = count * 9 // 10
                if value is not None:
                    uses.append(Use(scope, value, count, period, allowed))
        return uses
