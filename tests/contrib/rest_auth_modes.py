"""Signup and login by dj-rest-auth in each of its modes. Run by `test_contrib.py`, once for each."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from django_flashcall import services, testing
from django_flashcall.models import VerificationAttempt
from tests.contrib.rest_auth_client import LOGINS, PASSWORD, PHONE, called, log_in, prove, register, who_is_in

ADDRESS = "185.143.147.1"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    return APIClient(REMOTE_ADDR=ADDRESS)


def test_signup_makes_the_user_the_owner(client: APIClient) -> None:
    answer = register(client, proof=testing.proof(PHONE))
    assert answer.status_code == (204 if settings.MODE == "session" else 201), answer.content
    taras = get_user_model().objects.get(username="taras")
    assert taras.check_password(PASSWORD)
    assert [status.phone_number for status in services.phones_of(taras)] == [PHONE]
    assert VerificationAttempt.objects.get().redeemed_at
    assert who_is_in(client, answer) == "taras"


@pytest.mark.parametrize("url", LOGINS)
def test_login_by_password_and_call(client: APIClient, olena: Any, outbox: list[Any], url: str) -> None:
    outbox.clear()
    answer = log_in(client, url)
    assert answer.status_code == 403
    body = answer.json()
    assert (body.pop("error"), [*body]) == ("proof_required", ["detail", "id"])
    assert who_is_in(client, answer) is None
    assert called(outbox) == [PHONE]
    attempt = VerificationAttempt.objects.get(pk=body["id"])
    assert (attempt.purpose, attempt.user, attempt.owner, attempt.ip_address) == ("login", olena, True, ADDRESS)
    answer = log_in(client, url, proof=prove(client, body["id"]))
    assert answer.status_code == (204 if settings.MODE == "session" else 200), answer.content
    assert who_is_in(client, answer) == "olena"


def test_what_a_login_answers(client: APIClient, olena: Any) -> None:
    answer = log_in(client, proof=testing.proof(PHONE, "login", user=olena))
    found = {
        "session": "sessionid" in answer.cookies,
        "token": b'"key"' in answer.content,
        "jwt": b'"access"' in answer.content,
    }
    assert [mode for mode, is_there in found.items() if is_there] == [settings.MODE]


def test_whoever_has_no_number_needs_none(client: APIClient, outbox: list[Any]) -> None:
    get_user_model().objects.create_user("olena", password=PASSWORD)
    assert who_is_in(client, log_in(client)) == "olena"
    assert not outbox
