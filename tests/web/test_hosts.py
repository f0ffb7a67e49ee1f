"""Sites that are strict, or broken."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import path
from django.views.debug import SafeExceptionReporterFilter

from django_flashcall.models import VerificationAttempt
from django_flashcall.web.code import CodeView
from django_flashcall.web.flows import MOST
from django_flashcall.web.views import PhoneView
from tests.urls import urlpatterns
from tests.web.browser import Browser


def break_down(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("The hook is broken.")


class BrokenView(CodeView):
    """A site's own, whose hook raises."""

    verified = break_down


class NumberlessView(PhoneView):
    """A site's own for a purpose that no client may start, which has no number to give."""

    purpose = "login"


class GarbageView(NumberlessView):
    """One that has something else."""

    def get_phone_number(self) -> str:
        return "ask Olena"


urlpatterns = [
    path("broken/<str:key>/", BrokenView.as_view()),
    path("login/", NumberlessView.as_view()),
    path("garbage/", GarbageView.as_view()),
    *urlpatterns,
]


class TestEveryPage:
    """What holds for all of them."""

    @pytest.fixture
    def pages(self, browser: Browser, phone: str, code: Callable[[], str]) -> list[Any]:
        """The replies of a whole flow, posts and all."""
        replies = [browser.client.get("/phone/")]
        browser.open("/phone/")
        url, values = browser.filled_in("phone", phone_number=phone)
        replies.append(browser.client.post(url, values))
        browser.open(replies[-1]["Location"])
        replies.append(browser.response)
        for form, typed in (("code", {"code": "1"}), ("resend", {}), ("code", {"code": code()})):
            url, values = browser.filled_in(form, **typed)
            replies += [browser.client.post(url, values), browser.client.get(url)]
        replies.append(browser.client.get(replies[-1]["Location"]))
        replies.append(browser.client.get("/phone/code/unknown/"))
        assert "Your number is verified" in replies[-2].content.decode()
        return replies

    def test_no_cache_keeps_it(self, pages: list[Any]) -> None:
        assert {reply["Cache-Control"] for reply in pages} == {"no-store"}

    def test_nothing_secret_is_in_it(
        self, pages: list[Any], phone: str, code: Callable[[], str], browser: Browser
    ) -> None:
        (flow,) = browser.client.session["flashcall_flows"].values()
        for reply in pages:
            said = str(dict(reply.headers)) + reply.content.decode()
            for secret in (phone, phone[4:], code(), flow["proof"], flow["attempt_id"]):
                assert secret not in said

    def test_nothing_in_it_is_inline(self, pages: list[Any]) -> None:
        for reply in pages:
            html = reply.content.decode()
            assert re.search(r"<style|<[^>]*\s(style|on[a-z]+)=", html) is None
            assert html.count("<script") == html.count('<script type="module" src="/static/')

    def test_a_form_without_its_csrf_proof_is_refused(self, waiting: Browser, code: Callable[[], str]) -> None:
        for page in ("/phone/", waiting.url):
            reply = waiting.client.post(page, {"code": code(), "phone_number": "+380671234599"})
            assert reply.status_code == 403
        assert VerificationAttempt.objects.get().status == "pending"

    def test_it_is_so_without_the_middleware_too(
        self, settings: Any, waiting: Browser, code: Callable[[], str]
    ) -> None:
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]
        unprotected = Client(enforce_csrf_checks=True)
        unprotected.cookies = waiting.client.cookies
        assert unprotected.post(waiting.url, {"code": code()}).status_code == 403

    def test_a_browser_that_keeps_no_cookies_is_refused_before_anything_is_sent(
        self, settings: Any, browser: Browser, phone: str, outbox: list[Any]
    ) -> None:
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]
        url, values = browser.open("/phone/").filled_in("phone", phone_number=phone)
        assert Client(enforce_csrf_checks=True).post(url, values).status_code == 403
        assert outbox == []

    def test_other_methods_are_not_there(self, waiting: Browser) -> None:
        for method in ("put", "patch", "delete"):
            assert getattr(Client(), method)(waiting.url).status_code == 405


class TestNext:
    """Where to go on."""

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "//evil.example/",
            "https://evil.example/",
            "javascript:alert(1)",
            "\\\\evil.example",
            "http:///evil.example",
            "/\\evil",
        ],
    )
    def test_another_site_is_not_gone_to(
        self, browser: Browser, phone: str, code: Callable[[], str], elsewhere: str
    ) -> None:
        url = str(RequestFactory().get("/phone/", {"next": elsewhere}).get_full_path())
        browser.open(url).send("phone", phone_number=phone).send("code", code=code())
        assert browser.url.startswith("/phone/done/")

    def test_a_page_of_this_site_is(self, browser: Browser, phone: str, code: Callable[[], str], user: Any) -> None:
        browser.client.force_login(user)
        browser.open("/phone/?next=/admin/login/%3Fa%3Db").send("phone", phone_number=phone).send("code", code=code())
        assert browser.url == "/admin/login/?a=b"

    def test_one_that_is_named_as_a_page_beside_this_one(
        self, browser: Browser, phone: str, code: Callable[[], str], user: Any
    ) -> None:
        browser.client.force_login(user)
        browser.open("/phone/?next=here").send("phone", phone_number=phone)
        url, values = browser.filled_in("code", code=code())
        assert [browser.client.post(url, values)["Location"] for _ in range(2)] == ["here", "here"]
        assert browser.client.get(url)["Location"] == "here"


class TestStrictSites:
    """Settings of a host."""

    def test_everything_is_behind_a_login(self, settings: Any, browser: Browser, phone: str, code: Any) -> None:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
        browser.open("/phone/").send("phone", phone_number=phone).send("code", code=code())
        assert "Your number is verified" in browser.page.text

    def test_its_own_base_template(self, flashcall: Callable[..., None], browser: Browser) -> None:
        flashcall(BASE_TEMPLATE="admin/base_site.html")
        assert 'id="site-name"' in browser.open("/phone/").response.content.decode()
        assert "phone" in browser.page.forms

    def test_no_context_processors(self, settings: Any, browser: Browser, phone: str, code: Callable[[], str]) -> None:
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": {}}]
        browser.open("/phone/").send("phone", phone_number=phone)
        assert browser.page.element["endpoint"] == browser.url
        browser.send("code", code=code())
        assert "Your number is verified" in browser.page.text

    def test_a_purpose_may_have_templates_of_its_own(self, browser: Browser, settings: Any, tmp_path: Any) -> None:
        (tmp_path / "flashcall").mkdir()
        (tmp_path / "flashcall" / "phone_signup.html").write_text("For {{ purpose.name }}")
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
        assert browser.open("/phone/").page.text == "For signup"

    def test_users_of_none(self, settings: Any, browser: Browser, phone: str, code: Callable[[], str]) -> None:
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Authentication" not in name]
        browser.open("/phone/").send("phone", phone_number=phone).send("code", code=code())
        assert "Your number is verified" in browser.page.text

    def test_sessions_in_cookies(self, settings: Any, browser: Browser, code: Callable[[], str]) -> None:
        settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
        for last in range(MOST):
            browser.open(f"/phone/proof/signup/?next=/admin/%3F{'x' * 50}")
            browser.send("phone", phone_number=f"+38067123459{last}").send("code", code=code())
            assert browser.url.startswith("/admin/login/")
        assert len(browser.client.session["flashcall_flows"]) == MOST
        assert len(browser.client.cookies["sessionid"].value) < 4000

    def test_an_attempt_that_was_deleted(self, waiting: Browser, code: Callable[[], str]) -> None:
        waiting.send("code", code=code())
        assert "/done/" in waiting.url
        VerificationAttempt.objects.all().delete()
        assert waiting.reload().status == 404

    def test_sessions_of_an_older_version(self, waiting: Browser) -> None:
        session = waiting.client.session
        for flow in session["flashcall_flows"].values():
            del flow["judged"]
        session.save()
        assert waiting.reload().status == 404

    def test_a_number_that_only_the_site_may_give_is_not_asked_for(self, browser: Browser, settings: Any) -> None:
        settings.ROOT_URLCONF = __name__
        with pytest.raises(Exception, match="override get_phone_number"):
            browser.open("/login/")

    def test_a_number_on_the_sites_records_that_is_none(self, browser: Browser, settings: Any) -> None:
        settings.ROOT_URLCONF = __name__
        browser.open("/garbage/").send("phone")
        assert "Enter one phone number with its country code" in browser.page.text

    @pytest.mark.django_db(transaction=True)
    def test_a_transaction_around_each_request_gives_no_check_back(
        self,
        monkeypatch: pytest.MonkeyPatch,
        settings: Any,
        waiting: Browser,
        wrong_code: Callable[[], str],
        code: Callable[[], str],
    ) -> None:
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
        settings.ROOT_URLCONF = __name__
        waiting.client.raise_request_exception = False
        waiting.send("code", code=wrong_code())
        assert VerificationAttempt.objects.get().checks == 1
        url, values = waiting.filled_in("code", code=code())
        assert waiting.client.post(url.replace("/phone/code/", "/broken/"), values).status_code == 500
        assert VerificationAttempt.objects.get().status == "verified"
        waiting.reload().send("code", code=code())
        assert "Your number is verified" in waiting.page.text


class TestWhatIsReported:
    """Reports of errors."""

    def test_no_form_is_in_them(self, waiting: Browser, settings: Any, code: Callable[[], str], caplog: Any) -> None:
        settings.ROOT_URLCONF = __name__
        waiting.client.raise_request_exception = False
        url, values = waiting.filled_in("code", code=code())
        with caplog.at_level(logging.ERROR, "django.request"):
            assert waiting.client.post(url.replace("/phone/code/", "/broken/"), values).status_code == 500
        (request,) = [record.request for record in caplog.records if hasattr(record, "request")]
        assert request.POST["code"] == code()
        assert code() not in str(SafeExceptionReporterFilter().get_post_parameters(request))


class TestADatabaseThatIsAway:
    """Our code is the first to meet it."""

    @pytest.fixture
    def away(self, waiting: Browser, outbox: list[Any]) -> Iterator[Browser]:
        outbox.clear()

        def fail(*args: Any, **kwargs: Any) -> Any:
            raise OperationalError("The server closed the connection.")

        with connection.execute_wrapper(fail):
            yield waiting

    @pytest.mark.parametrize(("form", "typed"), [("code", {"code": "1234"}), ("resend", {}), ("cancel", {})])
    def test_the_page_says_so(
        self, away: Browser, form: str, typed: dict[str, str], outbox: list[Any], caplog: Any
    ) -> None:
        away.send(form, **typed)
        assert away.status == 503
        assert "We cannot send codes at the moment. Try again in a few minutes." in away.page.text
        assert away.response["Cache-Control"] == "no-store"
        assert outbox == []
        assert "The database failed." in caplog.text

    def test_the_script_is_told_as_the_api_tells(self, away: Browser) -> None:
        reply = away.client.get(away.url, headers={"Accept": "application/json"})
        assert (reply.status_code, reply.json()["error"]) == (503, "provider_unavailable")
