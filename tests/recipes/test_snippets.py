"""The Python that is on the pages alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import polib
import pytest
from django.db import connection, models
from django.http import HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import include, path, resolve
from django.utils import translation
from django.utils.module_loading import import_string
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import RefreshToken

from django_flashcall import services
from django_flashcall.providers.base import Message
from example_project.recipes.change_phone import ChangePhoneView
from tests.checks.site import told
from tests.recipes.client import MALLORYS, Site
from tests.recipes.pages import Page

pytestmark = pytest.mark.django_db


def run(*blocks: str, **known: Any) -> dict[str, Any]:
    """Run blocks of a page, one after the other, and return what they have defined."""
    known |= {"__name__": "shop"}
    for block in blocks:
        exec(block, known)
    return known


def test_the_test_of_a_signup(client: Browser, proof: Any, db: None) -> None:
    (block,) = Page("signup-drf").own()
    run(block)["test_signup"](client, proof, db)


def test_the_test_of_a_login(client: Browser, proof: Any, verified_phone: Any, django_user_model: Any) -> None:
    (block,) = Page("login-by-phone").own()
    run(block)["test_login"](client, proof, verified_phone, django_user_model, None)


def test_simplejwt_renews_what_it_gave(settings: Any, olena: Any) -> None:
    urls, rest_framework = Page("login-jwt").own()
    settings.ROOT_URLCONF = tuple(run(urls)["urlpatterns"])
    pair = APIClient().post("/api/login/refresh/", {"refresh": str(RefreshToken.for_user(olena))}).json()
    (authentication,) = run(rest_framework)["REST_FRAMEWORK"]["DEFAULT_AUTHENTICATION_CLASSES"]
    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {pair['access']}"})
    assert import_string(authentication)().authenticate(request)[0] == olena


def test_the_view_with_the_password_is_in_front() -> None:
    (block,) = Page("change-of-number").own()
    urls = run(block, path=path, include=include, ChangePhoneView=ChangePhoneView)["urlpatterns"]
    assert resolve("/api/phone/phones/", tuple(urls)).func.cls is ChangePhoneView
    assert resolve("/api/phone/verifications/", tuple(urls)).func.cls is not ChangePhoneView


class TestTheVerifiedPhoneOfAUser:
    """docs/recipes/users-phone.md."""

    PHONES, REACHABLE, MEMBERS = Page("users-phone").own()

    def test_of_the_request(self, olena: Any, phone: str, stranger: Any) -> None:
        request = RequestFactory().get("/")
        for user, number in ((olena, phone), (stranger, None)):
            request.user = user
            assert run(self.PHONES, request=request)["number"] == number

    def test_of_many(self, olena: Any, stranger: Any, django_user_model: Any) -> None:
        assert list(run(self.REACHABLE, User=django_user_model)["reachable"]) == [olena]

    def test_members_only(self, settings: Any, olena: Any, stranger: Any) -> None:
        known = run(self.MEMBERS, APIView=APIView, HttpResponse=HttpResponse, Response=Response, services=services)
        members, view = known["members"], known["MembersView"]
        phones = path("phone/", include("django_flashcall.web.urls"))
        settings.ROOT_URLCONF = (path("members/", members), path("members.json", view.as_view()), phones)
        answers = {}
        for user in (olena, stranger):
            site = APIClient()
            site.force_login(user)
            answers[user.username] = [site.get("/members/").status_code, site.get("/members.json").status_code]
        assert answers == {"olena": [200, 200], "stranger": [302, 403]}


class TestOtherWords:
    """docs/recipes/texts.md."""

    PAGE = Page("texts")

    def test_a_template_of_the_sites_is_sent(
        self, settings: Any, tmp_path: Any, olena: Any, phone: str, flashcall_outbox: list[Message]
    ) -> None:
        for name, text in self.PAGE.shown().items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path / "templates"]}]
        attempt = services.request_verification(phone, purpose="login", user=olena, channel="sms")
        code = flashcall_outbox[-1].code.digits
        assert flashcall_outbox[-1].text == f"My shop: {code} is your code to log in."
        services.fall_back(services.request_verification(phone).pk, channel="sms")
        assert "My shop" not in flashcall_outbox[-1].text
        assert "We ring once. Do not answer" in Browser().get("/phone/proof/signup/").content.decode()
        assert attempt.purpose == "login"

    @pytest.fixture
    def translated(self, settings: Any, tmp_path: Any) -> Iterator[None]:
        """The site's own catalogue, compiled."""
        header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        catalogue = polib.pofile(header + self.PAGE.shown()["locale/uk/LC_MESSAGES/django.po"])
        for language in ("uk", "rue"):
            folder = tmp_path / "locale" / language / "LC_MESSAGES"
            folder.mkdir(parents=True)
            catalogue.save_as_mofile(str(folder / "django.mo"))
        (block,) = self.PAGE.own()
        settings.LOCALE_PATHS = run(block, BASE_DIR=tmp_path)["LOCALE_PATHS"]
        yield
        settings.LOCALE_PATHS = []

    def test_a_catalogue_of_the_sites_comes_first(
        self, translated: None, phone: str, flashcall_outbox: list[Message], wrong: Any
    ) -> None:
        with translation.override("uk"):
            attempt = services.request_verification(phone, channel="sms")
        code = flashcall_outbox[-1].code.digits
        assert flashcall_outbox[-1].text == f"Крамниця: ваш код {code}. Нікому його не кажіть."
        url = f"/api/phone/verifications/{attempt.pk}/verify/"
        reply = APIClient().post(url, {"code": wrong(code)}, format="json", headers={"Accept-Language": "uk"})
        assert reply.json()["detail"] == "Це не той код."

    def test_so_does_one_of_a_language_that_the_package_does_not_have(
        self, translated: None, settings: Any, phone: str, flashcall_outbox: list[Message]
    ) -> None:
        settings.LANGUAGES = [*settings.LANGUAGES, ("rue", "Rusyn")]
        with translation.override("rue"):
            services.request_verification(phone, channel="sms")
        assert flashcall_outbox[-1].text.startswith("Крамниця: ваш код ")


class SMSVerification(models.Model):
    """As django-phone-verify 3.3 writes it, so far as it is read here."""

    phone_number = models.CharField(max_length=128)
    is_verified = models.BooleanField(default=False)
    modified_at = models.DateTimeField()

    class Meta:
        app_label = "phone_verify"
        db_table = "sms_verification"

    def __str__(self) -> str:
        return self.phone_number


@pytest.mark.django_db(transaction=True)
class TestComingFromDjangoPhoneVerify:
    """docs/recipes/from-django-phone-verify.md."""

    @pytest.fixture
    def take_over(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
        module = ModuleType("phone_verify.models")
        module.SMSVerification = SMSVerification  # type: ignore[attr-defined]
        monkeypatch.setitem(__import__("sys").modules, "phone_verify", ModuleType("phone_verify"))
        monkeypatch.setitem(__import__("sys").modules, "phone_verify.models", module)
        with connection.schema_editor() as editor:
            editor.create_model(SMSVerification)
        (block,) = Page("from-django-phone-verify").own()
        yield run(block)["take_over"]
        with connection.schema_editor() as editor:
            editor.delete_model(SMSVerification)

    def test_owners_are_taken_over_once(self, take_over: Any, django_user_model: Any, verified_phone: Any) -> None:
        create = django_user_model.objects.create_user
        proved, typed, none = create("proved", phone="+380501234503"), create("typed", phone=MALLORYS), create("none")
        owner, late = create("owner"), create("late", phone="+380931234577")
        verified_phone(owner, "+380931234577")
        now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        for number, is_verified in (("+380501234503", True), (MALLORYS, False), ("+380931234577", True)):
            SMSVerification.objects.create(phone_number=number, is_verified=is_verified, modified_at=now)
        assert (take_over(), take_over()) == (1, 0)
        (status,) = services.phones_of(proved)
        assert (status.phone_number, status.verified_at, status.verified_channel) == ("+380501234503", now, "sms")
        assert [services.phones_of(user) for user in (typed, none, late)] == [[], [], []]
        assert len(services.phones_of(owner)) == 1


def test_the_samples_server_is_this(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration, urls = Page("from-the-providers-sample").own()
    monkeypatch.setenv("SMSBAT_API_KEY", "0123456789abcdef")
    known = run(configuration, INSTALLED_APPS=[], os=os)
    assert told(known["FLASHCALL"]) == []
    assert {*known["INSTALLED_APPS"]} <= {*settings.INSTALLED_APPS}
    settings.ROOT_URLCONF = tuple(run(urls, urlpatterns=[], path=path, include=include)["urlpatterns"])
    assert Site().start("+380501234503", "signup").status_code == 201
