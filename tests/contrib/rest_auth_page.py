"""docs/recipes/dj-rest-auth.md: what it shows works. Run by `test_contrib.py`."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth import get_user_model
from django.test import RequestFactory
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.test import APIClient

from django_flashcall import testing
from tests.contrib import pages

PAGE = "dj-rest-auth"
SETTINGS, URLS, SERIALIZER = pages.blocks(PAGE, "python")

pytestmark = pytest.mark.django_db


def test_it_has_one_title() -> None:
    assert pages.text(PAGE).count("\n# ") == 0 and pages.text(PAGE).startswith("# ")


def test_the_settings_are_those_of_this_site() -> None:
    shown = pages.settings_of(SETTINGS)
    assert {*shown.pop("INSTALLED_APPS")} <= {*site.INSTALLED_APPS}
    assert {*shown.pop("MIDDLEWARE")} <= {*site.MIDDLEWARE}
    assert shown.pop("REST_AUTH").items() <= site.REST_AUTH.items()
    assert not shown


def test_the_exchanges_are_so_under_the_urls(settings: Any) -> None:
    known: dict[str, Any] = {"urlpatterns": [], "path": path, "include": include}
    exec(URLS, known)
    settings.ROOT_URLCONF = tuple(known["urlpatterns"])
    signup, login = pages.text(PAGE).split("## Login")
    assert "/api/auth/registration/" in signup
    original, pages_text = pages.text, {"signup": signup, "login": login}
    try:
        pages.text = pages_text.__getitem__
        assert pages.replay(APIClient(), "signup") == 3
        testing.let_pass(60)
        assert pages.replay(APIClient(), "login") == 3
    finally:
        pages.text = original


def test_the_serializer_asks_staff_for_a_number(olena: Any) -> None:
    known: dict[str, Any] = {}
    exec(SERIALIZER, known)
    request = Request(RequestFactory().post("/"))

    def log_in(name: str, **more: str) -> Any:
        data = {"username": name, "password": "a-long-one-1", **more}
        return known["SiteLoginSerializer"](data=data, context={"request": request})

    get_user_model().objects.create_user("taras", password="a-long-one-1")
    get_user_model().objects.create_user("admin", password="a-long-one-1", is_staff=True)
    assert log_in("taras").is_valid()
    assert not log_in("admin").is_valid()
    assert log_in("olena", proof=testing.proof(purpose="login", user=olena)).is_valid()
