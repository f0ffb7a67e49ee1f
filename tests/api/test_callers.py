"""Whose attempt it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.models import VerificationAttempt
from django_flashcall.providers.base import Message
from tests.api.client import Api
from tests.api.stage import Stage

pytestmark = pytest.mark.django_db

NOT_FOUND = {"error": "not_found", "detail": "There is no such verification."}
STATES = ["started", "failed", "expired", "long_expired", "exhausted", "canceled", "verified"]


def every_way(api: Api, attempt_id: str, code: str) -> list[Any]:
    return [
        api.status(attempt_id),
        api.verify(attempt_id, code=code),
        api.verify(attempt_id, caller_id="+38044123" + code),
        api.verify(attempt_id, code="12"),
        api.fallback(attempt_id),
        api.fallback(attempt_id, channel="pigeon"),
        api.cancel(attempt_id),
    ]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("caller", ["stranger", None])
def test_a_signed_in_callers_attempt_is_nobody_elses_in_any_state(
    api: Api, stage: Stage, outbox: list[Message], state: str, caller: str | None
) -> None:
    api.force_login(stage.user)
    attempt_id = getattr(stage, state)()
    before = VerificationAttempt.objects.values().get(), list(outbox)
    api.logout()
    if caller:
        api.force_login(stage.stranger)
    for response in every_way(api, attempt_id, "1234"):
        assert (response.status_code, response.body) == (404, NOT_FOUND)
    assert (VerificationAttempt.objects.values().get(), list(outbox)) == before


def test_an_attempt_started_anonymously_goes_on_signed_in(api: Api, stage: Stage, phone: str) -> None:
    attempt_id = stage.aged(20)
    api.force_login(stage.user)
    assert api.status(attempt_id).status_code == 200
    assert api.fallback(attempt_id).status_code == 201
    proof = api.verify(attempt_id, code=stage.code()).body["proof"]
    assert api.own(proof).status_code == 200
    assert [one["phone_number"] for one in api.phones().body] == [phone]


def test_once_redeemed_it_is_his_who_redeemed_it(api: Api, stage: Stage) -> None:
    attempt_id = stage.started()
    proof = api.verify(attempt_id, code=stage.code()).body["proof"]
    api.force_login(stage.user)
    api.own(proof)
    assert api.verify(attempt_id, code=stage.code()).case == ("flashcall_verify", 409, "already_verified")
    api.logout()
    assert api.verify(attempt_id, code=stage.code()).body == NOT_FOUND


def test_a_login_that_the_site_started_goes_on_anonymously(api: Api, stage: Stage, phone: str, user: Any) -> None:
    attempt = services.request_verification(phone, purpose="login", user=user, context="door 7")
    stage.age(20)
    assert api.status(attempt.pk).body["purpose"] == "login"
    assert api.fallback(attempt.pk).status_code == 201
    proof = api.verify(attempt.pk, code=stage.code()).body["proof"]
    assert services.redeem(proof, purpose="login", user=user, context="door 7").pk == attempt.pk


def test_a_login_is_not_for_whoever_else_is_signed_in(api: Api, stage: Stage, phone: str, user: Any) -> None:
    attempt = services.request_verification(phone, purpose="login", user=user)
    api.force_login(stage.stranger)
    for response in every_way(api, str(attempt.pk), stage.code()):
        assert (response.status_code, response.body) == (404, NOT_FOUND)


def test_an_attempt_of_a_purpose_that_the_site_gave_up_is_not_found(
    api: Api, started: str, code: Callable[[], str], flashcall: Callable[..., None], settings: Any
) -> None:
    settings.FLASHCALL = {**settings.FLASHCALL, "PURPOSES": {"raffle": {"API": True}}}
    for response in every_way(api, started, code()):
        assert (response.status_code, response.body) == (404, NOT_FOUND)


@pytest.mark.parametrize("purpose", ["signup", "change_phone", "login"])
@pytest.mark.parametrize("caller", ["stranger", None])
def test_an_attempt_of_a_user_who_was_deleted_meanwhile_is_nobodys(
    api: Api, stage: Stage, phone: str, purpose: str, caller: str | None
) -> None:
    attempt = services.request_verification(phone, purpose=purpose, user=stage.user)
    stage.user.delete()
    if caller:
        api.force_login(stage.stranger)
    for response in every_way(api, str(attempt.pk), stage.code()):
        assert (response.status_code, response.body) == (404, NOT_FOUND)


def test_the_whole_way_needs_no_cookie_and_sets_none(phone: str, code: Callable[[], str], age: Any) -> None:
    started = Api().start(phone)
    age(20)
    fallback = Api().fallback(started.body["id"])
    verified = Api().verify(started.body["id"], code=code())
    answers = [started, fallback, verified]
    assert [answer.status_code for answer in answers] == [201, 201, 200]
    assert not any(answer.cookies for answer in answers)


ID = "019aab64-9e5f-7c1e-b1d2-7f3a5c9e0d42"


@pytest.mark.parametrize(
    "attempt_id",
    [
        ID,
        "zzz",
        "1",
        "%00",
        f"%20{ID}",
        f"{ID}%00",
        ID[:-1] + "%D9%A2",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "1'%20OR%20'1'='1",
        "1%27%3B%20DROP%20TABLE%20flashcall_verificationattempt--",
        "%D0%B9%F0%9F%92%A9",
        "%ED%A0%80",
        "%FF%FE",
        "None",
        "%2E%2E",
        "-1",
        "9" * 10_000,
        "a" * 10_000,
        "*",
    ],
)
@pytest.mark.parametrize("signed_in", [False, True])
def test_what_is_no_id_is_our_own_404(api: Api, started: str, user: Any, attempt_id: str, signed_in: bool) -> None:
    if signed_in:
        api.force_login(user)
    for response in every_way(api, attempt_id, "1234"):
        assert response.case[1:] == (404, "not_found")
        assert response.body == NOT_FOUND


@pytest.mark.parametrize("spelling", ["{upper}", "{hex}", "%7B{id}%7D", "urn:uuid:{id}", "{id}%0A"])
def test_an_attempt_has_one_spelling(api: Api, started: str, spelling: str) -> None:
    other = spelling.format(id=started, upper=started.upper(), hex=started.replace("-", ""))
    assert api.status(other).body == NOT_FOUND
    assert api.status(started).status_code == 200
