"""docs/recipes/allauth.md: what it shows works. Run by `test_contrib.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.urls import include, path

from django_flashcall import testing
from tests.contrib import pages
from tests.contrib.allauth_client import PASSWORD, is_in, owner, sign_up
from tests.web.browser import Browser

PAGE = "allauth"
ADAPTER, SETTINGS, URLS, HEADLESS_URLS, STAGE, STAGE_URLS, STAGE_ADAPTER = pages.blocks(PAGE, "python")

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A site that is made of the page's blocks."""
    known: dict[str, Any] = {
        "__name__": "shop.adapter",
        "urlpatterns": [],
        "path": path,
        "include": include,
    }
    for name in ("shop", "shop.adapter", "shop.login"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))

    def run(*shown: str) -> None:
        for block in shown:
            exec(block, known)
        for name in ("adapter", "login"):
            vars(sys.modules[f"shop.{name}"]).update(known)
        settings.ROOT_URLCONF = tuple(known["urlpatterns"])

    run(ADAPTER, URLS, HEADLESS_URLS)
    for name, value in pages.settings_of(SETTINGS).items():
        setattr(settings, name, value)
    return {**known, "run": run}


def test_it_has_one_title() -> None:
    assert pages.text(PAGE).count("\n# ") == 0 and pages.text(PAGE).startswith("# ")


def test_the_settings_are_those_of_this_site() -> None:
    shown = pages.settings_of(SETTINGS)
    shown.pop("ACCOUNT_ADAPTER")
    assert {name: getattr(site, name) for name in shown} == shown


def test_the_exchanges_are_so(shop: dict[str, Any]) -> None:
    assert pages.replay(Client(), PAGE) == 3
    assert owner() == "olena"


def test_the_signup_page(shop: dict[str, Any], settings: Any, tmp_path: Path, phone: str, code: Any) -> None:
    (tmp_path / "account").mkdir()
    (tmp_path / "account" / "signup.html").write_text(pages.blocks(PAGE, "html")[0])
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    browser = Browser().open("/accounts/signup/")
    browser.open(browser.page.links[0]).send("phone", phone_number=phone).send("code", code=code())
    assert "+380•••••••03" in browser.page.text and not browser.page.links
    browser.send("signup", username="taras", password1=PASSWORD)
    assert is_in(browser.client) == owner() == "taras"


def test_the_script_names_what_the_page_has(shop: dict[str, Any]) -> None:
    (script,) = pages.blocks(PAGE, "js")
    assert "forms.signup.elements.phone" in script and 'name="signup"' in pages.blocks(PAGE, "html")[0]
    assert 'type="hidden" name="phone"' in Client().get("/accounts/signup/").content.decode()


def test_a_call_after_the_password(shop: dict[str, Any], olena: Any, outbox: list[Any], code: Any) -> None:
    shop["run"](STAGE, STAGE_URLS, STAGE_ADAPTER)
    outbox.clear()
    browser = Browser().open("/accounts/login/")
    form = next(name for name, form in browser.page.forms.items() if "password" in form.values)
    browser.send(form, login="olena", password=PASSWORD)
    assert (browser.url, is_in(browser.client), outbox) == ("/login/phone/", None, [])
    browser.send("phone")
    assert [message.phone_number for message in outbox] == ["+380501234503"]
    assert is_in(browser.client) is None
    browser.send("code", code=code())
    assert is_in(browser.client) == "olena"


def test_a_signup_is_not_called_once_more(shop: dict[str, Any]) -> None:
    shop["run"](STAGE, STAGE_URLS, STAGE_ADAPTER)
    client = Client()
    sign_up(client, "pages", phone=testing.proof())
    assert is_in(client) == "taras"


def test_its_pages_are_for_whoever_gave_the_password(shop: dict[str, Any], olena: Any, outbox: list[Any]) -> None:
    shop["run"](STAGE, STAGE_URLS, STAGE_ADAPTER)
    outbox.clear()
    for method in ("get", "post"):
        for url in ("/login/phone/", "/login/phone/x/"):
            answer = getattr(Client(), method)(url)
            assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert not outbox
