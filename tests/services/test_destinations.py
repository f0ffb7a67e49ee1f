"""The provider never hears of a number that the site does not send to."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from django_flashcall import services
from django_flashcall.exceptions import DestinationNotAllowed, Refused
from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import in_seconds
from django_flashcall.phones import LINE_TYPES
from django_flashcall.providers.base import Message

pytestmark = pytest.mark.django_db

KINDS = {
    "premium": ("+380900212345", "line_type"),
    "toll-free": ("+380800123456", "line_type"),
    "shared cost": ("+448431234567", "line_type"),
    "personal": ("+447012345678", "line_type"),
    "VoIP": ("+380892123456", "line_type"),
    "fixed line": ("+380441234567", "line_type"),
    "pager": ("+447640123456", "line_type"),
    "company-wide": ("+443331234567", "line_type"),
    "voicemail": ("+41860791234567", "line_type"),
    "satellite": ("+881612345678", "region"),
    "satellite typed as mobile": ("+870773111632", "region"),
    "international premium": ("+979123456789", "region"),
    "international shared cost": ("+80812345678", "region"),
    "short": ("12345", "short_number"),
    "emergency": ("112", "short_number"),
    "emergency with the country's code": ("+380112", "short_number"),
}


@pytest.fixture
def unasked(flashcall: Any) -> list[str]:
    """The numbers that RISK_CHECK was asked about, where every region is allowed."""
    asked: list[str] = []
    flashcall(ALLOWED_REGIONS="*", RISK_CHECK=lambda phone_number, **about: asked.append(phone_number))
    return asked


@pytest.mark.parametrize(("number", "reason"), KINDS.values(), ids=KINDS)
def test_wherever_in_the_world_only_mobiles_are_called(
    number: str, reason: str, unasked: list[str], outbox: list[Message], settings: Any
) -> None:
    settings.PHONENUMBER_DEFAULT_REGION = "UA"
    with pytest.raises(DestinationNotAllowed) as refused:
        services.request_verification(number)
    assert refused.value.reason == reason
    assert not outbox and not unasked
    assert not VerificationAttempt.objects.exists() and not Limit.objects.exists()


def test_every_line_type_but_mobile_is_among_them() -> None:
    told = {kind.replace("-", "_").replace(" ", "_").casefold() for kind in KINDS}
    ours = {"premium_rate": "premium", "personal_number": "personal", "uan": "company_wide"}
    left = {ours.get(word, word) for word in set(LINE_TYPES.values())} - told
    assert left == {"mobile", "fixed_line_or_mobile", "unknown"}


def test_a_number_that_is_blocked_meanwhile_gets_no_further_code(
    attempt: VerificationAttempt, phone: str, age: Any, outbox: list[Message]
) -> None:
    age(20)
    PhoneStatus.objects.create(phone_number=phone, blocked_until=in_seconds(60))
    for channel in ("sms", None):
        with pytest.raises(Refused):
            services.fall_back(attempt.pk, channel=channel)
    assert len(outbox) == 1


def test_an_owner_is_blocked_like_anybody(phone: str, user: Any, outbox: list[Message]) -> None:
    PhoneStatus.objects.create(
        phone_number=phone, user=user, verified_at=in_seconds(0), verified_channel="sms", blocked_until=in_seconds(60)
    )
    with pytest.raises(Refused):
        services.request_verification(phone, purpose="login", user=user)
    assert not outbox


def test_the_risk_check_is_asked_for_every_send(
    phone: str, user: Any, unasked: list[str], flashcall: Any, age: Any
) -> None:
    asked: list[tuple[Any, ...]] = []

    def risk_check(phone_number: str, *, purpose: str, channel: str, user: Any, client: Any) -> None:
        asked.append((phone_number, purpose, channel, user, client))

    flashcall(RISK_CHECK=risk_check)
    client = services.Client(ip_address="93.184.216.34")
    attempt = services.request_verification(phone, purpose="login", user=user, client=client)
    age(20)
    services.fall_back(attempt.pk, user=user, client=client)
    assert asked == [(phone, "login", "flashcall", user, client), (phone, "login", "sms", user, client)]


def test_a_number_that_cannot_be_called_is_not_asked_about(unasked: list[str]) -> None:
    with pytest.raises(ValidationError):
        services.request_verification("+380111111111")
    assert unasked == []
