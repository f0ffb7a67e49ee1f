"""Bringing one code to a phone, and the next channel's when the first is certainly refused."""

from __future__ import annotations

import logging
import math
import time
import uuid
from dataclasses import dataclass, replace
from functools import partial

from django_flashcall import channels, codes
from django_flashcall.codes import Code
from django_flashcall.conf import Purpose, get_config, secrets
from django_flashcall.exceptions import (
    AttemptClosed,
    AttemptNotFound,
    DeliveryFailed,
    ProviderUnavailable,
    RateLimited,
)
from django_flashcall.models import Delivery, Limit, Standing, VerificationAttempt, transactions
from django_flashcall.models.breakers import Breaker
from django_flashcall.models.deliveries import NOBODY
from django_flashcall.models.limits import LimitQuerySet
from django_flashcall.providers import get_provider
from django_flashcall.providers.base import (
    CREDENTIALS,
    RAISED,
    TIMEOUT,
    TOO_MANY_IN_FLIGHT,
    Draw,
    Message,
    Result,
    Status,
)
from django_flashcall.services import changes
from django_flashcall.services.admission import Send
from django_flashcall.signals import delivery_failed, delivery_sent

logger = logging.getLogger("django_flashcall")

RECORDED = {
    Status.ACCEPTED: Delivery.Status.ACCEPTED,
    Status.REJECTED: Delivery.Status.REJECTED,
    Status.UNREACHABLE: Delivery.Status.FAILED,
    Status.UNKNOWN: Delivery.Status.UNKNOWN,
}
BREAKER_OPEN = "breaker_open"
"""The error code of a delivery that was not tried, because the provider has not answered of late."""
ACCOUNT = {CREDENTIALS, TOO_MANY_IN_FLIGHT, BREAKER_OPEN}
"""Reasons that lie with our account or this process, and so hold for every channel of the provider."""
PLACED = {Status.ACCEPTED, Status.UNKNOWN}
LONGEST_TTL = 600
"""Seconds for which a code may live (NIST SP 800-63B-4, 3.1.3.2), however many channels the provider tries with it."""


@dataclass(frozen=True)
class Parcel:
    """A delivery that is ready to be written, and the message that it stands for."""

    delivery: Delivery
    message: Message
    ttl: int
    """Seconds for which its code is accepted."""

    @classmethod
    def pack(cls, attempt: VerificationAttempt, channel: str, purpose: Purpose) -> Parcel:
        """Make the code for one delivery of `attempt`. Nothing is written and nothing is sent."""
        alias, draw = _drawn(attempt.phone_number, channel, purpose)
        fallbacks = _fallbacks(alias, channel, purpose)
        delivery = Delivery(
            attempt=attempt,
            channel=channel,
            fallbacks=",".join(fallbacks),
            provider=alias,
            code_digest=codes.code_digest(secrets()[0], attempt.pk, draw.code),
            code_length=len(draw.code),
        )
        first, *others = [_message(delivery, one, draw, purpose) for one in (channel, *fallbacks)]
        ttl = sum(purpose.ttl[one] for one in (channel, *fallbacks))
        return cls(delivery, replace(first, fallbacks=tuple(others)), min(ttl, LONGEST_TTL))


def _fallbacks(alias: str, channel: str, purpose: Purpose) -> tuple[str, ...]:
    """Return the channels that the provider goes on to by itself after `channel`, with the same code."""
    if get_config().cascade != "provider" or alias == NOBODY or not get_provider(alias).cascades:
        return ()
    return purpose.channels[purpose.channels.index(channel) + 1 :]


def _message(delivery: Delivery, channel: str, draw: Draw, purpose: Purpose) -> Message:
    """Return what is sent over one channel of a delivery."""
    attempt = delivery.attempt
    return Message(
        id=delivery.pk.hex,
        channel=channel,
        phone_number=attempt.phone_number,
        code=draw.code,
        ttl=get_config().ring_ttl if channel == "flashcall" else purpose.ttl[channel],
        text=channels.text(channel, code=draw.code, purpose=purpose.name, language=attempt.language),
        caller_id=draw.caller_id if channel == "flashcall" else None,
        language=attempt.language,
    )


def _drawn(phone_number: str, channel: str, purpose: Purpose) -> tuple[str, Draw]:
    """Return who carries a code to a number, and the secret; for one of TEST_NUMBERS nobody, and what is listed."""
    listed = purpose.test_numbers.get(phone_number)
    if listed is not None:
        return NOBODY, Draw(code=Code(listed))
    alias = get_config().provider_alias(channel)
    return alias, get_provider(alias).draw(channel, purpose.code_length[channel])


def deliver(parcel: Parcel, send: Send) -> Standing:
    """Send a written parcel; as long as one is certainly refused, send the next channel's. Return the standing.

    The channels that follow use the first one's place in the limits: a delivery that was certainly not placed is no
    send. A channel whose earlier delivery is too young is left out. Raises DeliveryFailed when no channel took the
    code, ProviderUnavailable when the reason is our account.
    """
    attempt, using = parcel.delivery.attempt, transactions.database()
    ends = time.monotonic() + get_config().request_deadline
    refusals: list[Result] = []
    useless: set[str] = set()
    placed = False
    for channel in send.channels():
        alias = get_config().provider_alias(channel)
        remaining = ends - time.monotonic()
        if remaining <= 0 or alias in useless:
            continue
        if channel != parcel.delivery.channel:
            following = _follow(attempt, channel, send)
            if following is None:
                continue
            parcel = following
        result = _pretended(parcel, using) if send.is_test else _guarded(parcel, send.breakers[alias], remaining, using)
        placed = result.status in PLACED
        if placed:
            break
        refusals.append(result)
        if result.error_code in ACCOUNT:
            useless.add(alias)
    standing = Standing.by_id(attempt.pk, using)
    if standing is None:
        raise DeliveryFailed(str(attempt.pk), None)
    if not placed and not standing.closed:
        _give_up(standing, send.purpose, {refusal.error_code for refusal in refusals})
    return standing


def _follow(attempt: VerificationAttempt, channel: str, send: Send) -> Parcel | None:
    """Write the delivery that follows a refused one, over the next channel; None where it may not be made."""
    parcel = Parcel.pack(attempt, channel, send.purpose)
    try:
        transactions.run(partial(write_further, send, parcel), transactions.database())
    except (AttemptClosed, AttemptNotFound, RateLimited):
        return None
    return parcel


class Overtaken(Exception):
    """Another delivery was written since the one that this one was to follow. Nothing was spent."""


def write_further(send: Send, parcel: Parcel, *, newest: uuid.UUID | None = None) -> None:
    """Write a further delivery of an attempt, judged again now that the attempt's row is locked.

    It ends the earlier code of its channel. The attempt is updated before the delivery is inserted: the other way
    round MariaDB deadlocks. Raises AttemptNotFound, AttemptClosed, RateLimited where it comes too early, and Overtaken
    where `newest` is given and is no longer the newest delivery.
    """
    using, delivery = transactions.database(), parcel.delivery
    extended = VerificationAttempt.objects.using(using).extend(delivery.attempt_id, parcel.ttl)
    standing = Standing.by_id(delivery.attempt_id, using)
    if standing is None:
        raise AttemptNotFound
    if not extended:
        raise AttemptClosed(standing.closed or "expired")
    if newest not in {None, standing.newest.pk}:
        raise Overtaken
    refuse_early(standing, delivery.channel, send.purpose)
    deliveries = Delivery.objects.using(using)
    deliveries.end(delivery.attempt_id, delivery.channel)
    deliveries.insert(delivery, ttl=parcel.ttl)


def refuse_early(standing: Standing, channel: str, rules: Purpose) -> None:
    """Raise RateLimited where the next delivery over `channel` has to wait."""
    wait = standing.wait_for(channel, rules)
    if wait > 0:
        resend = any(channel in delivery.channels for delivery in standing.deliveries)
        raise RateLimited(max(math.ceil(wait), 1), "cooldown" if resend else "fallback")


def _pretended(parcel: Parcel, using: str) -> Result:
    """Let a parcel to one of TEST_NUMBERS count as taken. Nobody is called."""
    return _settle(parcel, Result(status=Status.ACCEPTED), using)


def _guarded(parcel: Parcel, breaker: Breaker, remaining: float, using: str) -> Result:
    """Send a parcel if its provider's breaker lets it through, and tell the breaker what came of it."""
    limits = Limit.objects.using(using)
    if not transactions.retried(lambda: breaker.lets_through(limits), using):
        return _settle(parcel, Result(status=Status.UNREACHABLE, error_code=BREAKER_OPEN), using)
    started = time.monotonic()
    result = _call(parcel, remaining)
    _settle(parcel, result, using, seconds=time.monotonic() - started)
    transactions.retried(lambda: _tell(breaker, result, limits), using)
    return result


def _tell(breaker: Breaker, result: Result, limits: LimitQuerySet) -> None:
    """Tell a breaker what came of a call that it let through."""
    reason = result.error_code
    if reason == CREDENTIALS or (result.status == Status.UNREACHABLE and reason != TOO_MANY_IN_FLIGHT):
        breaker.count_failure(limits, reason, at_once=reason == CREDENTIALS)
    elif reason == TIMEOUT:
        breaker.count_failure(limits, reason, at_once=False)
    elif result.status in {Status.ACCEPTED, Status.REJECTED}:
        breaker.close(limits)


def _call(parcel: Parcel, remaining: float) -> Result:
    alias = parcel.delivery.provider
    try:
        result = get_provider(alias).send(parcel.message, deadline=remaining)
        if not isinstance(result, Result):
            raise TypeError("A provider returns a Result.")
    except Exception as error:  # a site's own provider may raise anything, and the call may have been placed
        logger.error("Provider %s raised %s.", alias, type(error).__name__)
        return Result(status=Status.UNKNOWN, error_code=RAISED)
    return result


def _settle(parcel: Parcel, result: Result, using: str, *, seconds: float = 0) -> Result:
    """Write what became of a delivery, after a call of `seconds`, and tell it."""
    delivery = parcel.delivery
    delivery.status, delivery.error_code = RECORDED[result.status], result.error_code
    delivery.provider_message_id = result.provider_message_id
    if result.code is not None:
        delivery.code_digest = codes.code_digest(secrets()[0], delivery.attempt_id, result.code)
    placed = result.status in PLACED
    followed = placed and bool(result.provider_message_id) and get_provider(delivery.provider).follows
    if transactions.retried(lambda: Delivery.objects.using(using).settle(delivery, followed=followed), using):
        changes.tell(delivery_sent if placed else delivery_failed, delivery, seconds=seconds)
    return result


def _give_up(standing: Standing, purpose: Purpose, reasons: set[str]) -> None:
    if reasons and reasons <= ACCOUNT:
        raise ProviderUnavailable(retry_after=None if CREDENTIALS in reasons else 1)
    raise DeliveryFailed(str(standing.attempt.pk), standing.next_channel(purpose))
