"""Bringing one code to a phone, and the next channel's when the first is certainly refused."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from django_flashcall import channels, codes
from django_flashcall.conf import Purpose, get_config, secrets
from django_flashcall.exceptions import DeliveryFailed, ProviderUnavailable
from django_flashcall.models import Delivery, Standing, VerificationAttempt, transactions
from django_flashcall.models.clock import in_seconds
from django_flashcall.providers import get_provider
from django_flashcall.providers.base import CREDENTIALS, TOO_MANY_IN_FLIGHT, Message, Result, Status
from django_flashcall.signals import delivery_failed, delivery_sent

logger = logging.getLogger("django_flashcall")

RECORDED = {
    Status.ACCEPTED: Delivery.Status.ACCEPTED,
    Status.REJECTED: Delivery.Status.REJECTED,
    Status.UNREACHABLE: Delivery.Status.FAILED,
    Status.UNKNOWN: Delivery.Status.UNKNOWN,
}
PLACED = {Status.ACCEPTED, Status.UNKNOWN}


@dataclass(frozen=True)
class Parcel:
    """A delivery that is ready to be written, and the message that it stands for."""

    delivery: Delivery
    message: Message

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
            expires_at=in_seconds(ttl),
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
        return cls(delivery, message)


def deliver(parcel: Parcel, purpose: Purpose) -> Standing:
    """Send a written parcel; as long as one is certainly refused, send the next channel's. Return the standing.

    The channels that follow use the first one's place in the limits: a delivery that was certainly not placed is no
    send. Raises DeliveryFailed when no channel took the code, ProviderUnavailable when the reason is our account.
    """
    attempt, using = parcel.delivery.attempt, transactions.database()
    ends = time.monotonic() + get_config().request_deadline
    results: dict[str, Result] = {}
    for channel in _order(parcel.delivery.channel, purpose):
        alias = get_config().provider_alias(channel)
        remaining = ends - time.monotonic()
        if remaining <= 0 or (alias in results and results[alias].error_code == CREDENTIALS):
            continue
        if channel != parcel.delivery.channel:
            parcel = Parcel.pack(attempt, channel, purpose)
            if not transactions.run(partial(_add, parcel, purpose, using), using):
                break
        results[alias] = result = _send(parcel, remaining, using)
        if result.status in PLACED:
            break
    standing = Standing.by_id(attempt.pk, using)
    if standing is None:
        raise DeliveryFailed(str(attempt.pk), None)
    if all(result.status not in PLACED for result in results.values()):
        _give_up(standing, purpose, results)
    return standing


def _add(parcel: Parcel, purpose: Purpose, using: str) -> bool:
    """Write a further delivery of an attempt. False if the attempt takes none any more.

    The attempt is updated before the delivery is inserted: the other way round MariaDB deadlocks.
    """
    delivery = parcel.delivery
    if not VerificationAttempt.objects.using(using).extend(delivery.attempt_id, purpose.ttl[delivery.channel]):
        return False
    delivery.save(using=using, force_insert=True)
    return True


def _order(first: str, purpose: Purpose) -> Iterator[str]:
    """Yield the channel to begin with and those that follow it in the purpose's order."""
    yield first
    if first in purpose.channels:
        yield from purpose.channels[purpose.channels.index(first) + 1 :]


def _send(parcel: Parcel, remaining: float, using: str) -> Result:
    delivery, message = parcel.delivery, parcel.message
    started = time.monotonic()
    try:
        result = get_provider(delivery.provider).send(message, deadline=remaining)
    except Exception as error:  # a site's own provider may raise anything, and the call may have been placed
        logger.error("Provider %s raised %s.", delivery.provider, type(error).__name__)
        result = Result(status=Status.UNKNOWN, error_code="raised")
    changes = {"code_digest": codes.code_digest(secrets()[0], delivery.attempt_id, result.code)} if result.code else {}
    delivery.status = RECORDED[result.status]
    Delivery.objects.using(using).settle(
        delivery.pk,
        status=delivery.status,
        error_code=result.error_code,
        provider_message_id=result.provider_message_id,
        **changes,
    )
    placed = result.status in PLACED
    logger.log(
        logging.INFO if placed else logging.WARNING,
        "Delivery %s over %s: %s",
        message.id,
        message.channel,
        result.status.value,
        extra={
            "attempt": str(delivery.attempt_id),
            "delivery": message.id,
            "channel": message.channel,
            "status": result.status.value,
            "error_code": result.error_code,
            "duration_ms": round((time.monotonic() - started) * 1000),
        },
    )
    signal = delivery_sent if placed else delivery_failed
    signal.send_robust(sender=VerificationAttempt, attempt=delivery.attempt, delivery=delivery)
    return result


def _give_up(standing: Standing, purpose: Purpose, results: dict[str, Result]) -> None:
    reasons = {result.error_code for result in results.values()}
    if reasons and reasons <= {CREDENTIALS, TOO_MANY_IN_FLIGHT}:
        raise ProviderUnavailable(retry_after=1 if TOO_MANY_IN_FLIGHT in reasons else None)
    raise DeliveryFailed(str(standing.attempt.pk), standing.next_channel(purpose))
