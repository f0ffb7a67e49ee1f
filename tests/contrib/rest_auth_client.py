"""What a client of a site does that signs people up and in by dj-rest-auth."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from django_flashcall import testing

PHONE, OTHER = "+380501234503", "+380671234567"
PASSWORD = "a-long-one-1"
ROOT = "/api/auth/"
LOGINS = [f"{ROOT}login/", f"{ROOT}login", "/stock/login/"]
"""With our view, also without its slash, and with dj-rest-auth's own, which takes our serializer by the setting."""


def register(client: APIClient, **changes: Any) -> Any:
    body = {"username": "taras", "password1": PASSWORD, "password2": PASSWORD, **changes}
    return client.post(f"{ROOT}registration/", body)


def log_in(client: APIClient, url: str = LOGINS[0], **changes: Any) -> Any:
    return client.post(url, {"username": "olena", "password": PASSWORD, **changes})


def who_is_in(client: APIClient, answer: Any) -> Any:
    """Return the user name that the site knows the client by, with what the login has answered; None for nobody."""
    body = answer.json() if answer.content else {}
    if "access" in body:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {body['access']}")
    elif "key" in body:
        client.credentials(HTTP_AUTHORIZATION=f"Token {body['key']}")
    return client.get(f"{ROOT}user/").json().get("username")


def called(outbox: list[Any]) -> list[str]:
    return [str(message.phone_number) for message in outbox]


def prove(client: APIClient, attempt_id: str) -> str:
    """Enter the code as a client does that has nothing but the id."""
    url = f"/api/phone/verifications/{attempt_id}/verify/"
    proof: str = client.post(url, {"code": testing.code_of(attempt_id)}).json()["proof"]
    return proof


def nobody_was_made() -> bool:
    return not get_user_model().objects.filter(username="taras").exists()
