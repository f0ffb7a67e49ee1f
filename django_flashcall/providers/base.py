"""The contract between this package and whoever carries a code to a phone.

A provider is one file with one class. It never sees a model and never decides whether something may be sent; it
carries one message and says what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.core.checks import CheckMessage

from django_flashcall import codes
from django_flashcall.codes import Code
from django_flashcall.phones import E164


class Status(StrEnum):
    """What is known of a message when `send` returns."""

    ACCEPTED = "accepted"
    """The provider took it."""
    REJECTED = "rejected"
    """The provider answered and did not take it, so that nothing was placed; or what it took is not what it was asked
    for (`CONTRADICTION`), and the code cannot be what rings."""
    UNREACHABLE = "unreachable"
    """The request never reached the provider. It is certain that nothing was placed."""
    UNKNOWN = "unknown"
    """It may have been placed: counted as sent, never sent again by itself, its code stays usable."""


@dataclass(frozen=True, kw_only=True)
class Draw:
    """The secret of one delivery, drawn before its row is written."""

    code: Code
    caller_id: str | None = field(default=None, repr=False)
    """The number that we ask the provider to call from, E.164, where the code is its tail."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One code on its way to one phone."""

    id: str
    """32 hex digits: the id of the delivery."""
    channel: str
    phone_number: E164
    code: Code
    ttl: int
    """Seconds for which the provider should try."""
    text: str = field(default="", repr=False)
    """What a person reads or hears, code included; empty for a flash call."""
    caller_id: str | None = field(default=None, repr=False)
    language: str = ""
    fallbacks: tuple[Message, ...] = field(default=(), repr=False)
    """What the provider is to try next by itself, in this order, each with the same code (CASCADE = "provider")."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a message."""

    status: Status
    error_code: str = ""
    """Why not: one of `ERROR_CODES`, or the provider's own word, at most 64 characters of `[A-Za-z0-9_.-]`."""
    provider_message_id: str = ""
    """The provider's id, at most 255 characters of `[A-Za-z0-9._:-]`; empty where it gave none that is fit to keep."""
    code: Code | None = field(default=None, repr=False)
    """The code that rings, where the provider was allowed to choose another than ours (TRUST_REPLY_CALLER_ID)."""


class ReportStatus(StrEnum):
    """What the provider says of a message later."""

    PENDING = "pending"
    """It is under way, or the provider's word for it is not known here."""
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of a message, as the provider tells it when asked."""

    provider_message_id: str
    status: ReportStatus
    channel: str | None = None
    """Which channel delivered it, where the provider's own cascade says so."""
    cost: Decimal | None = None
    currency: str = ""
    """Three capital letters (ISO 4217), or empty."""
    steps: frozenset[str] | None = None
    """The channels of the provider's cascade that it tells of, where it may tell of a part; None where it speaks of
    the whole. A message is undeliverable only when it is so over every channel that it was sent with."""


INVALID_NUMBER = "invalid_number"
INVALID_SENDER = "invalid_sender"
INVALID_TEXT = "invalid_text"
REJECTED = "rejected"
BAD_REQUEST = "bad_request"
CREDENTIALS = "credentials"
"""The error code of an answer that no other message over the same account can expect to escape (401, 403)."""
RATE_LIMITED = "rate_limited"
TOO_MANY_IN_FLIGHT = "too_many_in_flight"
UNSUPPORTED_CHANNEL = "unsupported_channel"
CONNECTION = "connection"
REDIRECTED = "redirected"
CONTRADICTION = "contradiction"
TIMEOUT = "timeout"
CONNECTION_LOST = "connection_lost"
SERVER_ERROR = "server_error"
MALFORMED_ANSWER = "malformed_answer"
UNCLEAR = "unclear"
RAISED = "raised"

ERROR_CODES: Mapping[str, str] = {
    INVALID_NUMBER: "The provider does not take this number.",
    INVALID_SENDER: "The provider does not take this sender, or none is configured for the channel.",
    INVALID_TEXT: "The text is too long or cannot be encoded.",
    REJECTED: "The provider did not take it, and gave no reason that is known here.",
    BAD_REQUEST: "The provider does not understand such a request: its address or its API is another.",
    CREDENTIALS: "The provider refuses the account.",
    RATE_LIMITED: "The provider was asked too often.",
    TOO_MANY_IN_FLIGHT: "This process already waits for as many answers as MAX_IN_FLIGHT allows.",
    UNSUPPORTED_CHANNEL: "The provider does not carry this channel.",
    CONNECTION: "No connection was made.",
    REDIRECTED: "The provider's address redirects, which is never followed.",
    CONTRADICTION: "The provider took it, but its answer names another number or code than was asked for.",
    TIMEOUT: "The request was sent, and no answer came in time.",
    CONNECTION_LOST: "The request was sent, and the connection broke before the whole answer came.",
    SERVER_ERROR: "The provider answered with an error of its own, after the request had reached it.",
    MALFORMED_ANSWER: "The answer is not what the provider documents.",
    UNCLEAR: "The provider answered with a status that is not known here.",
    RAISED: "The provider's own code raised an exception.",
}
"""Every error code that a provider of this package gives, and what it means."""


class Provider:
    """What every provider is. A subclass sets `channels` and writes `send`.

    `options` is OPTIONS of its entry in `FLASHCALL["PROVIDERS"]`. One instance serves a process, from many threads.
    Making one connects to nothing: `manage.py check` does it.
    """

    channels: frozenset[str] | None = None
    """The channels it can carry; None for any."""
    follows: bool = False
    """Whether `status` can be asked."""
    cascades: bool = False
    """Whether it carries `Message.fallbacks`."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options

    @classmethod
    def check(cls, options: Mapping[str, Any], *, alias: str) -> list[CheckMessage]:
        """Return what is wrong with `options`, for `manage.py check`. `alias` is its key in PROVIDERS."""
        return []

    def probe(self, *, deadline: float) -> str | None:
        """Return what keeps us from reaching the provider, or None. Sends nothing and costs nothing.

        Asked by `manage.py flashcall_check`, with the seconds that it may take.
        """
        return None

    def draw(self, channel: str, length: int) -> Draw:
        """Return the secret for one delivery of `length` digits. Called before the delivery's row is written."""
        return Draw(code=codes.make(length))

    def send(self, message: Message, *, deadline: float) -> Result:
        """Carry `message` and return what became of it, at the latest `deadline` seconds from now.

        Never called inside a transaction. Raises nothing: a failure is a `Result`. What it raises all the same is
        logged by its type alone and counts as `Status.UNKNOWN`.
        """
        raise NotImplementedError

    def status(self, provider_message_id: str, *, deadline: float) -> Report | None:
        """Ask what became of a message that was taken, and return it at the latest `deadline` seconds from now.

        None where the provider cannot say, now or ever. Never called inside a transaction. Raises nothing.
        """
        return None

    def accepts(self, secret: str) -> bool:
        """Return whether `secret` is one that this provider's delivery reports carry in their address."""
        return False

    def reported(self, body: bytes) -> str | None:
        """Return the id of the message that a delivery report speaks of, None for nonsense.

        A report is a hint and no more: who wants to know what became of the message asks `status`.
        """
        return None
