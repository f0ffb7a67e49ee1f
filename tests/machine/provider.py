"""The provider of the machine, which does all that a provider can do, as it is told to."""

from __future__ import annotations

from enum import Enum
from itertools import cycle

from django_flashcall.codes import Code
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Draw, Message, Result, Status

DIGITS = {4: ["4821", "7035", "9142", "3356", "4824"], 6: ["590817", "261943", "590871"]}
"""The codes by their length. So few that attempts and deliveries share them, which by chance they seldom would."""


class Answer(Enum):
    """What becomes of a message."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    TIMEOUT = "timeout"
    BUSY = "busy"
    CREDENTIALS = "credentials"
    OTHER_CODE = "another code rings than we chose"
    NONSENSE = "no result at all"
    RAISES = "raises, and quotes the message"
    DIES = "the worker is killed during the call"


PLACED = {Answer.ACCEPTED, Answer.UNKNOWN, Answer.TIMEOUT, Answer.OTHER_CODE, Answer.NONSENSE, Answer.RAISES}
"""After which the phone may have got the code."""

RESULTS = {
    Answer.ACCEPTED: Result(status=Status.ACCEPTED),
    Answer.REJECTED: Result(status=Status.REJECTED, error_code=base.REJECTED),
    Answer.UNREACHABLE: Result(status=Status.UNREACHABLE, error_code=base.CONNECTION),
    Answer.UNKNOWN: Result(status=Status.UNKNOWN, error_code=base.MALFORMED_ANSWER),
    Answer.TIMEOUT: Result(status=Status.UNKNOWN, error_code=base.TIMEOUT),
    Answer.BUSY: Result(status=Status.UNREACHABLE, error_code=base.TOO_MANY_IN_FLIGHT),
    Answer.CREDENTIALS: Result(status=Status.REJECTED, error_code=base.CREDENTIALS),
}


class Killed(BaseException):
    """Stands for the end of the process."""


def other(digits: str) -> str:
    """Return the code that rings where the provider takes another than `digits`."""
    return DIGITS[len(digits)][DIGITS[len(digits)].index(digits) - 1]


def script(answers: list[Answer]) -> None:
    """Let the next messages end so, in order; those after them are accepted."""
    memory.script(memory.ANY, *(RESULTS.get(answer, _placeholder(answer)) for answer in answers))


def _placeholder(answer: Answer) -> Result:
    return Result(status=Status.ACCEPTED, error_code=answer.name)


class ScriptedProvider(memory.MemoryProvider):
    """The memory provider, which also does what no well-written one does."""

    draws = {length: cycle(codes) for length, codes in DIGITS.items()}

    def draw(self, channel: str, length: int) -> Draw:
        return Draw(code=Code(next(self.draws[length])))

    def send(self, message: Message, *, deadline: float) -> Result:
        result = super().send(message, deadline=deadline)
        if result.error_code == Answer.RAISES.name:
            raise RuntimeError(f"{message.phone_number!s} does not get {message.code.digits}")
        if result.error_code == Answer.DIES.name:
            raise Killed
        if result.error_code == Answer.NONSENSE.name:
            return None  # type: ignore[return-value]
        if result.error_code == Answer.OTHER_CODE.name:
            return Result(status=Status.ACCEPTED, code=Code(other(message.code.digits)))
        return result
