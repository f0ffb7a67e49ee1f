"""What may be done, and with what."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.machine.provider import Answer
from tests.machine.sites import NUMBERS, PURPOSES

HIMSELF = "himself"
"""Whoever the attempt was started for."""
ITS_OWN = "its own"
"""That of the attempt which the proof proves."""
CALLED = ["right caller ID", "wrong caller ID", "withheld caller ID"]
CODES = [
    *["newest code"] * 4,
    *["wrong code"] * 5,
    "oldest code",
    "other attempt's code",
    "spaced",
    "full width",
    "letters",
]
WHO = [HIMSELF, HIMSELF, HIMSELF, None, 0, 1, "anonymous"]
BACK = [0, 0, 0, 0, 0, 1, 1, 2, 3, None]
"""Which attempt or proof, counted from the newest; None for one that does not exist."""
ADDRESSES = [None, "93.184.216.34", "93.184.216.35"]
CHANNELS = [None, None, None, "sms", "flashcall", "voice"]
OUTAGE = [Answer.UNREACHABLE] * 6

KINDS: dict[str, tuple[int, dict[str, list[Any]]]] = {
    "request": (
        5,
        {
            "number": [NUMBERS[0], NUMBERS[0], *NUMBERS],
            "purpose": ["signup", *PURPOSES],
            "user": [None, None, 0, 0, 1, 2, "anonymous"],
            "channel": CHANNELS,
            "context": ["", "", "order 7"],
            "address": ADDRESSES,
            "key": [*[""] * 5, "a key of sixteen.", "another key of it"],
        },
    ),
    "verify": (6, {"back": BACK, "entered": CODES + CALLED, "who": WHO}),
    "fall_back": (4, {"back": BACK, "channel": CHANNELS, "who": WHO, "address": ADDRESSES}),
    "cancel": (2, {"back": BACK, "who": WHO}),
    "redeem": (
        3,
        {
            "back": BACK,
            "purpose": [*[ITS_OWN] * 6, *PURPOSES],
            "number": [None, None, None, ITS_OWN, *NUMBERS],
            "who": [HIMSELF, HIMSELF, 0, 1, 2, None],
            "context": [*[ITS_OWN] * 5, "", "order 8"],
        },
    ),
    "own_phone": (1, {"back": BACK, "user": [0, 0, 1, 2]}),
    "clock": (5, {"seconds": [10, 10, 20, 20, 30, 30, 40, 40, 60, 90, 120, 300, 600, 1200, 86400]}),
    "provider": (3, {"answers": [*([answer] for answer in Answer), [Answer.REJECTED] * 2, OUTAGE]}),
}
"""Each step with how often it comes, and its arguments with what they may be."""


def one_step(kind: str) -> SearchStrategy[tuple[str, dict[str, Any]]]:
    arguments = {name: st.sampled_from(values) for name, values in KINDS[kind][1].items()}
    return st.tuples(st.just(kind), st.fixed_dictionaries(arguments))


CHOICE = {kind: one_step(kind) for kind in KINDS}
STEP = st.sampled_from([kind for kind, (weight, _arguments) in KINDS.items() for _ in range(weight)]).flatmap(
    CHOICE.get
)
