"""A play for every answer that an operation has of its own: what a client does to be answered so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_flashcall import exceptions
from django_flashcall.models import Delivery
from django_flashcall.providers import base, memory
from tests.api.client import Api, Case

PHONE = "+380501234503"
UNKNOWN = "019aab64-9e5f-7c1e-b1d2-7f3a5c9e0d42"


class Stage:
    """The client, with what plays are played with: the fixtures of their names, and attempts in every state."""

    api: Api
    code: Callable[[], str]
    wrong: Callable[[str], str]
    age: Callable[..., None]
    flashcall: Callable[..., None]
    throttled: Callable[..., None]
    monkeypatch: pytest.MonkeyPatch
    user: Any
    stranger: Any

    def __init__(self, request: pytest.FixtureRequest) -> None:
        for name in Stage.__annotations__:
            setattr(self, name, request.getfixturevalue(name))

    def started(self) -> str:
        return str(self.api.start(PHONE).body["id"])

    def failed(self) -> str:
        memory.fail()
        attempt_id = self.started()
        memory.clear()
        return attempt_id

    def aged(self, seconds: int) -> str:
        attempt_id = self.started()
        self.age(seconds)
        return attempt_id

    def expired(self) -> str:
        return self.aged(91)

    def long_expired(self) -> str:
        """Too late to go on."""
        return self.aged(601)

    def exhausted(self) -> str:
        attempt_id = self.started()
        for _ in range(3):
            self.api.verify(attempt_id, code=self.wrong(self.code()))
        return attempt_id

    def canceled(self) -> str:
        attempt_id = self.started()
        self.api.cancel(attempt_id)
        return attempt_id

    def verified(self) -> str:
        attempt_id = self.started()
        self.api.verify(attempt_id, code=self.code())
        return attempt_id

    def proof(self) -> str:
        """Sign the client in and return a proof of its own."""
        self.api.force_login(self.user)
        return str(self.api.verify(self.started(), code=self.code()).body["proof"])

    def refuse(self) -> None:
        def risk_check(*args: Any, **kwargs: Any) -> None:
            raise exceptions.Refused

        self.flashcall(RISK_CHECK=risk_check)


Play = Callable[[Stage], Any]
PLAYS: dict[Case, Play] = {}


def case(operation: str, status: int, error: str | None = None) -> Callable[[Play], Play]:
    """Register the play that ends in this answer."""

    def register(play: Play) -> Play:
        PLAYS[operation, status, error] = play
        return play

    return register


# --- POST verifications/ ----------------------------------------------------------------------------------------------


@case("flashcall_start", 201)
def start(stage: Stage) -> Any:
    return stage.api.start(PHONE)


@case("flashcall_start", 400, "destination_not_allowed")
def start_abroad(stage: Stage) -> Any:
    return stage.api.start("+48501234567")


@case("flashcall_start", 400, "channel_unavailable")
def start_over_sms(stage: Stage) -> Any:
    return stage.api.start(PHONE, channel="sms")


@case("flashcall_start", 403, "refused")
def start_at_risk(stage: Stage) -> Any:
    stage.refuse()
    return stage.api.start(PHONE)


@case("flashcall_start", 409, "idempotency_conflict")
def start_while_it_starts(stage: Stage) -> Any:
    stage.api.credentials(HTTP_IDEMPOTENCY_KEY="key-of-one-request")
    stage.started()
    Delivery.objects.update(status=Delivery.Status.CREATED)
    return stage.api.start(PHONE)


@case("flashcall_start", 422, "idempotency_mismatch")
def start_something_else(stage: Stage) -> Any:
    stage.api.force_login(stage.user)
    stage.api.credentials(HTTP_IDEMPOTENCY_KEY="key-of-one-request")
    stage.started()
    return stage.api.start("+380671112233")


@case("flashcall_start", 429, "too_soon")
def start_twice(stage: Stage) -> Any:
    stage.started()
    return stage.api.start(PHONE)


@case("flashcall_start", 429, "rate_limited")
def start_too_often(stage: Stage) -> Any:
    stage.flashcall(LIMITS={"phone": "1/h"})
    stage.aged(31)
    return stage.api.start(PHONE)


@case("flashcall_start", 503, "delivery_failed")
def start_in_vain(stage: Stage) -> Any:
    memory.fail()
    return stage.api.start(PHONE)


@case("flashcall_start", 503, "provider_unavailable")
def start_without_account(stage: Stage) -> Any:
    memory.fail(error_code=base.CREDENTIALS)
    return stage.api.start(PHONE)


# --- verifications/{id}/ ----------------------------------------------------------------------------------------------


@case("flashcall_status", 200)
def status(stage: Stage) -> Any:
    return stage.api.status(stage.started())


@case("flashcall_status", 404, "not_found")
def status_of_nothing(stage: Stage) -> Any:
    return stage.api.status(UNKNOWN)


@case("flashcall_cancel", 204)
def cancel(stage: Stage) -> Any:
    return stage.api.cancel(stage.started())


@case("flashcall_cancel", 404, "not_found")
def cancel_nothing(stage: Stage) -> Any:
    return stage.api.cancel(UNKNOWN)


@case("flashcall_cancel", 409, "already_verified")
def cancel_too_late(stage: Stage) -> Any:
    return stage.api.cancel(stage.verified())


# --- POST verifications/{id}/verify/ ----------------------------------------------------------------------------------


@case("flashcall_verify", 200)
def verify(stage: Stage) -> Any:
    return stage.api.verify(stage.started(), code=stage.code())


@case("flashcall_verify", 400, "invalid_code")
def verify_wrongly(stage: Stage) -> Any:
    return stage.api.verify(stage.started(), code=stage.wrong(stage.code()))


@case("flashcall_verify", 404, "not_found")
def verify_nothing(stage: Stage) -> Any:
    return stage.api.verify(UNKNOWN, code="1234")


@case("flashcall_verify", 409, "already_verified")
def verify_wrongly_afterwards(stage: Stage) -> Any:
    return stage.api.verify(stage.verified(), code=stage.wrong(stage.code()))


@case("flashcall_verify", 410, "expired")
def verify_too_late(stage: Stage) -> Any:
    return stage.api.verify(stage.expired(), code=stage.code())


@case("flashcall_verify", 410, "exhausted")
def verify_once_more(stage: Stage) -> Any:
    return stage.api.verify(stage.exhausted(), code=stage.code())


@case("flashcall_verify", 410, "failed")
def verify_what_never_came(stage: Stage) -> Any:
    return stage.api.verify(stage.failed(), code="1234")


@case("flashcall_verify", 410, "canceled")
def verify_what_was_canceled(stage: Stage) -> Any:
    return stage.api.verify(stage.canceled(), code=stage.code())


# --- POST verifications/{id}/fallback/ --------------------------------------------------------------------------------


@case("flashcall_fallback", 201)
def fall_back(stage: Stage) -> Any:
    return stage.api.fallback(stage.aged(20))


@case("flashcall_fallback", 400, "channel_unavailable")
def fall_back_to_pigeons(stage: Stage) -> Any:
    return stage.api.fallback(stage.aged(20), channel="pigeon")


@case("flashcall_fallback", 403, "refused")
def fall_back_at_risk(stage: Stage) -> Any:
    attempt_id = stage.aged(20)
    stage.refuse()
    return stage.api.fallback(attempt_id)


@case("flashcall_fallback", 404, "not_found")
def fall_back_from_nothing(stage: Stage) -> Any:
    return stage.api.fallback(UNKNOWN)


@case("flashcall_fallback", 409, "already_verified")
def fall_back_needlessly(stage: Stage) -> Any:
    return stage.api.fallback(stage.verified())


@case("flashcall_fallback", 410, "expired")
def fall_back_too_late(stage: Stage) -> Any:
    return stage.api.fallback(stage.long_expired())


@case("flashcall_fallback", 410, "exhausted")
def fall_back_for_more_checks(stage: Stage) -> Any:
    return stage.api.fallback(stage.exhausted())


@case("flashcall_fallback", 410, "canceled")
def fall_back_from_what_was_canceled(stage: Stage) -> Any:
    return stage.api.fallback(stage.canceled())


@case("flashcall_fallback", 429, "too_soon")
def fall_back_at_once(stage: Stage) -> Any:
    return stage.api.fallback(stage.started())


@case("flashcall_fallback", 429, "rate_limited")
def fall_back_too_often(stage: Stage) -> Any:
    stage.flashcall(LIMITS={"phone": "1/h"})
    return stage.api.fallback(stage.aged(20))


@case("flashcall_fallback", 503, "delivery_failed")
def fall_back_in_vain(stage: Stage) -> Any:
    attempt_id = stage.aged(20)
    memory.fail()
    return stage.api.fallback(attempt_id)


@case("flashcall_fallback", 503, "provider_unavailable")
def fall_back_without_account(stage: Stage) -> Any:
    attempt_id = stage.aged(20)
    memory.fail(error_code=base.CREDENTIALS)
    return stage.api.fallback(attempt_id)


# --- phones/ ----------------------------------------------------------------------------------------------------------


@case("flashcall_phones", 200)
def phones(stage: Stage) -> Any:
    stage.api.own(stage.proof())
    return stage.api.phones()


@case("flashcall_own_phone", 200)
def own(stage: Stage) -> Any:
    return stage.api.own(stage.proof())


@case("flashcall_own_phone", 400, "invalid_proof")
def own_twice(stage: Stage) -> Any:
    proof = stage.proof()
    stage.api.own(proof)
    return stage.api.own(proof)


@case("flashcall_own_phone", 409, "phone_taken")
def own_what_is_taken(stage: Stage) -> Any:
    stage.api.own(stage.proof())
    stage.flashcall(ALLOW_TRANSFER=False)
    stage.age(31)
    stage.user = stage.stranger
    return stage.api.own(stage.proof())
