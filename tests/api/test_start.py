"""POST verifications/"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from django_flashcall.exceptions import Refused
from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import in_seconds
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Message, Result, Status
from tests.api.client import Api, about

pytestmark = pytest.mark.django_db

Flashcall = Callable[..., None]
Age = Callable[..., None]


def test_a_fresh_attempt(api: Api, phone: str, outbox: list[Message]) -> None:
    response = api.start(phone)
    assert response.status_code == 201
    expires_at = datetime.fromisoformat(response.body.pop("expires_at"))
    assert abs(expires_at - datetime.now(UTC) - timedelta(seconds=90)) < timedelta(seconds=5)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", response.body.pop("id"))
    assert list(response.body.items()) == [
        ("status", "pending"),
        ("purpose", "signup"),
        ("phone_number", "+380•••••••03"),
        ("channel", "flashcall"),
        ("code_length", 4),
        ("code_lengths", [4]),
        ("expires_in", 90),
        ("checks_left", 3),
        ("next_channel", "sms"),
        ("next_channel_in", 20),
        ("resend_in", 30),
    ]
    assert [(message.channel, message.phone_number) for message in outbox] == [("flashcall", phone)]


@pytest.mark.parametrize("spelling", ["0501234503", "+380 (50) 123-45-03", "00380501234503"])
def test_a_number_may_be_spelled_as_people_do(api: Api, phone: str, spelling: str) -> None:
    assert api.start(spelling).status_code == 201
    assert VerificationAttempt.objects.get().phone_number == phone


def test_the_client_is_noted_without_its_proxys_claims(api: Api, phone: str) -> None:
    api.start(phone)
    Limit.objects.all().delete()
    api.defaults |= {
        "REMOTE_ADDR": "91.198.36.14",
        "HTTP_X_FORWARDED_FOR": "8.8.8.8",
        "HTTP_USER_AGENT": "a\x00b" * 300,
    }
    api.start(phone)
    attempt = VerificationAttempt.objects.latest("created_at")
    assert (attempt.ip_address, attempt.user_agent) == ("91.198.36.14", ("ab" * 300)[:255])


def test_what_is_done_for_a_signed_in_caller_is_his(api: Api, phone: str, user: Any) -> None:
    api.force_login(user)
    api.start(phone)
    assert VerificationAttempt.objects.get().user == user


@pytest.mark.parametrize("purpose", ["login", "transaction", "party", "SIGNUP", "change_phone", "__class__"])
def test_purposes_that_a_stranger_may_not_start(api: Api, phone: str, purpose: str, outbox: list[Message]) -> None:
    response = api.start(phone, purpose=purpose)
    assert (response.status_code, response.body) == (400, {"purpose": ["This purpose cannot be started here."]})
    assert not outbox


@pytest.mark.parametrize(("purpose", "status"), [("change_phone", 201), ("login", 400), ("transaction", 400)])
def test_purposes_that_a_signed_in_caller_may_start(api: Api, phone: str, user: Any, purpose: str, status: int) -> None:
    api.force_login(user)
    assert api.start(phone, purpose=purpose).status_code == status


def test_a_purpose_of_the_sites_own(api: Api, phone: str, flashcall: Flashcall) -> None:
    flashcall(PURPOSES={"raffle": {"API": True, "CHANNELS": ["sms"], "MAX_CHECKS": 2}})
    body = api.start(phone, purpose="raffle").body
    assert (body["purpose"], body["channel"], body["checks_left"], body["next_channel"]) == ("raffle", "sms", 2, None)
    assert (body["code_lengths"], body["expires_in"], body["next_channel_in"]) == ([6], about(300), None)


@pytest.mark.parametrize(
    ("choice", "channel", "status"),
    [
        (False, "flashcall", 201),
        (False, "sms", 400),
        (False, "pigeon", 400),
        (True, "sms", 201),
        (True, "pigeon", 400),
    ],
)
def test_the_first_channel_is_the_sites_unless_it_leaves_the_choice(
    api: Api, phone: str, flashcall: Flashcall, outbox: list[Message], choice: bool, channel: str, status: int
) -> None:
    flashcall(PURPOSES={"signup": {"API": True, "OWNS": True, "CHANNEL_CHOICE": choice}})
    response = api.start(phone, channel=channel)
    assert response.status_code == status
    assert (response.body.get("error"), len(outbox)) == (("channel_unavailable", 0) if status == 400 else (None, 1))


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+48501234567", "region"),
        ("+380800501234", "line_type"),
        ("+380441234567", "line_type"),
        ("112", "short_number"),
    ],
)
def test_destinations_that_are_not_allowed(api: Api, number: str, reason: str, outbox: list[Message]) -> None:
    response = api.start(number)
    assert response.status_code == 400
    assert response.body == {
        "error": "destination_not_allowed",
        "detail": "We do not send codes to such numbers.",
        "reason": reason,
    }
    assert not outbox


def test_a_blocked_number_and_a_risky_request_are_refused_alike(
    api: Api, phone: str, flashcall: Flashcall, outbox: list[Message]
) -> None:
    class TooRisky(Refused):
        """A site's own reason."""

    def risk_check(phone_number: str, **about: Any) -> None:
        assert about["client"].request.headers["X-Captcha"] == "solved by a robot"
        raise TooRisky

    blocked = PhoneStatus.objects.create(phone_number=phone, blocked_until=in_seconds(60))
    by_block = api.start(phone)
    blocked.delete()
    flashcall(RISK_CHECK=risk_check)
    api.credentials(HTTP_X_CAPTCHA="solved by a robot")
    by_check = api.start(phone)
    assert by_block.status_code == by_check.status_code == 403
    assert by_block.body == by_check.body == {"error": "refused", "detail": "We cannot send a code to this number."}
    assert not outbox


def test_a_second_request_for_a_number_is_too_soon(api: Api, phone: str, age: Age) -> None:
    api.start(phone)
    response = api.start(phone)
    assert (response.status_code, response.body["error"], response.body["retry_after"]) == (429, "too_soon", about(30))
    assert response.headers["Retry-After"] == str(response.body["retry_after"])
    age(30)
    assert api.start(phone).status_code == 201


@pytest.mark.parametrize("scope", ["phone", "ip", "user", "prefix", "region", "site"])
def test_each_limit_is_named_only_to_the_site(
    api: Api, phone: str, user: Any, age: Age, flashcall: Flashcall, sent_signals: list[Any], scope: str
) -> None:
    flashcall(LIMITS={scope: "1/h"})
    api.force_login(user)
    api.defaults["REMOTE_ADDR"] = "91.198.36.14"
    api.start(phone)
    age(31)
    response = api.start(phone)
    assert response.status_code == 429
    assert response.body.pop("retry_after") == about(3569)
    assert response.body == {"error": "rate_limited", "detail": "Too many requests. Try again later."}
    assert [about["scope"] for name, about in sent_signals if name == "limit_hit"] == [scope]


def test_an_owner_has_a_limit_of_his_own(api: Api, phone: str, user: Any, age: Age, flashcall: Flashcall) -> None:
    flashcall(LIMITS={"phone": "1/h", "owner": "2/h"})
    PhoneStatus.objects.create(phone_number=phone, user=user, verified_at=in_seconds(0), verified_channel="sms")
    api.start(phone)
    age(31)
    api.force_login(user)
    answers = []
    for _ in range(3):
        answers.append(api.start(phone).status_code)
        age(31)
    assert answers == [201, 201, 429]


def test_failed_checks_are_limited_too(
    api: Api, phone: str, age: Age, flashcall: Flashcall, code: Callable[[], str], wrong: Callable[[str], str]
) -> None:
    flashcall(LIMITS={"phone_failures": "4/d"})
    first = api.start(phone).body["id"]
    for _ in range(3):
        api.verify(first, code=wrong(code()))
    age(31)
    assert api.start(phone).body["checks_left"] == 1
    age(31)
    response = api.start(phone)
    assert (response.status_code, response.body["error"]) == (429, "rate_limited")


def test_what_is_rejected_goes_on_over_the_next_channel(api: Api, phone: str, outbox: list[Message]) -> None:
    memory.fail("flashcall")
    body = api.start(phone).body
    assert [message.channel for message in outbox] == ["flashcall", "sms"]
    assert (body["status"], body["channel"], body["code_length"], body["code_lengths"]) == ("pending", "sms", 6, [6])
    assert (body["expires_in"], body["next_channel"], body["resend_in"]) == (about(300), None, about(30))


def test_a_call_of_which_nothing_is_known_may_be_followed_at_once(api: Api, phone: str) -> None:
    memory.script("flashcall", Result(status=Status.UNKNOWN, error_code=base.TIMEOUT))
    body = api.start(phone).body
    assert (body["status"], body["channel"], body["next_channel"], body["next_channel_in"]) == (
        "pending",
        "flashcall",
        "sms",
        0,
    )


def test_nobody_takes_the_code(api: Api, phone: str) -> None:
    memory.fail()
    response = api.start(phone)
    assert response.status_code == 503 and "Retry-After" not in response.headers
    assert response.body == {
        "error": "delivery_failed",
        "detail": "The code could not be delivered. Try another way.",
        "id": str(VerificationAttempt.objects.get().pk),
        "next_channel": "flashcall",
    }
    assert api.status(response.body["id"]).body["status"] == "failed"


@pytest.mark.parametrize(("error_code", "retry_after"), [(base.CREDENTIALS, None), (base.TOO_MANY_IN_FLIGHT, "1")])
def test_the_provider_takes_nothing_from_us(api: Api, phone: str, error_code: str, retry_after: str | None) -> None:
    memory.fail(error_code=error_code)
    response = api.start(phone)
    assert (response.status_code, response.body["error"]) == (503, "provider_unavailable")
    assert response.headers.get("Retry-After") == retry_after
