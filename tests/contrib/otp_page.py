"""docs/recipes/django-otp.md: what it shows works. Run by `test_contrib.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from django_otp import devices_for_user

from django_flashcall import services, testing
from django_flashcall.contrib.otp.models import FlashCallDevice
from django_flashcall.models import PhoneStatus, VerificationAttempt
from tests.contrib import pages
from tests.web.browser import Browser

PAGE = "django-otp"
SETTINGS, VIEW, VIEW_URLS, ADD, TWO_FACTOR_SETTINGS, TWO_FACTOR_URLS = pages.blocks(PAGE, "python")
REGISTERED = """
import django
from django.conf import settings

settings.configure(
    SECRET_KEY="signs nothing",
    AUTH_USER_MODEL="auth.User",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "django_flashcall",
                    "django_otp", "django_otp.plugins.otp_totp", "two_factor", {plugins}],
)
django.setup()
from two_factor.plugins.registry import registry
print(sorted(type(method).__name__ for method in registry.get_methods()))
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> dict[str, Any]:
    """A site that is made of the page's blocks."""
    settings.LOGIN_URL = "/account/login/"
    (form,) = pages.blocks(PAGE, "html")
    (tmp_path / "second_step.html").write_text(form)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    known: dict[str, Any] = {"__name__": "shop.views", "path": path, "include": include, "urlpatterns": []}
    for block in (VIEW, VIEW_URLS, TWO_FACTOR_URLS):
        exec(block, known)
    known["urlpatterns"] += [
        path("phone/", include("django_flashcall.web.urls")),
        path("", lambda request: HttpResponse(f"verified: {request.user.is_verified()}")),
    ]
    settings.ROOT_URLCONF = tuple(known["urlpatterns"])
    return known


@pytest.fixture
def browser(shop: dict[str, Any], olena: Any) -> Browser:
    """The browser of somebody who has given the password."""
    browser = Browser()
    browser.client.force_login(olena)
    return browser


def send(browser: Browser, *press: str, **typed: str) -> Browser:
    """Send the form with the only device that is chosen."""
    browser.page.forms["second"].values["otp_device"] = FlashCallDevice.objects.get().persistent_id
    return browser.send("second", press=(press[0], "1") if press else None, **typed)


def test_the_settings_are_those_of_this_site() -> None:
    for block in (SETTINGS, TWO_FACTOR_SETTINGS):
        shown = pages.settings_of(block)
        assert {*shown.pop("INSTALLED_APPS")} <= {*site.INSTALLED_APPS}
        assert {*shown.pop("MIDDLEWARE", [])} <= {*site.MIDDLEWARE}
        assert {name: getattr(site, name) for name in shown} == shown


@pytest.mark.parametrize("atomic", [False, True], ids=["", "with ATOMIC_REQUESTS"])
def test_the_second_step(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, outbox: list[Any], code: Any, wrong: Any, atomic: bool
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic)
    outbox.clear()
    browser.open("/second-step/")
    assert not outbox
    send(browser, "otp_challenge")
    assert "last 4 digits" in browser.page.text
    assert [message.channel for message in outbox] == ["flashcall"]
    send(browser, otp_token=wrong(code()))
    assert VerificationAttempt.objects.latest("created_at").checks == 1
    assert browser.url == "/second-step/"
    send(browser, otp_token=code())
    assert browser.page.text == "verified: True"


def test_a_code_by_sms_is_taken_as_well(browser: Browser, olena: Any, code: Any) -> None:
    send(browser.open("/second-step/"), "otp_challenge")
    testing.let_pass(20)
    services.fall_back(FlashCallDevice.objects.get().attempt_id, user=olena)
    assert len(code()) == 6
    assert send(browser, otp_token=code()).page.text == "verified: True"


def test_a_number_that_was_given_up_is_no_device(browser: Browser, olena: Any, stranger: Any, phone: str) -> None:
    browser.open("/second-step/")
    testing.verified_phone(stranger, phone)
    testing.verified_phone(olena, "+380671234567")
    browser.reload()
    assert [device.phone_number for device in devices_for_user(olena)] == ["+380671234567"]


def test_who_has_no_number_is_sent_to_verify_one(browser: Browser, stranger: Any) -> None:
    browser.client.force_login(stranger)
    assert browser.open("/second-step/").url == "/phone/?next=%2Fsecond-step%2F"
    assert not FlashCallDevice.objects.exists()


def test_a_number_that_is_not_proved_yet(user: Any, phone: str, code: Any, wrong: Any) -> None:
    known: dict[str, Any] = {}
    exec(ADD, known)
    device = known["add"](user, phone)
    assert not known["confirm"](device, wrong(code()))
    assert not list(devices_for_user(user)) and not PhoneStatus.objects.for_user(user)
    assert known["confirm"](device, code())
    assert list(devices_for_user(user)) == [device]
    assert PhoneStatus.objects.for_user(user).get().phone_number == phone


def test_two_factor_calls_and_takes_the_code_that_came(shop: dict[str, Any], olena: Any, phone: str, code: Any) -> None:
    FlashCallDevice.objects.create(user=olena, name="default", phone_number=phone)
    client, login = Client(), "/account/login/"
    password = {"auth-username": "olena", "auth-password": "a-long-one-1", "login_view-current_step": "auth"}
    assert "We are calling your phone" in client.post(login, password).content.decode()
    testing.let_pass(20)
    services.fall_back(FlashCallDevice.objects.get().attempt_id, user=olena)
    assert len(code()) == 6
    client.post(login, {"token-otp_token": code(), "login_view-current_step": "token"})
    assert client.session["_auth_user_id"] == str(olena.pk)


@pytest.mark.parametrize(
    ("plugins", "has_ours"),
    [
        (["django_flashcall.contrib.otp"], True),
        (["two_factor.plugins.phonenumber", "django_flashcall.contrib.otp"], True),
        (["django_flashcall.contrib.otp", "two_factor.plugins.phonenumber"], False),
    ],
    ids=["alone", "after the plug-in", "before it"],
)
def test_call_is_ours_where_the_page_says_so(plugins: list[str], has_ours: bool) -> None:
    listed = ", ".join(f'"{name}"' for name in plugins)
    command = [sys.executable, "-c", REGISTERED.format(plugins=listed)]
    methods = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert ("FlashCallMethod" in methods) == has_ours, methods
