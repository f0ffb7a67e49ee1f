"""Bringing one code to a phone, and the next channel's when the first is certainly refused."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import partial

from django_flashcall import channels, codes
from django_flashcall.conf import Purpose, get_config, secrets
from django_flashcall.exceptions import DeliveryFailed, ProviderUnavailable
from django_flashcall.models import Delivery, Limit, Standing, VerificationAttempt, transactions
from django_flashcall.models.breakers import Breaker
from django_flashcall.models.limits import LimitQuerySet
from django_flashcall.providers import get_provider
from django_flashcall.providers.base import (
    CREDENTIALS,
    RAISED,
    TIMEOUT,
    TOO_MANY_IN_FLIGHT,
    Message,
    Result,
    Status,
)
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
        config = get_config()
        alias = config.provider_alias(channel)
        length, ttl = purpose.code_length[channel], purpose.ttl[channel]
        draw = get_provider(alias).draw(channel, length)
        delivery = Delivery(
            attempt=attempt,
            channel=channel,
            provider=alias,
            code_digest=codes.code_digest(secrets()[0], attempt.pk, draw.code),
            code_length=length,
        )
        message = Message(
            id=delivery.pk.hex,
            channel=channel,
            phone_number=attempt.phone_number,
            code=draw.code,
            ttl=config.ring_ttl if channel == "flashcall" else ttl,
            text=channels.text(channel, code=draw.code, purpose=purpose.name, language=attempt.language),
            caller_id=draw.caller_id,
            language=attempt.language,
        )
        return cls(delivery, message, ttl)


def deliver(parcel: Parcel, send: Send) -> Standing:
    """Send a written parcel; as long as one is certainly refused, send the next channel's. Return the standing.

    The channels that follow use the first one's place in the limits: a delivery that was certainly not placed is no
    send. Raises DeliveryFailed when no channel took the code, ProviderUnavailable when the reason is our account.
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
            parcel = Parcel.pack(attempt, channel, send.purpose)
            if not transactions.run(partial(_add, parcel, using), using):
                break
        result = _guarded(parcel, send.breakers[alias], remaining, using)
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


def _add(parcel: Parcel, using: str) -> bool:
    """Write a further delivery of an attempt. False if the attempt takes none any more.

    The attempt is updated before the delivery is inserted: the other way round MariaDB deadlocks.
    """
    if not VerificationAttempt.objects.using(using).extend(parcel.delivery.attempt_id, parcel.ttl):
        return False
    Delivery.objects.using(using).insert(parcel.delivery, ttl=parcel.ttl)
    return True


def _guarded(parcel: Parcel, breaker: Breaker, remaining: float, using: str) -> Result:
    """Send a parcel if its provider's breaker lets it through, and tell the breaker what came of it."""
    limits = Limit.objects.using(using)
    if not transactions.retried(lambda: breaker.lets_through(limits), using):
        return _settle(parcel, Result(status=Status.UNREACHABLE, error_code=BREAKER_OPEN), using)
    result = _settle(parcel, _call(parcel, remaining), using)
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
    delivery, started = parcel.delivery, time.monotonic()
    try:
        result = get_provider(delivery.provider).send(parcel.message, deadline=remaining)
    except Exception as error:  # a site's own provider may raise anything, and the call may have been placed
        logger.error("Provider %s raised %s.", delivery.provider, type(error).__name__)
        result = Result(status=Status.UNKNOWN, error_code=RAISED)
    _log(parcel, result, time.monotonic() - started)
    return result


def _settle(parcel: Parcel, result: Result, using: str) -> Result:
    """Write what became of a delivery, and tell who listens."""
    delivery = parcel.delivery
    delivery.status, delivery.error_code = RECORDED[result.status], result.error_code
    delivery.provider_message_id = result.provider_message_id
    if result.code is not None:
        delivery.code_digest = codes.code_digest(secrets()[0], delivery.attempt_id, result.code)
    transactions.retried(lambda: Delivery.objects.using(using).settle(delivery), using)
    signal = delivery_sent if result.status in PLACED else delivery_failed
    signal.send_robust(sender=VerificationAttempt, attempt=delivery.attempt, delivery=delivery)
    return result


def _log(parcel: Parcel, result: Result, seconds: float) -> None:
    logger.log(
        logging.INFO if result.status in PLACED else logging.WARNING,
        "Delivery %s over %s: %s",
        parcel.message.id,
        parcel.message.channel,
        result.status.value,
        extra={
            "attempt": str(parcel.delivery.attempt_id),
            "delivery": parcel.message.id,
            "channel": parcel.message.channel,
            "status": result.status.value,
            "error_code": result.error_code,
            "duration_ms": round(seconds * 1000),
        },
    )


def _give_up(standing: Standing, purpose: Purpose, reasons: set[str]) -> None:
    if reasons and reasons <= ACCOUNT:
        raise ProviderUnavailable(retry_after=None if CREDENTIALS in reasons else 1)
    raise DeliveryFailed(str(standing.attempt.pk), standing.next_channel(purpose))
