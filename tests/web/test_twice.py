"""What is done twice: reloaded, sent by a double click, from a page that is out of date, or in another tab."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.models import VerificationAttempt
from django_flashcall.web import flows
from tests.web.browser import Browser

OTHER = "+380671234599"


def post(browser: Browser, form: str, **typed: str) -> Any:
    """Send a form and stay on the page, as the first click of two does."""
    url, values = browser.filled_in(form, **typed)
    return browser.client.post(url, values)


def timeless(text: str) -> str:
    """Leave out what a page counts down."""
    return re.sub(r"[0-9]+:[0-9]{2}|[0-9]+ seconds", "", text)


class TestTheNumber:
    """The form that costs a call."""

    def test_a_double_click_makes_one_call(self, browser: Browser, phone: str, outbox: list[Any]) -> None:
        browser.open("/phone/")
        places = {post(browser, "phone", phone_number=phone)["Location"] for _ in range(2)}
        assert (len(places), len(outbox)) == (1, 1)

    def test_the_second_click_may_come_while_the_call_is_being_placed(
        self, browser: Browser, phone: str, outbox: list[Any], during_send: Any
    ) -> None:
        browser.open("/phone/")
        second: list[Any] = []
        during_send(lambda: second.append(post(browser.tab_of(browser.page, browser.url), "phone", phone_number=phone)))
        first = post(browser, "phone", phone_number=phone)
        assert len(outbox) == 1
        assert second[0]["Location"] == first["Location"]
        assert "We are calling" in browser.open(first["Location"]).page.text

    @pytest.mark.parametrize("signed_in", [False, True])
    def test_going_back_and_changing_the_number_calls_the_other(
        self, browser: Browser, phone: str, user: Any, outbox: list[Any], signed_in: bool
    ) -> None:
        if signed_in:
            browser.client.force_login(user)
        browser.open("/phone/")
        first, second = (post(browser, "phone", phone_number=number)["Location"] for number in (phone, OTHER))
        assert first != second
        assert [message.phone_number for message in outbox] == [phone, OTHER]

    def test_a_new_form_for_the_number_leads_to_the_call_that_is_under_way(
        self, waiting: Browser, phone: str, outbox: list[Any]
    ) -> None:
        under_way = waiting.url
        again = waiting.tab().open("/phone/").send("phone", phone_number=phone)
        assert (again.status, len(outbox)) == (429, 1)
        assert again.response["Retry-After"] == "30"
        assert "You can ask for another in 30 seconds." in again.page.text
        assert under_way in again.page.links
        assert again.page.forms["phone"].values["phone_number"] == phone

    def test_a_call_for_another_purpose_is_not_gone_on_with(self, waiting: Browser, user: Any, phone: str) -> None:
        waiting.client.force_login(user)
        again = waiting.tab().open("/phone/for/change_phone/").send("phone", phone_number=phone)
        assert (again.status, again.page.links) == (429, [])

    def test_nobody_elses_call_is_told(self, waiting: Browser, phone: str) -> None:
        stranger = Browser().open("/phone/").send("phone", phone_number=phone)
        assert stranger.status == 429
        assert stranger.page.links == []

    @pytest.mark.parametrize("key", ["", "short", "x" * 1000, "\x00" * 20])
    def test_a_key_of_any_kind_is_no_fault(self, browser: Browser, phone: str, outbox: list[Any], key: str) -> None:
        browser.open("/phone/")
        assert post(browser, "phone", phone_number=phone, idempotency_key=key).status_code in {200, 302}


class TestReloading:
    """A page is what it was."""

    def test_each_post_ends_in_a_redirect(self, waiting: Browser, wrong_code: Callable[[], str]) -> None:
        for form, typed in (
            ("code", {"code": wrong_code()}),
            ("code", {"code": "x"}),
            ("resend", {}),
            ("fallback", {}),
        ):
            assert post(waiting, form, **typed).status_code == 302

    def test_a_reload_spends_nothing_and_says_the_same(
        self, waiting: Browser, wrong_code: Callable[[], str], outbox: list[Any]
    ) -> None:
        said = timeless(waiting.send("code", code=wrong_code()).page.text)
        for _ in range(3):
            assert timeless(waiting.reload().page.text) == said
        assert VerificationAttempt.objects.get().checks == 1
        assert len(outbox) == 1

    def test_a_verified_number_stays_verified(self, waiting: Browser, code: Callable[[], str]) -> None:
        page = waiting.url
        waiting.send("code", code=code())
        done = waiting.url
        assert waiting.reload().url == done
        assert waiting.open(page).url == done  # the back button


class TestTheCode:
    """The form that costs a check."""

    def test_a_double_click_on_a_wrong_code_is_one_wrong_code(
        self, waiting: Browser, wrong_code: Callable[[], str]
    ) -> None:
        for _ in range(3):
            post(waiting, "code", code=wrong_code())
        assert VerificationAttempt.objects.get().checks == 1

    def test_the_same_wrong_code_from_a_new_form_is_another(
        self, waiting: Browser, wrong_code: Callable[[], str]
    ) -> None:
        waiting.send("code", code=wrong_code()).send("code", code=wrong_code())
        assert VerificationAttempt.objects.get().checks == 2

    def test_another_code_from_the_same_form_is_judged(
        self, waiting: Browser, wrong_code: Callable[[], str], code: Callable[[], str]
    ) -> None:
        post(waiting, "code", code=wrong_code())
        assert "/done/" in post(waiting, "code", code=code())["Location"]

    def test_a_double_click_on_the_right_code(self, waiting: Browser, code: Callable[[], str]) -> None:
        places = {post(waiting, "code", code=code())["Location"] for _ in range(2)}
        assert len(places) == 1
        assert "/done/" in places.pop()

    def test_a_reply_that_was_lost_before_the_session_was_written(
        self, waiting: Browser, code: Callable[[], str]
    ) -> None:
        session = waiting.client.session
        before = session[flows.NAME]
        post(waiting, "code", code=code())
        session = waiting.client.session
        session[flows.NAME] = before
        session.save()
        waiting.reload().send("code", code=code())
        assert "Your number is verified" in waiting.page.text


class TestAnotherCode:
    """The buttons that cost a call."""

    @pytest.mark.parametrize("form", ["fallback", "resend"])
    def test_a_double_click_asks_once(
        self, waiting: Browser, age: Callable[..., None], outbox: list[Any], form: str
    ) -> None:
        age(30)
        waiting.reload()
        post(waiting, form)
        post(waiting, form)
        assert len(outbox) == 2
        assert "You can ask for another" not in waiting.reload().page.text

    def test_the_second_click_may_come_while_the_call_is_being_placed(
        self, waiting: Browser, age: Callable[..., None], outbox: list[Any], during_send: Any
    ) -> None:
        age(30)
        waiting.reload()
        during_send(lambda: post(waiting, "resend"))
        post(waiting, "resend")
        assert len(outbox) == 2
        assert "You can ask for another" not in waiting.reload().page.text

    def test_the_second_click_may_come_just_before(
        self, waiting: Browser, age: Callable[..., None], outbox: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        age(30)
        waiting.reload()
        fall_back, clicks = services.fall_back, [lambda: post(waiting, "resend")]

        def overtaken(*args: Any, **kwargs: Any) -> Any:
            if clicks:
                clicks.pop()()
            return fall_back(*args, **kwargs)

        monkeypatch.setattr(services, "fall_back", overtaken)
        post(waiting, "resend")
        assert len(outbox) == 2
        assert "You can ask for another" not in waiting.reload().page.text

    def test_a_page_that_is_out_of_date_asks_for_nothing(
        self, waiting: Browser, age: Callable[..., None], outbox: list[Any]
    ) -> None:
        old = waiting.tab().open(waiting.url)
        age(30)
        waiting.reload().send("fallback")
        age(60)
        old.send("resend")
        assert [message.channel for message in outbox] == ["flashcall", "sms"]
        assert "We have sent an SMS" in old.page.text


class TestTabs:
    """Several tabs have one session."""

    def test_each_has_its_own_number(self, waiting: Browser, code: Callable[[], str]) -> None:
        first_code = code()
        second = waiting.tab().open("/phone/").send("phone", phone_number=OTHER)
        assert "+380 ••• •• •• 99" in second.page.text
        assert "+380 ••• •• •• 03" in waiting.reload().page.text
        second_code = code()
        assert "+380 ••• •• •• 03" in waiting.send("code", code=first_code).page.text
        assert "+380 ••• •• •• 99" in second.send("code", code=second_code).page.text

    def test_a_tab_that_starts_while_another_one_waits_for_its_call_loses_nothing(
        self, browser: Browser, phone: str, during_send: Any, code: Callable[[], str]
    ) -> None:
        browser.open("/phone/").send("phone", phone_number="+380671234588")  # so that there is a session
        browser.open("/phone/")
        second = browser.tab().open("/phone/")
        during_send(lambda: second.send("phone", phone_number=OTHER))
        browser.send("phone", phone_number=phone)
        assert "+380 ••• •• •• 03" in browser.page.text
        assert "+380 ••• •• •• 99" in second.reload().page.text

    def test_a_session_keeps_a_few(self, browser: Browser) -> None:
        for last in range(flows.MOST + 2):
            browser.open("/phone/").send("phone", phone_number=f"+38067123{last:04}")
        kept = browser.client.session[flows.NAME]
        assert len(kept) == flows.MOST
        assert browser.url.split("/")[-2] in kept
