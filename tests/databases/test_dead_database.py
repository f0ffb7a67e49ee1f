"""Where the database is away, the API is the first to meet it, says so, and sends nothing."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from django_flashcall.models import VerificationAttempt
from tests.providers.server import Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("site")]

AWAY: dict[str, dict[str, Any]] = {
    "postgresql": {"PORT": "1"},
    "mysql": {"PORT": "1"},
    "sqlite": {"NAME": "/nowhere/at/all.sqlite3"},
}
"""By vendor: where no database is."""
URL = "/api/phone/verifications/"


@pytest.fixture
def signed_in(client: Any) -> Any:
    client.force_login(get_user_model().objects.create_user("olena"))
    return client


@pytest.fixture(params=["bare", "with sessions"])
def anybody(request: Any, client: Any, settings: Any) -> Any:
    """A client of a site without any middleware, or a signed-in one of a site whose sessions are in the database."""
    if request.param == "with sessions":
        return request.getfixturevalue("signed_in")
    settings.MIDDLEWARE = []
    return client


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "", {"phone_number": "+380501234503"}),
        ("get", "{id}/", None),
        ("post", "{id}/verify/", {"code": "4821"}),
        ("post", "{id}/fallback/", {}),
        ("delete", "{id}/", None),
    ],
    ids=["start", "status", "verify", "fallback", "cancel"],
)
def test_the_api_answers_503_in_its_own_words(
    anybody: Any,
    attempt: VerificationAttempt,
    smsbat: Server,
    connect_with: Any,
    caplog: Any,
    method: str,
    path: str,
    body: Any,
) -> None:
    smsbat.requests.clear()
    connect_with(**AWAY[connection.vendor])
    reply = getattr(anybody, method)(URL + path.format(id=attempt.pk), body, content_type="application/json")
    assert reply.status_code == 503
    assert reply.json() == {
        "error": "provider_unavailable",
        "detail": "Codes cannot be sent at the moment. Try again later.",
    }
    assert reply["Cache-Control"] == "no-store"
    assert not smsbat.requests
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR and record.exc_info]


def test_the_numbers_of_a_user_are_not_there_either(signed_in: Any, connect_with: Any) -> None:
    connect_with(**AWAY[connection.vendor])
    assert signed_in.get("/api/phone/phones/").json()["error"] == "provider_unavailable"
