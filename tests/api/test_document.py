"""The OpenAPI document: all that is in it is driven here, and every other test of the API fails on what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import include, path
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.validation import validate_schema
from rest_framework.authentication import BasicAuthentication

from django_flashcall import exceptions, services
from django_flashcall.api.errors import DETAIL, STATUS
from django_flashcall.api.views import FlashcallView
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Result, Status
from tests.api.client import Api, Case, documented_cases, operations

pytestmark = pytest.mark.django_db

PHONE = "+380501234503"
UNKNOWN = "019aab64-9e5f-7c1e-b1d2-7f3a5c9e0d42"


class Stage:
    """What the cases are played with."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.api: Api = request.getfixturevalue("api")
        for name in ("code", "wrong", "age", "flashcall", "user", "stranger", "throttled", "monkeypatch"):
            setattr(self, name, request.getfixturevalue(name))

    def __getattr__(self, name: str) -> Any: ...

    def started(self) -> str:
        """Start an attempt and return its id."""
        attempt_id: str = self.api.start(PHONE).body["id"]
        return attempt_id

    def proof(self) -> str:
        """Verify an attempt of a signed-in user and return its proof."""
        self.api.force_login(self.user)
        proof: str = self.api.verify(self.started(), code=self.code()).body["proof"]
        return proof

    def exhausted(self) -> str:
        attempt_id = self.started()
        for _ in range(3):
            self.api.verify(attempt_id, code=self.wrong(self.code()))
        return attempt_id

    def verified(self) -> str:
        attempt_id = self.started()
        self.api.verify(attempt_id, code=self.code())
        return attempt_id

    def canceled(self) -> str:
        attempt_id = self.started()
        self.api.cancel(attempt_id)
        return attempt_id

    def failed(self) -> str:
        memory.fail()
        attempt_id: str = self.api.start(PHONE).body["id"]
        memory.clear()
        return attempt_id

    def expired(self, seconds: int = 100) -> str:
        attempt_id = self.started()
        self.age(seconds)
        return attempt_id

    def refused_by_site(self) -> None:
        def no(*args: Any, **kwargs: Any) -> None:
            raise exceptions.Refused

        self.flashcall(RISK_CHECK=no)

    def limited(self) -> None:
        self.flashcall(LIMITS={"phone": "1/h"})

    def without_account(self) -> None:
        memory.fail(error_code=base.CREDENTIALS)


Play = Callable[[Stage], Any]

FALLBACK_FROM_SMS = {"channel": "flashcall"}


def after(prepare: Play, act: Play) -> Play:
    """Return the play of two steps."""

    def play(stage: Stage) -> Any:
        prepare(stage)
        return act(stage)

    return play


def on(attempt: Callable[[Stage], str], act: Callable[[Api, str], Any]) -> Play:
    """Return the play that does something to an attempt."""
    return lambda stage: act(stage.api, attempt(stage))


def start(stage: Stage) -> Any:
    return stage.api.start(PHONE)


def fallback(stage: Stage) -> Any:
    return stage.api.fallback(stage.expired(25))


PLAYS: dict[Case, Play] = {
    ("flashcall_start", 201, None): start,
    ("flashcall_start", 400, "destination_not_allowed"): lambda stage: stage.api.start("+48501234567"),
    ("flashcall_start", 400, "channel_unavailable"): lambda stage: stage.api.start(PHONE, channel="sms"),
    ("flashcall_start", 403, "refused"): after(Stage.refused_by_site, start),
    ("flashcall_start", 429, "too_soon"): after(Stage.started, start),
    ("flashcall_start", 429, "rate_limited"): after(lambda stage: (stage.limited(), stage.expired()), start),
    ("flashcall_start", 503, "delivery_failed"): after(lambda stage: memory.fail(), start),
    ("flashcall_start", 503, "provider_unavailable"): after(Stage.without_account, start),
    ("flashcall_status", 200, None): on(Stage.started, Api.status),
    ("flashcall_status", 404, "not_found"): on(lambda stage: UNKNOWN, Api.status),
    ("flashcall_cancel", 204, None): on(Stage.started, Api.cancel),
    ("flashcall_cancel", 404, "not_found"): on(lambda stage: UNKNOWN, Api.cancel),
    ("flashcall_cancel", 409, "already_verified"): on(Stage.verified, Api.cancel),
    ("flashcall_verify", 200, None): lambda stage: stage.api.verify(stage.started(), code=stage.code()),
    ("flashcall_verify", 400, "invalid_code"): lambda stage: stage.api.verify(
        stage.started(), code=stage.wrong(stage.code())
    ),
    ("flashcall_verify", 409, "already_verified"): lambda stage: stage.api.verify(
        stage.verified(), code=stage.wrong(stage.code())
    ),
    ("flashcall_fallback", 201, None): fallback,
    ("flashcall_fallback", 400, "channel_unavailable"): lambda stage: stage.api.fallback(
        stage.started(), channel="pigeon"
    ),
    ("flashcall_fallback", 403, "refused"): lambda stage: stage.api.fallback(
        after(lambda stage: None, Stage.expired)(stage), **after(Stage.refused_by_site, lambda stage: {})(stage)
    ),
}
