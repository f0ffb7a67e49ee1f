"""Plays for the answers that every operation has: of Django REST framework, and of a database that is away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import OperationalError, connection
from rest_framework.authentication import BasicAuthentication

from django_flashcall.api.views import FlashcallView
from tests.api.client import ROOT, Case
from tests.api.stage import UNKNOWN, Play, Stage

ADDRESSES = {
    "flashcall_start": ("POST", "verifications/"),
    "flashcall_status": ("GET", f"verifications/{UNKNOWN}/"),
    "flashcall_cancel": ("DELETE", f"verifications/{UNKNOWN}/"),
    "flashcall_verify": ("POST", f"verifications/{UNKNOWN}/verify/"),
    "flashcall_fallback": ("POST", f"verifications/{UNKNOWN}/fallback/"),
    "flashcall_phones": ("GET", "phones/"),
    "flashcall_own_phone": ("POST", "phones/"),
}


def send(stage: Stage, operation: str, data: bytes = b"{}", **extra: Any) -> Any:
    method, where = ADDRESSES[operation]
    return stage.api.generic(method, ROOT + where, data, **{"content_type": "application/json", **extra})


def with_wrong_credentials(stage: Stage, operation: str) -> Any:
    stage.monkeypatch.setattr(FlashcallView, "authentication_classes", [BasicAuthentication])
    return send(stage, operation, HTTP_AUTHORIZATION="Basic bm9ib2R5OndvcmQ=")


def with_wrong_credentials_where_sessions_come_first(stage: Stage, operation: str) -> Any:
    return send(stage, operation, HTTP_AUTHORIZATION="Basic bm9ib2R5OndvcmQ=")


def twice_where_the_host_throttles(stage: Stage, operation: str) -> Any:
    stage.api.force_login(stage.user)
    stage.throttled("flashcall_request", "flashcall_verify", "flashcall_status")
    send(stage, operation)
    return send(stage, operation)


def with_half_a_body(stage: Stage, operation: str) -> Any:
    stage.api.force_login(stage.user)
    return send(stage, operation, b'{"')


def with_text(stage: Stage, operation: str) -> Any:
    stage.api.force_login(stage.user)
    return send(stage, operation, content_type="text/plain")


def while_the_database_is_away(stage: Stage, operation: str) -> Any:
    def away(*args: Any) -> Any:
        raise OperationalError("It is away.")

    stage.api.force_login(stage.user)
    with connection.execute_wrapper(away):
        return send(stage, operation)


OF_ANY: dict[tuple[int, str | None], Callable[[Stage, str], Any]] = {
    (401, None): with_wrong_credentials,
    (403, None): with_wrong_credentials_where_sessions_come_first,
    (429, None): twice_where_the_host_throttles,
    (503, "provider_unavailable"): while_the_database_is_away,
}
OF_THOSE_WITH_A_BODY: dict[tuple[int, str | None], Callable[[Stage, str], Any]] = {
    (400, None): with_half_a_body,
    (415, None): with_text,
}

PLAYS_OF_ALL: dict[Case, Play] = {
    (operation, *answer): partial(play, operation=operation)
    for operation, (method, _where) in ADDRESSES.items()
    for answer, play in {**OF_ANY, **(OF_THOSE_WITH_A_BODY if method == "POST" else {})}.items()
}
