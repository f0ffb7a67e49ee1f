"""A further delivery of an attempt: one that its person asks for, or one that is sent by itself."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django_flashcall.conf import Purpose
from django_flashcall.models import Standing, VerificationAttempt
from django_flashcall.services import admission, delivering
from django_flashcall.services.admission import Send, Steps
from django_flashcall.services.client import Client
from django_flashcall.services.delivering import Parcel


def send_another(
    standing: Standing, channel: str, rules: Purpose, *, user: Any, client: Client, newest: uuid.UUID | None = None
) -> VerificationAttempt:
    """Send another code of an attempt over `channel` and return the attempt, with its `standing`.

    With `newest`, the id of a delivery, only while that is the newest: of those who want to follow it, one does.
    Raises Overtaken, AttemptNotFound, AttemptClosed, RateLimited, Refused, DeliveryFailed, ProviderUnavailable.
    """
    attempt = standing.attempt
    delivering.refuse_early(standing, channel, rules)
    send = Send(
        phone_number=attempt.phone_number,
        region=attempt.region,
        purpose=rules,
        channel=channel,
        user=user,
        client=client,
        attempt=attempt,
    )
    steps = Steps(
        draft=lambda send: Parcel.pack(attempt, send.channel, send.purpose),
        then=partial(delivering.write_further, newest=newest),
    )
    parcel, send = admission.spend(send, steps)
    return delivering.deliver(parcel, send).attempt
