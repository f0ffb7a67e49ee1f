"""What the clients did and were told: the side of the books that the site does not keep."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """How it went for one honest person."""

    who: str
    """`owner`, who logs in, or `newcomer`, who signs up."""
    end: str
    """`in`; `told`, where a refusal said why or for how long; `stuck`, where nothing could be done."""
    seconds: float
    why: str = ""
    broken: int = 0
    """Answers that never came."""


class Ledger:
    """Written by all clients at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.answers: Counter[tuple[str, str, int, str]] = Counter()
        """By client, request, status and error code; status 0 is a connection that broke."""
        self.faults: list[str] = []
        """What no client may ever be told."""
        self.deeds: Counter[str] = Counter()
        """What the clients made happen, so that a storm that was none shows."""
        self.outcomes: list[Outcome] = []
        self.entered: defaultdict[str, set[str]] = defaultdict(set)
        """By attempt: codes that were entered."""
        self.told_wrong: Counter[str] = Counter()
        """By attempt: how often a code was said to be wrong."""
        self.told_right: list[tuple[str, str]] = []
        """Attempt and code, each time it was said to be right."""
        self.redeemed: Counter[str] = Counter()
        """By proof: how many different requests were told that it let them in."""
        self.promised: set[str] = set()
        """Ids of attempts that a client was given."""

    def answered(self, who: str, request: str, status: int, error: str) -> None:
        with self._lock:
            self.answers[who, request, status, error] += 1

    def fault(self, text: str) -> None:
        with self._lock:
            self.faults.append(text)

    def did(self, what: str) -> None:
        with self._lock:
            self.deeds[what] += 1

    def ended(self, outcome: Outcome) -> None:
        with self._lock:
            self.outcomes.append(outcome)

    def started(self, attempt_id: str) -> None:
        with self._lock:
            self.promised.add(attempt_id)

    def enters(self, attempt_id: str, code: str) -> None:
        with self._lock:
            self.entered[attempt_id].add(code)

    def judged(self, attempt_id: str, code: str, *, right: bool) -> None:
        with self._lock:
            if right:
                self.told_right.append((attempt_id, code))
            else:
                self.told_wrong[attempt_id] += 1

    def let_in(self, proof: str) -> None:
        with self._lock:
            self.redeemed[proof] += 1
