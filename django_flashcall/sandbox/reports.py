"""Delivery reports to the site: one when a message has ended, and on demand such as a site has to bear with."""

from __future__ import annotations

import heapq
import itertools
import re
import secrets
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import requests
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_flashcall.exceptions import ConfigurationError
from django_flashcall.sandbox.exchange import Carried, DeliveryStatus

ADDRESS = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?(/[!-~]*)?", re.ASCII)
TIMEOUT: Final = 5
"""Seconds that the site may take for an answer."""
MOST_SENT: Final = 1000


class Kind(StrEnum):
    """What can be asked for."""

    LATE = "late"
    """Of the oldest message."""
    TWICE = "twice"
    OUT_OF_ORDER = "out_of_order"
    """The end, and then the beginning."""
    FORGED = "forged"
    """A lie, with a wrong secret and with the right one."""
    UNKNOWN = "unknown"
    """Of a message that there is not."""


LABELS: Final[dict[Kind, str | Promise]] = {
    Kind.LATE: _("Late"),
    Kind.TWICE: _("Twice"),
    Kind.OUT_OF_ORDER: _("Out of order"),
    Kind.FORGED: _("Forged"),
    Kind.UNKNOWN: _("Unknown message"),
}


@dataclass(order=True)
class Post:
    """One report on its way."""

    due: float
    """By `time.monotonic()`."""
    number: int
    """Of two that are due at once, the first goes first."""
    phone_number: str = field(compare=False)
    body: dict[str, Any] = field(compare=False)
    forged: bool = field(compare=False, default=False)
    """Whether it is sent with a wrong secret."""


class Reporter:
    """Posts reports, each when it is due, on a thread of its own. The site's answers are kept, at most 1,000."""

    def __init__(self) -> None:
        self.url: str | None = None
        self._changed = threading.Condition()
        self._posts: list[Post] = []
        self._sent: deque[tuple[str, dict[str, Any]]] = deque(maxlen=MOST_SENT)
        self._numbers = itertools.count()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="flashcall-sandbox-reports", daemon=True)
        self._thread.start()

    def report_to(self, url: str | None) -> None:
        """Send reports to `url` from now on, to nobody where it is None. Raises ConfigurationError."""
        if url is not None and not ADDRESS.fullmatch(url):
            raise ConfigurationError("The sandbox reports only to http:// addresses of this machine.")
        self.url = url

    def follow(self, carried: Carried) -> None:
        """Report how a message that was taken has ended, as soon as it has."""
        if self.url is not None and carried.accepted:
            self._post(carried.settled_at, carried.message.to, _body(carried, carried.ending))

    def demand(self, kind: Kind, messages: list[Carried]) -> int:
        """Send reports of messages to one number, the newest first, and return how many."""
        newest, oldest, now = messages[0], messages[-1], time.monotonic()
        arrived = newest.ending is DeliveryStatus.DELIVERED
        lie = _body(newest, DeliveryStatus.UNDELIVERABLE if arrived else DeliveryStatus.DELIVERED)
        bodies = {
            Kind.LATE: [_body(oldest, oldest.ending)],
            Kind.TWICE: [_body(newest, newest.ending)] * 2,
            Kind.OUT_OF_ORDER: [_body(newest, newest.ending), _body(newest, DeliveryStatus.PROCESSING)],
            Kind.FORGED: [lie, lie],
            Kind.UNKNOWN: [{**_body(newest, newest.ending), "messageId": uuid.uuid4().hex}],
        }[kind]
        for place, body in enumerate(bodies):
            self._post(now, newest.message.to, body, forged=kind is Kind.FORGED and place == 0)
        return len(bodies)

    def sent(self, phone_number: str) -> list[dict[str, Any]]:
        """Return the reports of messages to a number, the newest first, each with the status of the site's answer."""
        with self._changed:
            return [report for to, report in reversed(self._sent) if to == phone_number]

    def stop(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join()

    def _post(self, due: float, phone_number: str, body: dict[str, Any], *, forged: bool = False) -> None:
        with self._changed:
            heapq.heappush(self._posts, Post(due, next(self._numbers), phone_number, body, forged))
            self._changed.notify_all()

    def _run(self) -> None:
        with requests.Session() as site:
            site.trust_env = False  # a proxy that the environment names does not know this machine's ports
            while post := self._next():
                report = {**post.body, "forged": post.forged, "answer": self._answer(site, post)}
                with self._changed:
                    self._sent.append((post.phone_number, report))

    def _next(self) -> Post | None:
        """Return the next report when it is due, None when there is no more to do."""
        with self._changed:
            while not self._ended:
                wait = self._posts[0].due - time.monotonic() if self._posts else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._posts)
                self._changed.wait(wait)
            return None

    def _answer(self, site: requests.Session, post: Post) -> int | None:
        if self.url is None:
            return None
        url = _with_another_secret(self.url) if post.forged else self.url
        try:
            return site.post(url, json=post.body, timeout=TIMEOUT, allow_redirects=False).status_code
        except requests.RequestException:
            return None


def _body(carried: Carried, status: DeliveryStatus) -> dict[str, Any]:
    """Return a report as SMSBAT documents it."""
    cost = {"cost": carried.cost_of(status)} if status is not DeliveryStatus.PROCESSING else {}
    timestamp = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"messageId": carried.id, "deliverystatus": status.value, "timestamp": timestamp, **cost}


def _with_another_secret(url: str) -> str:
    """Return `url` with something else for its last part, which is the secret."""
    before, _, secret = url.rstrip("/").rpartition("/")
    return f"{before}/{secrets.token_urlsafe(len(secret))[: len(secret)]}/"
