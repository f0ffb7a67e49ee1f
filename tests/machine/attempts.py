"""The model's attempts and deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.machine.sites import CODE_LENGTH, PURPOSES, Rates, Rules

CONTINUE = 600
REQUEST_DEADLINE = 15
REFUSED = {"rejected", "failed"}


@dataclass(eq=False)
class Delivery:
    """One call or message."""

    channel: str
    created: int
    expires: int
    status: str = "created"
    error_code: str = ""
    code: str | None = None
    """The digits that the phone got; None where the provider was not even asked."""


@dataclass(eq=False)
class Attempt:
    """One person's try."""

    number: str
    purpose: str
    user: int | None
    owner: bool
    context: str
    max_checks: int
    created: int
    key: tuple[object, ...] | None
    status: str = "pending"
    checks: int = 0
    expires: int = 0
    verified: int | None = None
    redeemed: bool = False
    deliveries: list[Delivery] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    """When each wrong code was counted."""

    @property
    def rules(self) -> Rules:
        return PURPOSES[self.purpose]

    @property
    def checks_left(self) -> int:
        return self.max_checks - self.checks

    def open_for(self, now: int) -> int:
        """Return the seconds for which it may still spend its checks."""
        if self.status != "pending" or not self.checks_left:
            return 0
        return max(self.expires - now, self.created + CONTINUE - now, 0)


def refused(delivery: Delivery) -> bool:
    """Tell whether it is certain that it did not reach the phone."""
    return delivery.status in REFUSED


def digits_for(delivery: Delivery, code: str | None, caller_id: str | None) -> str | None:
    """Return the digits that were entered for one delivery; None where none could be its code."""
    length = CODE_LENGTH[delivery.channel]
    if caller_id is not None:
        return caller_id[-length:] if delivery.channel == "flashcall" and len(caller_id) >= length else None
    return code if code and len(code) == length else None


def guesses_left(attempts: list[Attempt], rates: Rates, now: int) -> tuple[int, int]:
    """Return how many wrong codes a number has left, and the seconds until more come free.

    What counts is what was started after the last attempt that succeeded: an attempt that can go on with all that it
    was granted, any other with what it spent, until that is as long ago as the rate says.
    """
    succeeded = [place for place, one in enumerate(attempts) if one.status == "verified"]
    counted = attempts[succeeded[-1] + 1 :] if succeeded else attempts
    lefts = []
    for count, period in rates:
        left, frees = count, []
        for one in counted:
            open_for = one.open_for(now)
            used = one.max_checks if open_for else one.checks
            if used and one.expires + period > now:
                left -= used
                frees.append(open_for or one.expires + period - now)
        lefts.append((left, min(frees, default=0)))
    return min(lefts, key=lambda one: one[0])
