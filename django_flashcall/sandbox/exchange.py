"""What the sandbox remembers: the messages that it took, and what each handset got."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from django_flashcall.sandbox.events import Event
from django_flashcall.sandbox.messages import SentMessage
from django_flashcall.sandbox.scenarios import scenario

MOST_HANDSETS: Final = 1000
MOST_EVENTS: Final = 50
"""Of one handset."""
MOST_MESSAGES: Final = 10_000
COST: Final = 0.05
"""Of one message that arrived."""


class DeliveryStatus(StrEnum):
    """What became of a message, in SMSBAT's words."""

    PROCESSING = "processing"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    NOT_USED = "not_used"
    """Of a fallback: an earlier message arrived, or may still arrive."""


@dataclass(frozen=True, kw_only=True)
class Carried:
    """A message that the sandbox took, and how it ends."""

    list_id: int
    id: str
    message: SentMessage
    accepted: bool
    endings: tuple[DeliveryStatus, ...]
    """Of the message, then of each of its fallbacks."""
    settled_at: float
    """When `GET /bat/message/{id}` begins to tell the endings, by `time.monotonic()`."""

    @property
    def ending(self) -> DeliveryStatus:
        """How it ends altogether."""
        arrived = DeliveryStatus.DELIVERED in self.endings
        return DeliveryStatus.DELIVERED if arrived else DeliveryStatus.UNDELIVERABLE

    @property
    def settled(self) -> bool:
        return self.settled_at <= time.monotonic()

    def cost_of(self, status: DeliveryStatus) -> float:
        """Return what it costs, if it has come to `status`."""
        return COST if status is DeliveryStatus.DELIVERED else 0.0


class Exchange:
    """Takes messages and hands them to handsets. Its methods may be called from any thread.

    What is oldest is forgotten first: 50 events of a handset, 1,000 handsets, 10,000 messages are kept. `settles_after`
    is for how many seconds a message that was taken is under way.
    """

    def __init__(self, settles_after: float) -> None:
        self._settles_after = settles_after
        self._lock = threading.Lock()
        self._list_ids = itertools.count(100_001)
        self._handsets: OrderedDict[str, deque[Event]] = OrderedDict()
        self._messages: OrderedDict[str, Carried] = OrderedDict()

    def take(self, messages: tuple[SentMessage, ...]) -> list[Carried]:
        """Carry the messages of one request and return what became of them."""
        with self._lock:
            list_id = next(self._list_ids)
            return [self._carry(message, list_id) for message in messages]

    def message(self, message_id: str) -> Carried | None:
        with self._lock:
            return self._messages.get(message_id)

    def messages_to(self, phone_number: str) -> list[Carried]:
        """Return the messages to a number that were taken, the newest first."""
        with self._lock:
            carried = reversed(self._messages.values())
            return [one for one in carried if one.message.to == phone_number and one.accepted]

    def events(self, phone_number: str) -> list[Event]:
        """Return what a handset got, newest first."""
        with self._lock:
            return list(self._handsets.get(phone_number, ()))

    def numbers(self) -> list[str]:
        """Return the numbers of the handsets that got something, the latest first."""
        with self._lock:
            return list(reversed(self._handsets))

    def _carry(self, message: SentMessage, list_id: int) -> Carried:
        accepted = scenario(message.to, message.type).accepted
        carried = Carried(
            list_id=list_id,
            id=uuid.uuid4().hex,
            message=message,
            accepted=accepted,
            endings=self._deliver(message),
            settled_at=time.monotonic() + (self._settles_after if accepted else 0),
        )
        self._messages[carried.id] = carried
        if len(self._messages) > MOST_MESSAGES:
            self._messages.popitem(last=False)
        return carried

    def _deliver(self, message: SentMessage) -> tuple[DeliveryStatus, ...]:
        statuses = [self._hand_over(message)]
        # A rejected message was never taken, and so has no fallbacks to go on to.
        ended = not scenario(message.to, message.type).accepted
        for fallback in message.fallbacks:
            ended = ended or DeliveryStatus.DELIVERED in statuses
            statuses.append(DeliveryStatus.NOT_USED if ended else self._hand_over(fallback))
        return tuple(statuses)

    def _hand_over(self, message: SentMessage) -> DeliveryStatus:
        ending = scenario(message.to, message.type)
        if not ending.delivered:
            return DeliveryStatus.UNDELIVERABLE
        events = self._handsets.setdefault(message.to, deque(maxlen=MOST_EVENTS))
        sender = None if ending.withheld else message.sender
        events.appendleft(Event(type=message.type, sender=sender, text=message.text, at=datetime.now(UTC)))
        self._handsets.move_to_end(message.to)
        if len(self._handsets) > MOST_HANDSETS:
            self._handsets.popitem(last=False)
        return DeliveryStatus.DELIVERED
