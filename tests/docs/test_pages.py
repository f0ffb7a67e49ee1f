"""What docs/pages.md shows is run, and its table has the pages that there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import BaseUserCreationForm
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path

from django_flashcall import services, testing
from django_flashcall.models import PhoneStatus
from django_flashcall.web.urls import urlpatterns as web_urlpatterns
from tests.docs.markdown import ROOT, blocks
from tests.web.browser import Browser

PAGE = ROOT / "docs" / "pages.md"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> dict[str, Any]:
    """What the page's code makes, in a site whose user model is its own."""

    class UserCreationForm(BaseUserCreationForm):  # type: ignore[type-arg]
        class Meta:
            model = get_user_model()
            fields = ["username"]

    monkeypatch.setattr(auth_forms, "UserCreationForm", UserCreationForm)
    known: dict[str, Any] = {"urlpatterns": [path("", lambda request: HttpResponse("in"))]}
    for block in blocks(PAGE, "python"):
        exec(block.text, known)
    form = next(block.text for block in blocks(PAGE, "html") if "csrf_token" in block.text)
    (tmp_path / "signup.html").write_text(form)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    settings.ROOT_URLCONF = tuple(known["urlpatterns"])
    return known


@pytest.mark.django_db
def test_signup_and_login_are_as_it_is_shown(known: dict[str, Any], phone: str, code: Callable[[], str]) -> None:
    browser = Browser().open("/signup/").send("phone", phone_number=phone).send("code", code=code())
    assert "+380•••••••03" in browser.page.text
    browser.send("signup", username="taras", password1="a-long-one-1", password2="a-long-one-1")
    taras: Any = PhoneStatus.objects.get(phone_number=phone).user
    session = browser.client.session
    session["password_was_right"] = taras.pk
    session.save()
    browser.open("/login/phone/").send("phone").send("code", code=code())
    assert (browser.page.text, browser.client.session["_auth_user_id"]) == ("in", str(taras.pk))


@pytest.mark.django_db
def test_who_has_lost_the_number_logs_in_again(known: dict[str, Any], user: Any) -> None:
    browser = Browser()
    session = browser.client.session
    session["password_was_right"] = user.pk
    session.save()
    assert browser.client.get("/login/phone/")["Location"] == "/login/"


@pytest.mark.django_db
def test_a_form_takes_the_proof_as_it_is_shown(known: dict[str, Any], user: Any) -> None:
    form = known["SubscribeForm"]({"proof": testing.proof()})
    assert form.is_valid()
    form.save(user)
    assert services.phones_of(user)
    assert not known["SubscribeForm"]({"proof": form.data["proof"]}).is_valid()


@pytest.mark.django_db
def test_a_view_is_for_verified_users_as_it_is_shown(known: dict[str, Any], user: Any) -> None:
    request = RequestFactory().get("/withdraw/")
    request.user = user
    assert known["withdraw"](request).url == "/phone/?next=%2Fwithdraw%2F"
    testing.verified_phone(user)
    assert known["withdraw"](request).content == b"as you wish"


def test_the_table_has_every_page_and_no_other() -> None:
    told = set(re.findall(r"^\| `phone/(\S*)` \|", PAGE.read_text(), re.MULTILINE))
    assert told == {re.sub(r"<str:(\w+)>", r"{\1}", str(page.pattern)) for page in web_urlpatterns}
