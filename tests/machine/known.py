"""What the model knows of its attempts at this moment, and what it would tell of them."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

from tests.machine.attempts import CONTINUE, REQUEST_DEADLINE, Attempt, Delivery, refused
from tests.machine.books import Books, No
from tests.machine.provider import Answer
from tests.machine.sites import Site


class Known:
    """A site with all its attempts, in which nothing happens."""

    def __init__(self, site: Site) -> None:
        self.site, self.now = site, 0
        self.books = Books(site)
        self.attempts: list[Attempt] = []
        self.owners: dict[str, tuple[int, str]] = {}
        """Number to its owner and the channel that proved it."""
        self.proofs: list[tuple[Attempt, str]] = []
        self.answers: deque[Answer] = deque()
        self.handed: deque[Any] = deque()
        """What the provider was given in this step and the model has not yet accounted for."""
        self.signals: Counter[str] = Counter()

    def find(self, attempt: Attempt | None, user: int | None) -> Attempt:
        if attempt is None:
            raise No("AttemptNotFound")
        mine = attempt.user is None or attempt.user == user
        if not mine and (user is not None or attempt.rules.api):
            raise No("AttemptNotFound")
        return attempt

    def live(self, attempt: Attempt) -> list[Delivery]:
        return [one for one in attempt.deliveries if not refused(one) and one.expires > self.now]

    def state(self, attempt: Attempt) -> str:
        if attempt.status != "pending":
            return attempt.status
        if not attempt.checks_left:
            return "exhausted"
        if self.live(attempt):
            return "pending"
        return "failed" if refused(attempt.deliveries[-1]) else "expired"

    def closed(self, attempt: Attempt) -> str | None:
        state = self.state(attempt)
        if state in {"verified", "canceled", "exhausted"}:
            return state
        return "expired" if self.now >= attempt.created + CONTINUE else None

    def next_channel(self, attempt: Attempt) -> str | None:
        channels, used = attempt.rules.channels, [one.channel for one in attempt.deliveries]
        if self.closed(attempt):
            return None
        if unused := [channel for channel in channels if channel not in used]:
            return unused[0]
        return None if self.live(attempt) else channels[(channels.index(used[-1]) + 1) % len(channels)]

    def wait_for(self, attempt: Attempt, channel: str) -> int:
        """Return the seconds until a further delivery over the channel may be made."""
        if not self.live(attempt):
            return 0
        newest = attempt.deliveries[-1]
        if earlier := [one for one in attempt.deliveries if one.channel == channel and not refused(one)]:
            return max(earlier[-1].created + self.site.cooldown - self.now, 0)
        if refused(newest) or newest.status == "unknown" or self.abandoned(newest):
            return 0
        return max(newest.created + self.site.fallback_after - self.now, 0)

    def abandoned(self, delivery: Delivery) -> bool:
        return delivery.status == "created" and self.now - delivery.created >= REQUEST_DEADLINE
