"""What a person's browser, and a client of the JSON API, do at a site that signs people up and in by allauth."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client

from django_flashcall.models import PhoneStatus

PHONE, OTHER = "+380501234503", "+380671234567"
PASSWORD = "a-long-one-1"
ACCOUNTS, HEADLESS = "/accounts/", "/_allauth/browser/v1/"
WAYS = ["pages", "json"]


def post(client: Client, path: str, body: object) -> Any:
    return client.post(f"{HEADLESS}{path}", body, content_type="application/json")


def sign_up(client: Client, way: str, **changes: Any) -> Any:
    """Sign up over allauth's page or its JSON API, with `phone` as given."""
    body = {"username": "taras", **changes}
    if way == "json":
        return post(client, "auth/signup", {"password": PASSWORD, **body})
    return client.post(f"{ACCOUNTS}signup/", {"password1": PASSWORD, **body})


def change(client: Client, way: str, phone: Any, root: str = "") -> Any:
    """Change the signed-in user's number; `root` is where allauth's own views are."""
    if way == "json":
        url = f"{root}{HEADLESS}account/phone"
        return client.post(url, {"phone": phone}, content_type="application/json")
    return client.post(f"{root or '/accounts'}/phone/change/", {"phone": phone})


def refused(answer: Any, way: str) -> bool:
    """Tell whether the form, or the JSON, came back with an error that is about the phone."""
    if way == "json":
        return answer.status_code == 400 and {error["param"] for error in answer.json()["errors"]} == {"phone"}
    return answer.status_code == 200 and [*answer.context["form"].errors] == ["phone"]


def is_in(client: Client) -> str | None:
    """Return the user name that the site knows the client by."""
    user = get_user_model().objects.filter(pk=client.session.get("_auth_user_id")).first()
    return user and user.username


def owner(phone: str = PHONE) -> str | None:
    status = PhoneStatus.objects.verified().filter(phone_number=phone).first()
    return status and status.user and status.user.username


def nobody_was_made() -> bool:
    return not get_user_model().objects.filter(username="taras").exists()
