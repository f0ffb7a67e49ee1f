"""The numbers that go wrong: the last four digits choose how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Answer(Enum):
    """What the sandbox's HTTP answers. Only with `NORMAL` is the message taken."""

    NORMAL = auto()
    SERVER_ERROR = auto()
    SILENCE = auto()
    TOO_MANY_REQUESTS = auto()
    HTML = auto()
    ERROR_BODY = auto()


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What becomes of a message."""

    description: str | Promise = ""
    types: frozenset[str] | None = frozenset({"flashcall"})
    """The message types that it concerns, None for all. The others arrive."""
    answer: Answer = Answer.NORMAL
    accepted: bool = True
    delivered: bool = True
    pattern: bool = True
    """Whether the reply has one."""
    withheld: bool = False
    """Whether the handset does not learn who calls."""


ARRIVES: Final = Scenario()

BY_LAST_DIGITS: Final = {
    "0001": Scenario(description=_("The call is rejected."), accepted=False, delivered=False),
    "0002": Scenario(description=_("The call is accepted, but never rings."), delivered=False),
    "0003": Scenario(description=_("HTTP 500."), answer=Answer.SERVER_ERROR),
    "0004": Scenario(description=_("No answer before the deadline."), answer=Answer.SILENCE),
    "0005": Scenario(description=_("HTTP 429 with Retry-After."), answer=Answer.TOO_MANY_REQUESTS),
    "0006": Scenario(description=_("HTML instead of JSON."), answer=Answer.HTML),
    "0007": Scenario(description=_("HTTP 200 with an error in the body."), answer=Answer.ERROR_BODY),
    "0008": Scenario(description=_("The call rings, but the reply has no pattern."), pattern=False),
    "0009": Scenario(description=_("The call rings, but its number is withheld."), withheld=True),
    "0010": Scenario(description=_("Every channel is rejected."), types=None, accepted=False, delivered=False),
    "0011": Scenario(
        description=_("Flash call and SMS are accepted, but never arrive."),
        types=frozenset({"flashcall", "sms"}),
        delivered=False,
    ),
    "0012": Scenario(
        description=_("Every channel is accepted, but nothing ever arrives."), types=None, delivered=False
    ),
}


def scenario(phone_number: str, message_type: str) -> Scenario:
    """Return what becomes of a message of this type to this number."""
    chosen = BY_LAST_DIGITS.get(phone_number[-4:], ARRIVES)
    return chosen if chosen.types is None or message_type in chosen.types else ARRIVES
