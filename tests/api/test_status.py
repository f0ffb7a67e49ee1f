"""GET and DELETE verifications/{id}/"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.providers import memory
from tests.api.client import Api, about
from tests.api.stage import Stage

pytestmark = pytest.mark.django_db

Age = Callable[..., None]


def seconds(body: dict[str, Any]) -> tuple[int, int | None, int | None]:
    return body["expires_in"], body["next_channel_in"], body["resend_in"]


def test_a_fresh_attempt_reads_as_it_was_started(api: Api, phone: str) -> None:
    started = api.start(phone).body
    read = api.status(started["id"]).body
    started.pop("expires_at"), read.pop("expires_at")
    assert read == started


def test_it_counts_down(api: Api, stage: Stage) -> None:
    body = api.status(stage.aged(12)).body
    assert (body["status"], seconds(body)) == ("pending", (about(78), about(8), about(18)))


def test_a_further_channel_is_offered_as_soon_as_it_may_be_had(api: Api, stage: Stage) -> None:
    body = api.status(stage.aged(31)).body
    assert (body["status"], seconds(body)) == ("pending", (about(59), 0, 0))


def test_what_expired_can_go_on(api: Api, stage: Stage) -> None:
    body = api.status(stage.aged(91)).body
    assert (body["status"], body["next_channel"], seconds(body)) == ("expired", "sms", (0, 0, 0))


def test_what_expired_for_good_offers_nothing(api: Api, stage: Stage) -> None:
    body = api.status(stage.aged(601)).body
    assert (body["status"], body["next_channel"], seconds(body)) == ("expired", None, (0, None, None))


def test_what_failed_can_go_on(api: Api, stage: Stage) -> None:
    body = api.status(stage.failed()).body
    assert (body["status"], body["next_channel"], seconds(body)[1:]) == ("failed", "flashcall", (0, 0))


@pytest.mark.parametrize("state", ["verified", "canceled", "exhausted"])
def test_what_is_final_offers_nothing(api: Api, stage: Stage, state: str) -> None:
    body = api.status(getattr(stage, state)()).body
    assert body["status"] == state
    assert (body["next_channel"], body["next_channel_in"], body["resend_in"]) == (None, None, None)
    assert body["checks_left"] == (0 if state == "exhausted" else 3)


@pytest.mark.parametrize("state", ["verified", "canceled", "exhausted"])
def test_what_is_final_stays_so_with_time(api: Api, stage: Stage, age: Age, state: str) -> None:
    attempt_id = getattr(stage, state)()
    age(5000)
    assert api.status(attempt_id).body["status"] == state


@pytest.mark.parametrize(("age_of_call", "status"), [(1, "created"), (16, "unknown")])
def test_a_call_that_a_dead_worker_left_behind_is_live_and_then_unknown(
    api: Api, stage: Stage, age: Age, age_of_call: int, status: str
) -> None:
    attempt_id = stage.started()
    Delivery.objects.update(status="created")
    age(age_of_call)
    body = api.status(attempt_id).body
    assert (body["status"], body["next_channel_in"]) == ("pending", about(19) if status == "created" else 0)


def test_lengths_of_all_live_codes_are_told(api: Api, stage: Stage) -> None:
    attempt_id = stage.aged(20)
    api.fallback(attempt_id)
    body = api.status(attempt_id).body
    assert (body["channel"], body["code_length"], body["code_lengths"]) == ("sms", 6, [4, 6])
    stage.age(71)
    assert api.status(attempt_id).body["code_lengths"] == [6]
    stage.age(300)
    assert api.status(attempt_id).body["code_lengths"] == [6]


def test_a_head_request_is_a_get_without_its_body(api: Api, stage: Stage) -> None:
    response = api.head(f"/api/phone/verifications/{stage.started()}/")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    ("method", "where"),
    [
        ("PUT", "verifications/{}/"),
        ("PATCH", "verifications/{}/"),
        ("POST", "verifications/{}/"),
        ("GET", "verifications/"),
        ("GET", "verifications/{}/verify/"),
        ("GET", "verifications/{}/fallback/"),
        ("DELETE", "phones/"),
        ("PROPFIND", "verifications/{}/"),
    ],
)
def test_other_methods_are_not_allowed(api: Api, stage: Stage, user: Any, method: str, where: str) -> None:
    api.force_login(user)
    response = api.generic(method, "/api/phone/" + where.format(stage.started()))
    assert response.status_code == 405
    assert method not in response.headers["Allow"]


@pytest.mark.parametrize("state", ["started", "failed", "exhausted", "canceled"])
def test_cancel_ends_whatever_is_not_verified(api: Api, stage: Stage, state: str) -> None:
    attempt_id = getattr(stage, state)()
    response = api.cancel(attempt_id)
    assert (response.status_code, response.content) == (204, b"")
    assert api.status(attempt_id).body["status"] == "canceled"


@pytest.mark.parametrize("seconds_ago", [91, 601])
def test_cancel_ends_what_expired(api: Api, stage: Stage, seconds_ago: int) -> None:
    attempt_id = stage.aged(seconds_ago)
    assert api.cancel(attempt_id).status_code == 204
    assert api.verify(attempt_id, code=stage.code()).body["error"] == "canceled"


def test_cancel_leaves_what_is_verified(api: Api, stage: Stage) -> None:
    attempt_id = stage.verified()
    response = api.cancel(attempt_id)
    assert response.status_code == 409
    assert response.body == {"error": "already_verified", "detail": "This number is verified already."}
    assert api.status(attempt_id).body["status"] == "verified"


def test_a_canceled_attempt_gives_its_unspent_checks_back(api: Api, stage: Stage, age: Age) -> None:
    for _ in range(4):
        stage.canceled()
        age(31)
    memory.clear()
    assert api.start("+380501234503").body["checks_left"] == 3
    assert VerificationAttempt.objects.filter(status="canceled").count() == 4
