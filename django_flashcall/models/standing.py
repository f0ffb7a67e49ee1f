"""Where an attempt stands: what is derived from its row, its deliveries and the database's clock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django_flashcall.conf import Purpose
from django_flashcall.models.attempts import VerificationAttempt
from django_flashcall.models.clock import since, until
from django_flashcall.models.deliveries import Delivery


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An attempt with its deliveries, as they stood when the database was asked. Times are in seconds."""

    attempt: VerificationAttempt
    deliveries: tuple[Delivery, ...]
    """Oldest first; never empty."""
    attempt_left: float
    """Until the attempt's own expiry; negative afterwards."""
    continue_in: float
    """Until it takes no further delivery; negative afterwards."""
    verified_ago: float | None
    read_at: datetime
    """When this process had the answer. Only for turning seconds into the moment that a reply shows."""

    @classmethod
    def read(cls, using: str, *, lock: bool = False, **lookup: object) -> Standing | None:
        """Return the standing of the attempt that `lookup` finds, in one SELECT; None where there is none.

        `lock` holds the rows until the end of the transaction and reads what others have committed meanwhile.
        """
        rows = (
            Delivery.objects.using(using)
            .filter(**{f"attempt__{key}": value for key, value in lookup.items()})
            .select_related("attempt")
            .with_clock()
            .annotate(
                attempt_left=until("attempt__expires_at"),
                attempt_continue=until("attempt__continue_until"),
                attempt_verified=since("attempt__verified_at"),
            )
            .order_by("created_at", "id")
        )
        deliveries = tuple(rows.select_for_update() if lock else rows)
        if not deliveries:
            return None
        last = deliveries[-1]
        standing = cls(
            attempt=last.attempt,
            deliveries=deliveries,
            attempt_left=_seconds(last.attempt_left),
            continue_in=_seconds(last.attempt_continue),
            verified_ago=None if last.attempt_verified is None else _seconds(last.attempt_verified),
            read_at=datetime.now(UTC),
        )
        last.attempt.standing = standing
        return standing

    @classmethod
    def by_id(cls, attempt_id: uuid.UUID, using: str, *, lock: bool = False) -> Standing | None:
        """Return the standing of one attempt, in one SELECT; None where there is none."""
        return cls.read(using, lock=lock, pk=attempt_id)

    @property
    def state(self) -> str:
        """`verified`, `canceled`, `exhausted`, `failed`, `expired` or `pending`."""
        if self.attempt.status != VerificationAttempt.Status.PENDING:
            return str(self.attempt.status)
        if self.attempt.checks_left == 0:
            return "exhausted"
        if self.live:
            return "pending"
        return "failed" if self.newest.refused else "expired"

    @property
    def newest(self) -> Delivery:
        """The latest delivery."""
        return self.deliveries[-1]

    @property
    def live(self) -> list[Delivery]:
        """The deliveries whose code is accepted now."""
        return [delivery for delivery in self.deliveries if delivery.live] if self.attempt_left > 0 else []

    @property
    def expires_in(self) -> float:
        """Until its last code expires; where none is accepted any more, until the attempt's own expiry or now."""
        return max((_seconds(delivery.left) for delivery in self.live), default=min(self.attempt_left, 0))

    @property
    def closed(self) -> str | None:
        """Why the attempt takes no further delivery, or None."""
        if self.state in {"verified", "canceled", "exhausted"}:
            return self.state
        return "expired" if self.continue_in <= 0 else None

    @property
    def expires_at(self) -> datetime:
        """When its last code expires or expired, on this process's clock."""
        return self.read_at + timedelta(seconds=self.expires_in)

    def next_channel(self, purpose: Purpose) -> str | None:
        """Return the channel to offer next: the first one not used yet. None where there is nothing better to offer.

        An attempt that failed or expired and has used them all begins again with the one after its newest.
        """
        if self.closed:
            return None
        used = [delivery.channel for delivery in self.deliveries]
        for channel in purpose.channels:
            if channel not in used:
                return channel
        if self.live:
            return None
        following = purpose.channels.index(used[-1]) + 1 if used[-1] in purpose.channels else 0
        return purpose.channels[following % len(purpose.channels)]

    def wait_for(self, channel: str, purpose: Purpose) -> float:
        """Return the seconds until a further delivery over `channel` may be made; 0 where it may at once."""
        if not self.live:
            return 0
        earlier = [delivery for delivery in self.deliveries if delivery.channel == channel and not delivery.refused]
        if earlier:
            return max(purpose.cooldown - _seconds(earlier[-1].age), 0)
        if self.newest.refused or self.newest.known_status == Delivery.Status.UNKNOWN:
            return 0
        return max(purpose.fallback_after - _seconds(self.newest.age), 0)


def _seconds(duration: timedelta) -> float:
    return duration.total_seconds()
