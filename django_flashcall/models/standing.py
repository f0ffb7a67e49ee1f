"""Where an attempt stands: what is derived from its row, its deliveries and the database's clock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Model
from django.db.models.sql import Query

from django_flashcall.conf import Purpose
from django_flashcall.models.attempts import VerificationAttempt
from django_flashcall.models.clock import since, until
from django_flashcall.models.deliveries import Delivery
from django_flashcall.models.prepared import Param, Prepared


def _columns(model: type[Model], without: set[str]) -> list[str]:
    """Return the columns that are read at once; those left out are read when somebody asks for them."""
    return [field.attname for field in model._meta.concrete_fields if field.attname not in without]


TIMES = {"created_at", "continue_until", "verified_at", "delivered_at", "due_at"}
"""What matters of them is read as a difference to the database's clock. Until when a code is accepted is read as it is,
too: the statement that settles an attempt judges it again."""
ATTEMPT_COLUMNS = _columns(
    VerificationAttempt, TIMES | {"expires_at", "phone_digest", "idempotency_digest", "ip_address", "user_agent"}
)
DELIVERY_COLUMNS = _columns(Delivery, TIMES | {"provider_message_id", "error_code", "cost", "currency", "polls"})
DELIVERY = len(DELIVERY_COLUMNS)
CLOCKS = 6
"""Columns that the database's clock makes: of the delivery age, time left and time until it is due, then three of the
attempt."""


def _rows(column: str, lock: bool) -> Query:
    """A row for each delivery of an attempt: its columns, those of the attempt, and what the clock says of them."""
    value = Param.of(VerificationAttempt, column)
    rows = Delivery.objects.filter(**{f"attempt__{column}": value}).order_by("created_at", "id")
    columns = DELIVERY_COLUMNS + [f"attempt__{name}" for name in ATTEMPT_COLUMNS]
    clocks = (
        since("created_at"),
        until("expires_at"),
        until("due_at"),
        until("attempt__expires_at"),
        until("attempt__continue_until"),
        since("attempt__verified_at"),
    )
    return (rows.select_for_update() if lock else rows).values_list(*columns, *clocks).query


ROWS = Prepared(_rows)


def _attempt_clocks() -> dict[str, Any]:
    return {"left": until("expires_at"), "continues": until("continue_until"), "verified_for": since("verified_at")}


def _delivery(using: str, attempt: VerificationAttempt, row: tuple[Any, ...]) -> Delivery:
    delivery = Delivery.from_db(using, DELIVERY_COLUMNS, row[:DELIVERY])
    delivery.attempt = attempt
    delivery.age, delivery.left, delivery.due_in = row[-CLOCKS : 3 - CLOCKS]
    return delivery


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

        `lookup` names one column of the attempt and its value. `lock` holds the rows until the end of the transaction
        and reads what others have committed meanwhile.
        """
        (column,) = lookup
        if lock:  # the attempt before its deliveries, as everywhere
            VerificationAttempt.objects.using(using).select_for_update().filter(**lookup).first()
        rows = ROWS.select(using, column, lock, **lookup)
        if not rows:
            return None
        attempt_values, (*_, left, can_continue, verified) = rows[0][DELIVERY:-CLOCKS], rows[0]
        attempt = VerificationAttempt.from_db(using, ATTEMPT_COLUMNS, attempt_values)
        standing = cls(
            attempt=attempt,
            deliveries=tuple(_delivery(using, attempt, row) for row in rows),
            attempt_left=left.total_seconds(),
            continue_in=can_continue.total_seconds(),
            verified_ago=None if verified is None else verified.total_seconds(),
            read_at=datetime.now(UTC),
        )
        attempt.standing = standing
        return standing

    @classmethod
    def by_id(cls, attempt_id: uuid.UUID, using: str, *, lock: bool = False) -> Standing | None:
        """Return the standing of one attempt, in one SELECT; None where there is none."""
        return cls.read(using, lock=lock, id=attempt_id)

    @classmethod
    def whole(cls, attempt_id: uuid.UUID, using: str) -> Standing | None:
        """Return the standing of one attempt with every column of its rows, in two SELECTs; None where there is none.

        For whoever tells its story; what decides something reads it in one.
        """
        attempts = VerificationAttempt.objects.using(using).select_related("user").annotate(**_attempt_clocks())
        attempt: Any = attempts.filter(pk=attempt_id).first()
        rows = Delivery.objects.using(using).with_clock().filter(attempt_id=attempt_id).order_by("created_at", "id")
        deliveries = tuple(rows) if attempt else ()
        if not deliveries:
            return None
        for delivery in deliveries:
            delivery.attempt = attempt
        attempt.standing = cls(
            attempt=attempt,
            deliveries=deliveries,
            attempt_left=attempt.left.total_seconds(),
            continue_in=attempt.continues.total_seconds(),
            verified_ago=None if attempt.verified_for is None else attempt.verified_for.total_seconds(),
            read_at=datetime.now(UTC),
        )
        return attempt.standing  # type: ignore[no-any-return]

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
    def started_ago(self) -> float:
        """Since its first delivery, which was written with it."""
        return self.deliveries[0].age.total_seconds()

    @property
    def live(self) -> list[Delivery]:
        """The deliveries whose code is accepted now."""
        return [delivery for delivery in self.deliveries if delivery.live] if self.attempt_left > 0 else []

    @property
    def expires_in(self) -> float:
        """Until its last code expires; where none is accepted any more, until the attempt's own expiry or now."""
        return max((delivery.left.total_seconds() for delivery in self.live), default=min(self.attempt_left, 0))

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

    @property
    def waited_for(self) -> bool:
        """Somebody may be waiting for a code: one that was sent could still be entered, and another be sent."""
        return not self.closed and self.attempt_left > 0

    def unused_channel(self, purpose: Purpose) -> str | None:
        """Return the first channel of the purpose that no delivery has used."""
        used = {channel for delivery in self.deliveries for channel in delivery.channels}
        return next((channel for channel in purpose.channels if channel not in used), None)

    def next_channel(self, purpose: Purpose) -> str | None:
        """Return the channel to offer next: the first one not used yet. None where there is nothing better to offer.

        An attempt that failed or expired and has used them all begins again with the one after its newest.
        """
        if self.closed:
            return None
        unused = self.unused_channel(purpose)
        if unused or self.live:
            return unused
        last = self.newest.channels[-1]
        following = purpose.channels.index(last) + 1 if last in purpose.channels else 0
        return purpose.channels[following % len(purpose.channels)]

    def wait_for(self, channel: str, purpose: Purpose) -> float:
        """Return the seconds until a further delivery over `channel` may be made; 0 where it may at once."""
        if not self.live:
            return 0
        earlier = [delivery for delivery in self.deliveries if channel in delivery.channels and not delivery.refused]
        if earlier:
            return _left(purpose.cooldown, earlier[-1])
        if self.newest.refused or self.newest.known_status == Delivery.Status.UNKNOWN:
            return 0
        return _left(purpose.fallback_after, self.newest)


def _left(seconds: int, delivery: Delivery) -> float:
    """Return what is left of `seconds` since a delivery.

    It may be from after our statement began: another request committed it while we waited for a lock.
    """
    return min(max(seconds - delivery.age.total_seconds(), 0), seconds)
