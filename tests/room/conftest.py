"""Staff with different permissions, and the pages that they see."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

LOOK = ["view_verificationattempt", "view_delivery", "view_phonestatus", "view_limit"]
SEE = [*LOOK, "view_full_phone"]
ACT = [*SEE, "change_verificationattempt", "change_phonestatus", "change_limit"]


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """A browser in which somebody of the staff with these permissions is signed in."""

    def sign_in(*permissions: str, name: str = "olga") -> Client:
        users = get_user_model().objects
        clerk = users.filter(username=name).first() or users.create_user(name, is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        browser = Client()
        browser.force_login(clerk)
        return browser

    return sign_in


def url(page: str, row: Any = None, *more: Any, model: str = "verificationattempt") -> str:
    """Return the address of a page of the admin."""
    model = row._meta.model_name if row is not None else model
    return reverse(f"admin:flashcall_{model}_{page}", args=([] if row is None else [row.pk]) + list(more))


def text(response: Any) -> str:
    """Return what a page says, without its markup."""
    assert response.status_code == 200, response
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", response.content.decode())).split())


def act(browser: Client, row: Any, name: str, **given: Any) -> Any:
    """Do something about a row, and return the page that follows."""
    return browser.post(url("act", row, name), given, follow=True)
