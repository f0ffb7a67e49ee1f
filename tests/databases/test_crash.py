"""PostgreSQL crashes while many are asking and guessing: afterwards the books agree."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection, connections

from django_flashcall import services
from django_flashcall.exceptions import RateLimited
from django_flashcall.models import Delivery, VerificationAttempt
from tests.databases.cluster import Cluster
from tests.providers.server import Server

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.only_on("postgresql", why="it needs a server of its own, which is PostgreSQL's"),
]

PEOPLE = 8
CALLS = 40
"""How many are placed before each crash."""
CRASHES = 2


@pytest.fixture
def cluster(connect_with: Any) -> Iterator[Cluster]:
    """A server of this test's own, with our tables."""
    cluster = Cluster()
    connect_with(**cluster.settings)
    call_command("migrate", verbosity=0)
    yield cluster
    connection.close()
    cluster.close()


class People:
    """Ask for codes of ever new numbers and enter wrong codes and the right one, until they are told to stop."""

    def __init__(self, smsbat: Server) -> None:
        self._smsbat = smsbat
        self._numbers = (f"+38050123{number}" for number in itertools.count(1000))
        self._lock = threading.Lock()
        self.stop = threading.Event()
        self.lost = 0
        """How often the database was away."""
        self.told: list[tuple[uuid.UUID, str]] = []
        """What they were told of their codes."""

    def live(self) -> None:
        try:
            while not self.stop.is_set():
                with self._lock:
                    number = next(self._numbers)
                self._verify(number)
        finally:
            connections.close_all()

    def _verify(self, number: str) -> None:
        attempt = self._insist(lambda: services.request_verification(number))
        if attempt is None:
            return
        code = next(
            str(request.message["text"]) for request in self._smsbat.requests if request.message["to"] == number
        )
        for entered in ("0000", "0001", code):  # no code begins with 0
            outcome = self._insist(lambda entered=entered: services.verify(attempt.pk, code=entered))
            self.told.append((attempt.pk, str(outcome.status)))

    def _insist(self, call: Any) -> Any:
        """Return what a call returns, made again as long as the database is away; None where it is refused then."""
        while True:
            try:
                return call()
            except (OperationalError, InterfaceError):
                if self.stop.is_set():
                    raise
                self.lost += 1
                connection.close()
                self.stop.wait(0.02)
            except RateLimited:
                return None


def test_the_books_agree(cluster: Cluster, site: Any, smsbat: Server) -> None:
    site(LIMITS={"prefix": "", "site": ""})
    people = People(smsbat)
    with ThreadPoolExecutor(PEOPLE) as pool:
        lives = [pool.submit(people.live) for _ in range(PEOPLE)]
        try:
            for _ in range(CRASHES):
                smsbat.await_requests(len(smsbat.requests) + CALLS)
                cluster.crash()
            smsbat.await_requests(len(smsbat.requests) + CALLS)
        finally:
            people.stop.set()  # whatever happened: the pool waits for them
    for life in lives:
        life.result()
    connection.close()  # which the crash has broken as well
    assert people.lost >= CRASHES

    called = [request.message for request in smsbat.requests]
    assert max(Counter(message["to"] for message in called).values()) == 1
    written = set(Delivery.objects.values_list("id", flat=True))
    assert {uuid.UUID(message["customerMessageId"]) for message in called} <= written

    attempts = VerificationAttempt.objects.in_bulk()
    for pk, times in Counter(pk for pk, status in people.told if status == "invalid_code").items():
        assert times <= attempts[pk].checks <= attempts[pk].max_checks
    for pk, status in people.told:
        assert status in {"invalid_code", "verified", "exhausted"}
        assert (status == "verified") <= (attempts[pk].status == "verified")
