"""What whoever is refused, and the site, are told of a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from django_flashcall import phones, services
from django_flashcall.conf import get_config
from django_flashcall.exceptions import DeliveryFailed, ProviderUnavailable, RateLimited
from django_flashcall.models import Limit
from django_flashcall.models.breakers import OPEN_SECONDS
from django_flashcall.models.clock import in_seconds
from django_flashcall.models.limits import ANY
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Result, Status
from django_flashcall.services import Client, admission

pytestmark = pytest.mark.django_db

OFF = dict.fromkeys(["phone", "owner", "ip", "user", "prefix", "region", "site", "phone_failures"], "")
REFUSED = Result(status=Status.REJECTED, error_code=base.CREDENTIALS)


def test_a_site_that_sends_a_single_code_sends_it_to_a_stranger(flashcall: Any) -> None:
    flashcall(LIMITS={**OFF, "site": "1/h"})
    services.request_verification("+380501234503")
    with pytest.raises(RateLimited) as limited:
        services.request_verification("+380671234567")
    assert limited.value.scope == "site"


def test_the_site_learns_at_which_attempt_a_fallback_was_refused(
    flashcall: Any, phone: str, age: Any, sent_signals: list[Any]
) -> None:
    flashcall(LIMITS={**OFF, "phone": "1/h"})
    attempt = services.request_verification(phone)
    age(20)
    with pytest.raises(RateLimited):
        services.fall_back(attempt.pk)
    with pytest.raises(RateLimited):
        services.request_verification(phone)
    hits = [about["attempt"] for name, about in sent_signals if name == "limit_hit"]
    assert hits == [attempt, None]


def test_where_all_providers_are_down_the_first_that_is_tried_again_counts(flashcall: Any, age: Any) -> None:
    flashcall(
        CHANNELS=["flashcall", "sms"],
        PROVIDERS={"other": {"CLASS": "django_flashcall.providers.memory.MemoryProvider"}},
        CHANNEL_PROVIDERS={"sms": "other"},
    )
    memory.script("flashcall", REFUSED)
    services.request_verification("+380501234503")  # goes on over the other
    age(10)
    memory.script("sms", REFUSED)
    with pytest.raises((ProviderUnavailable, DeliveryFailed)):
        services.request_verification("+380671234567")
    with pytest.raises(ProviderUnavailable) as down:
        services.request_verification("+380991234567")
    assert down.value.retry_after == OPEN_SECONDS - 10


def test_who_loses_every_race_for_a_limit_is_told_to_come_again(phone: str, age: Any) -> None:
    """Each time another request uses up what this one has just seen."""
    services.request_verification(phone)
    age(86401)
    destination, rounds = phones.parse(phone, None), []
    send = admission.Send(
        phone_number=destination.number,
        region=destination.region,
        purpose=get_config().purpose("signup"),
        channel="flashcall",
        user=None,
        client=Client(),
    )

    def use_up(*_: object) -> None:
        Limit.objects.update(count=ANY, ends_at=in_seconds(60))

    steps = admission.Steps(draft=rounds.append, first=use_up)
    with pytest.raises(RateLimited) as limited:
        admission.spend(send, steps)
    assert (limited.value.scope, limited.value.retry_after, len(rounds)) == ("site", 1, 5)
