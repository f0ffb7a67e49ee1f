"""POST verifications/{id}/fallback/"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_flashcall.models import Delivery, PhoneStatus
from django_flashcall.models.clock import in_seconds
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Message, Result, Status
from tests.api.client import Api, about
from tests.api.stage import PHONE, Stage

pytestmark = pytest.mark.django_db

Age = Callable[..., None]


def channels(outbox: list[Message]) -> list[str]:
    return [message.channel for message in outbox]


def test_the_next_channel_carries_a_code_of_its_own(api: Api, stage: Stage, outbox: list[Message]) -> None:
    attempt_id = stage.aged(20)
    response = api.fallback(attempt_id)
    assert response.status_code == 201
    assert response.body.pop("expires_at")
    assert response.body == {
        "id": attempt_id,
        "status": "pending",
        "purpose": "signup",
        "phone_number": "+380•••••••03",
        "channel": "sms",
        "code_length": 6,
        "code_lengths": [4, 6],
        "expires_in": about(300),
        "checks_left": 3,
        "next_channel": None,
        "next_channel_in": None,
        "resend_in": about(30),
    }
    assert channels(outbox) == ["flashcall", "sms"]
    assert len(outbox[1].code) == 6


@pytest.mark.parametrize(("seconds", "retry_after"), [(0, 20), (12, 8), (17, 3)])
def test_another_channel_has_to_wait_for_the_call(
    api: Api, stage: Stage, outbox: list[Message], seconds: int, retry_after: int
) -> None:
    response = api.fallback(stage.aged(seconds), channel="sms")
    assert (response.status_code, response.body["error"]) == (429, "too_soon")
    assert response.body["retry_after"] == about(retry_after)
    assert channels(outbox) == ["flashcall"]


@pytest.mark.parametrize(("seconds", "retry_after"), [(0, 30), (27, 3)])
def test_a_resend_has_to_wait_for_the_cooldown(
    api: Api, stage: Stage, outbox: list[Message], seconds: int, retry_after: int
) -> None:
    response = api.fallback(stage.aged(seconds), channel="flashcall")
    assert (response.status_code, response.body["retry_after"]) == (429, about(retry_after))
    assert len(outbox) == 1


def test_a_resend(api: Api, stage: Stage, outbox: list[Message]) -> None:
    response = api.fallback(stage.aged(30), channel="flashcall")
    assert (response.status_code, response.body["channel"], response.body["code_lengths"]) == (201, "flashcall", [4])
    assert (response.body["expires_in"], response.body["resend_in"]) == (about(90), about(30))
    assert channels(outbox) == ["flashcall", "flashcall"]


def test_without_a_channel_it_is_a_resend_once_all_are_used(api: Api, stage: Stage, outbox: list[Message]) -> None:
    attempt_id = stage.aged(20)
    api.fallback(attempt_id)
    assert api.fallback(attempt_id).case == ("flashcall_fallback", 429, "too_soon")
    stage.age(30)
    assert api.fallback(attempt_id).body["channel"] == "sms"
    assert channels(outbox) == ["flashcall", "sms", "sms"]


@pytest.mark.parametrize("state", ["failed", "expired"])
@pytest.mark.parametrize("channel", [None, "flashcall", "sms"])
def test_what_failed_or_expired_goes_on_at_once(api: Api, stage: Stage, state: str, channel: str | None) -> None:
    attempt_id = getattr(stage, state)()
    offered = api.status(attempt_id).body["next_channel"]
    response = api.fallback(attempt_id, **({"channel": channel} if channel else {}))
    assert (response.status_code, response.body["status"]) == (201, "pending")
    assert response.body["channel"] == (channel or offered)
    assert api.verify(attempt_id, code=stage.code()).status_code == 200


def test_a_call_of_which_nothing_is_known_is_followed_at_once_but_not_repeated(
    api: Api, stage: Stage, outbox: list[Message]
) -> None:
    memory.script("flashcall", Result(status=Status.UNKNOWN, error_code=base.TIMEOUT))
    attempt_id = stage.started()
    assert api.fallback(attempt_id, channel="flashcall").case == ("flashcall_fallback", 429, "too_soon")
    assert api.fallback(attempt_id).status_code == 201
    assert channels(outbox) == ["flashcall", "sms"]


def test_a_call_that_turned_out_undeliverable_is_followed_at_once(api: Api, stage: Stage, started: str) -> None:
    Delivery.objects.update(status=Delivery.Status.UNDELIVERABLE)
    assert api.status(started).body["status"] == "failed"
    assert api.fallback(started).body["channel"] == "sms"


def test_a_further_code_resets_nothing(api: Api, stage: Stage) -> None:
    attempt_id = stage.aged(20)
    for _ in range(2):
        api.verify(attempt_id, code=stage.wrong(stage.code()))
    assert api.fallback(attempt_id).body["checks_left"] == 1


@pytest.mark.parametrize("channel", ["pigeon", "viber_otp", "SMS", "__class__"])
def test_a_channel_that_the_purpose_does_not_offer(api: Api, stage: Stage, outbox: list[Message], channel: str) -> None:
    response = api.fallback(stage.aged(20), channel=channel)
    assert response.status_code == 400
    assert response.body == {
        "error": "channel_unavailable",
        "detail": "This way of sending a code is not available here.",
    }
    assert len(outbox) == 1


@pytest.mark.parametrize(
    ("state", "status", "error"),
    [
        ("verified", 409, "already_verified"),
        ("canceled", 410, "canceled"),
        ("exhausted", 410, "exhausted"),
        ("long_expired", 410, "expired"),
    ],
)
@pytest.mark.parametrize("channel", [None, "sms", "flashcall"])
def test_what_is_closed_stays_closed(
    api: Api, stage: Stage, outbox: list[Message], state: str, status: int, error: str, channel: str | None
) -> None:
    attempt_id = getattr(stage, state)()
    stage.age(601)
    response = api.fallback(attempt_id, **({"channel": channel} if channel else {}))
    assert (response.status_code, response.body["error"]) == (status, error)
    assert len(outbox) == 1


def test_what_failed_is_closed_after_ten_minutes_too(api: Api, stage: Stage) -> None:
    attempt_id = stage.failed()
    stage.age(601)
    assert api.fallback(attempt_id).case == ("flashcall_fallback", 410, "expired")


def test_it_counts_in_the_numbers_limit(api: Api, stage: Stage, outbox: list[Message]) -> None:
    stage.flashcall(LIMITS={"phone": "2/h"})
    attempt_id = stage.aged(20)
    assert api.fallback(attempt_id).status_code == 201
    stage.age(30)
    response = api.fallback(attempt_id)
    assert (response.status_code, response.body["error"]) == (429, "rate_limited")
    assert len(outbox) == 2


def test_a_number_that_was_blocked_meanwhile(api: Api, stage: Stage) -> None:
    attempt_id = stage.aged(20)
    PhoneStatus.objects.create(phone_number=PHONE, blocked_until=in_seconds(60))
    assert api.fallback(attempt_id).case == ("flashcall_fallback", 403, "refused")


def test_nobody_takes_the_code(api: Api, stage: Stage) -> None:
    attempt_id = stage.aged(20)
    memory.fail()
    response = api.fallback(attempt_id)
    assert response.status_code == 503
    assert (response.body["id"], response.body["next_channel"]) == (attempt_id, None)
    assert api.status(attempt_id).body["status"] == "pending"  # the call may still come


def test_a_rejected_delivery_leaves_its_channel_open(api: Api, stage: Stage, outbox: list[Message]) -> None:
    attempt_id = stage.aged(20)
    memory.script("sms", Result(status=Status.REJECTED, error_code=base.REJECTED))
    assert api.fallback(attempt_id).status_code == 503
    assert api.fallback(attempt_id, channel="sms").status_code == 201
    assert channels(outbox) == ["flashcall", "sms", "sms"]


@pytest.mark.parametrize("data", [b"", b"{}", b'{"anything": "else"}'])
def test_its_body_may_be_empty(api: Api, stage: Stage, data: bytes) -> None:
    assert api.send(f"verifications/{stage.aged(20)}/fallback/", data).status_code == 201


@pytest.mark.parametrize("channel", [None, 1, True, [], {}, "", " ", "s" * 33, "\u0000", "sms\u0000"], ids=repr)
def test_what_is_no_channel(api: Api, stage: Stage, outbox: list[Message], channel: Any) -> None:
    assert api.fallback(stage.aged(20), channel=channel).case == ("flashcall_fallback", 400, None)
    assert len(outbox) == 1
