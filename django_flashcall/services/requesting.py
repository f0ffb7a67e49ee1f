"""Asking for a code: a new attempt, or a further delivery of one."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from django.utils import translation

from django_flashcall import codes, phones
from django_flashcall.conf import get_config, secrets
from django_flashcall.exceptions import AttemptClosed, ChannelUnavailable, RateLimited
from django_flashcall.models import Delivery, VerificationAttempt, transactions
from django_flashcall.models.attempts import LANGUAGE_LENGTH, number_digest
from django_flashcall.models.grants import Grant
from django_flashcall.services import admission, continuing, delivering, finding, following, idempotency
from django_flashcall.services.admission import Send, Steps
from django_flashcall.services.client import Client
from django_flashcall.services.delivering import Parcel
from django_flashcall.signals import attempt_started


def request_verification(
    phone_number: object,
    *,
    purpose: str = "signup",
    user: Any = None,
    channel: str | None = None,
    context: str = "",
    client: Client | None = None,
    idempotency_key: str | None = None,
) -> VerificationAttempt:
    """Start an attempt and send its first code; return the attempt, with its `standing`.

    `phone_number` in any spelling; `user` only where that user is signed in or has shown the first factor; `channel`
    one of the purpose's, by default its first; `context` what the proof shall be bound to besides, such as the
    payment's id; `client` who asks, for the limits; `idempotency_key` 16 to 255 characters, by which the same request
    again, within a day, gives the same attempt. Falls back to the next channel by itself while one is certainly
    refused.

    Raises ValidationError for what is no phone number, DestinationNotAllowed, ChannelUnavailable, RateLimited,
    Refused, DeliveryFailed, ProviderUnavailable, IdempotencyConflict, IdempotencyMismatch, and RuntimeError inside a
    transaction.
    """
    transactions.refuse_inside(transactions.database())
    config = get_config()
    rules = config.purpose(purpose)
    destination = phones.parse(phone_number, config.default_region())
    phones.refuse_unless_allowed(destination, regions=config.allowed_regions, line_types=config.allowed_line_types)
    channel = channel or rules.channels[0]
    if channel not in rules.channels:
        raise ChannelUnavailable(channel)
    send = Send(
        phone_number=destination.number,
        region=destination.region,
        purpose=rules,
        channel=channel,
        user=finding.signed_in(user),
        client=client or Client(),
    )
    known_as = idempotency.digests(idempotency_key, send, context)
    if replayed := idempotency.replay(known_as, send, context):
        return replayed
    try:
        parcel, send = admission.spend(send, Steps(lambda send: _draft(send, context, known_as), _open, _grant))
    except (RateLimited, IntegrityError):
        # The same request, come twice at once, loses to itself.
        if replayed := idempotency.replay(known_as, send, context):
            return replayed
        raise
    attempt_started.send_robust(sender=VerificationAttempt, attempt=parcel.delivery.attempt)
    return delivering.deliver(parcel, send).attempt


def fall_back(
    attempt_id: object, *, channel: str | None = None, user: Any = None, client: Client | None = None
) -> VerificationAttempt:
    """Send another code of an attempt, over `channel` or the next one; return the attempt, with its `standing`.

    The same channel again is a resend and ends that channel's earlier code. All codes share the attempt's checks.

    Raises AttemptNotFound, AttemptClosed, ChannelUnavailable, RateLimited (too early, or a limit), Refused,
    DeliveryFailed, ProviderUnavailable, and RuntimeError inside a transaction.
    """
    using = transactions.database()
    transactions.refuse_inside(using)
    standing, rules = finding.find(attempt_id, user=user)
    attempt = standing.attempt
    if standing.closed:
        raise AttemptClosed(standing.closed)
    channel = channel or standing.next_channel(rules) or standing.newest.channel
    if channel not in rules.channels:
        raise ChannelUnavailable(channel)
    if standing.wait_for(channel, rules) > 0:
        standing = following.catch_up(standing)
    return continuing.send_another(
        standing, channel, rules, user=finding.person(attempt, user), client=client or Client()
    )


def _draft(send: Send, context: str, known_as: list[str]) -> Parcel:
    """Make a new attempt and its first delivery."""
    key = secrets()[0]
    attempt = VerificationAttempt(
        phone_number=send.phone_number,
        phone_digest=number_digest(key, send.phone_number),
        region=send.region,
        purpose=send.purpose.name,
        user=send.user,
        owner=send.owner,
        context_digest=codes.digest(key, "context", context) if context else "",
        language=_language(),
        ip_address=send.client.ip_address,
        user_agent=send.client.user_agent,
        idempotency_digest=known_as[0] if known_as else None,
    )
    return Parcel.pack(attempt, send.channel, send.purpose)


def _open(send: Send, parcel: Parcel) -> None:
    """Write a new attempt, with all the checks that its purpose allows, and its first delivery."""
    using, attempt = transactions.database(), parcel.delivery.attempt
    attempt.max_checks = send.purpose.max_checks
    VerificationAttempt.objects.using(using).insert(attempt, ttl=parcel.ttl)
    Delivery.objects.using(using).insert(parcel.delivery, ttl=parcel.ttl)


def _grant(send: Send, parcel: Parcel) -> None:
    """Leave a new attempt no more checks than its number has left, now that the number's limits are locked."""
    using, attempt = transactions.database(), parcel.delivery.attempt
    grant = Grant.read(using, attempt, rates=get_config().limits["phone_failures"])
    if grant is None or grant.checks >= attempt.max_checks:
        return
    if grant.checks < 1:
        raise RateLimited(grant.retry_after, "phone_failures")
    attempt.max_checks = grant.checks
    VerificationAttempt.objects.using(using).filter(pk=attempt.pk).update(max_checks=grant.checks)


def _language() -> str:
    """Return the language of whoever asks, where it is one of ours to speak and its code not too long to keep."""
    try:
        language = translation.get_supported_language_variant(translation.get_language() or "")
    except LookupError:
        return ""
    return language if len(language) <= LANGUAGE_LENGTH else ""
