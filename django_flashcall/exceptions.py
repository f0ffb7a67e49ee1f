"""Everything this package raises on purpose.

Nothing here carries a code, a caller ID, a pattern, a key or a whole phone number: what an exception holds may end in
a log or an error tracker. Outcomes of a check are not here, because `services.verify` returns them: an exception in a
view rolls back under ATOMIC_REQUESTS and would give the guesser the check back.
"""

from django.core.exceptions import ImproperlyConfigured


class ConfigurationError(ImproperlyConfigured):
    """The FLASHCALL setting is wrong.

    Not a `FlashcallError`: code that catches refusals to show them to a person must not swallow a broken deployment.
    """


class FlashcallError(Exception):
    """Base of every refusal. Do not raise it itself."""


class DestinationNotAllowed(FlashcallError):
    """The site does not send to such a number. Nothing was spent."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Destination not allowed: {reason}.")
        self.reason = reason
        """`region`, `line_type` or `short_number`."""


class RateLimited(FlashcallError):
    """A limit is used up. Nothing was spent."""

    def __init__(self, retry_after: int, scope: str) -> None:
        super().__init__(f"Limited by {scope} for {retry_after} s.")
        self.retry_after = retry_after
        """Seconds, at least 1, until the same request can succeed."""
        self.scope = scope
        """The scope of LIMITS, or `cooldown`, or `fallback`. For the site's own eyes: the API does not tell it."""


class Refused(FlashcallError):
    """The number is blocked, or the site's RISK_CHECK said no."""


class ChannelUnavailable(FlashcallError):
    """The purpose does not offer this channel here."""

    def __init__(self, channel: str) -> None:
        super().__init__(f"Channel {channel!r} is not available.")
        self.channel = channel


class DeliveryFailed(FlashcallError):
    """No channel took the code. The attempt exists and can be continued."""

    def __init__(self, attempt_id: str, next_channel: str | None) -> None:
        super().__init__("No channel took the code.")
        self.attempt_id = attempt_id
        self.next_channel = next_channel


class ProviderUnavailable(FlashcallError):
    """The provider refuses us altogether (credentials, breaker, too many calls in flight)."""

    def __init__(self, retry_after: int | None = None) -> None:
        super().__init__("The provider is unavailable.")
        self.retry_after = retry_after
        """Seconds, where known."""


class AttemptNotFound(FlashcallError):
    """No such attempt, or another user's: never said which."""


class AttemptClosed(FlashcallError):
    """The attempt cannot be continued."""

    def __init__(self, status: str) -> None:
        super().__init__(f"The attempt is {status}.")
        self.status = status
        """`verified`, `canceled`, `exhausted` or `expired`."""


class InvalidProof(FlashcallError):
    """The proof is forged, used, too old, or of another number, purpose, user or context: never said which."""


class PhoneTaken(FlashcallError):
    """Another user owns the number, and ALLOW_TRANSFER is off."""


class IdempotencyConflict(FlashcallError):
    """A request with this Idempotency-Key is still in flight."""

    def __init__(self, retry_after: int, attempt_id: str) -> None:
        super().__init__("A request with this idempotency key is in flight.")
        self.retry_after = retry_after
        """Seconds."""
        self.attempt_id = attempt_id
        """Of the attempt that it started. Whoever has the key has made the same request."""


class IdempotencyMismatch(FlashcallError):
    """This Idempotency-Key was used for another request."""
