"""Each refusal has its own sentence and says what to do next."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from django_flashcall import services
from django_flashcall.exceptions import Refused
from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Status
from django_flashcall.refusals import DETAIL, Refusal
from django_flashcall.web.sentences import duration, sentence
from tests.web.browser import Browser

SHOWN = "+380 ••• •• •• 03"


def refuse_risky(number: str, **about: Any) -> None:
    raise Refused


def ask(browser: Browser, number: str = "+380501234503") -> Browser:
    return browser.open("/phone/").send("phone", phone_number=number)


class TestTheNumber:
    """Refusals on the page that asks for the number: nothing is sent, and the number stays in its field."""

    @pytest.mark.parametrize(
        ("number", "status", "says"),
        [
            ("", 200, "This field is required."),
            ("hello", 200, "Enter one phone number with its country code"),
            ("101", 200, "This number is too short."),
            ("+48512345678", 400, "We do not send codes to numbers of this country."),
            ("+380443901234", 400, "We send codes only to mobile numbers."),
            ("+38050123450\x003", 200, "Enter one phone number"),
            ("9" * 500, 200, "Enter one phone number"),
        ],
    )
    def test_numbers_that_are_not_called(
        self, browser: Browser, outbox: list[Any], number: str, status: int, says: str
    ) -> None:
        ask(browser, number)
        assert browser.status == status
        assert says in browser.page.text
        assert browser.page.forms["phone"].values["phone_number"] == number
        assert outbox == []

    def test_a_blocked_number(self, browser: Browser, phone: str, outbox: list[Any]) -> None:
        PhoneStatus.objects.lock(phone)
        PhoneStatus.objects.update(blocked_until="2100-01-01T00:00Z")
        assert ask(browser).status == 403
        assert "We cannot send a code to this number. Use another number" in browser.page.text

    def test_a_risk(self, browser: Browser, flashcall: Callable[..., None]) -> None:
        flashcall(RISK_CHECK=refuse_risky)
        assert ask(browser).status == 403
        assert "We cannot send a code to this number." in browser.page.text

    def test_a_limit(self, browser: Browser, flashcall: Callable[..., None], age: Callable[..., None]) -> None:
        flashcall(LIMITS={"phone": "1/h"})
        ask(browser)
        age(60)
        assert ask(browser).status == 429
        assert browser.response["Retry-After"] == "3540"
        assert "Too many requests. Try again in 59 minutes." in browser.page.text

    def test_a_provider_that_refuses_us(self, browser: Browser, outbox: list[Any]) -> None:
        memory.fail(status=Status.UNREACHABLE, error_code=base.CREDENTIALS)
        assert ask(browser).status == 503
        assert "We cannot send codes at the moment. Try again in a few minutes." in browser.page.text

    def test_a_call_that_no_channel_takes_can_be_continued(
        self, browser: Browser, code: Callable[[], str], outbox: list[Any]
    ) -> None:
        memory.fail()
        ask(browser)
        assert (browser.status, len(outbox)) == (200, 2)
        assert "The code could not be delivered." in browser.page.text
        memory.clear()
        browser.send("fallback").send("code", code=code())
        assert "Your number is verified" in browser.page.text


class TestTheCode:
    """Refusals on the page for the code."""

    def test_wrong_codes_are_counted_down(self, waiting: Browser, wrong_code: Callable[[], str]) -> None:
        waiting.send("code", code=wrong_code())
        assert "That is not the right code. You have 2 more tries." in waiting.page.text
        waiting.send("code", code=wrong_code())
        assert "That is not the right code. You have 1 more try." in waiting.page.text
        waiting.send("code", code=wrong_code())
        assert "Too many wrong codes." in waiting.page.text
        assert waiting.page.forms.keys() == set()
        assert waiting.page.links == ["/phone/proof/signup/"]

    @pytest.mark.parametrize("typed", ["", "12", "12345678901234567890123", "²³⁴⁵", "x" * 65, "\x00", "-1234", "48a1"])
    def test_what_cannot_be_the_code_costs_nothing(self, waiting: Browser, typed: str) -> None:
        waiting.send("code", code=typed)
        assert "This cannot be the code." in waiting.page.text
        assert VerificationAttempt.objects.get().checks == 0

    def test_a_limit_on_further_calls(
        self, waiting: Browser, flashcall: Callable[..., None], age: Callable[..., None]
    ) -> None:
        flashcall(LIMITS={"phone": "1/10m"})
        Limit.objects.all().delete()
        waiting.tab().open("/phone/").send("phone", phone_number="+380501234503")
        age(30)
        waiting.reload().send("resend")
        assert "Too many requests. Try again in 10 minutes." in waiting.page.text
        assert "code" in waiting.page.forms

    def test_an_sms_that_cannot_be_delivered(self, waiting: Browser, age: Callable[..., None]) -> None:
        age(20)
        memory.fail("sms")
        waiting.reload().send("fallback")
        assert "The code could not be delivered. Ask for it another way" in waiting.page.text
        assert "code" in waiting.page.forms

    def test_a_channel_that_is_not_there(self, waiting: Browser) -> None:
        url, values = waiting.filled_in("fallback")
        waiting.client.post(url, {**values, "channel": "pigeon"})
        assert "A code cannot be sent this way here." in waiting.reload().page.text

    def test_an_action_that_is_not_there(self, waiting: Browser) -> None:
        url, values = waiting.filled_in("fallback")
        assert waiting.client.post(url, {**values, "action": "fly"})["Location"] == url

    def test_a_number_of_another_account(
        self,
        browser: Browser,
        user: Any,
        stranger: Any,
        phone: str,
        code: Callable[[], str],
        flashcall: Callable[..., None],
    ) -> None:
        flashcall(ALLOW_TRANSFER=False)
        PhoneStatus.objects.give(phone, user=stranger, channel="sms")
        browser.client.force_login(user)
        browser.open("/phone/").send("phone", phone_number=phone).send("code", code=code())
        assert f"The code for {SHOWN} has been entered" in browser.page.text
        assert "This number belongs to another account." in browser.page.text
        assert browser.page.links == ["/phone/"]
        stranger.delete()
        assert services.own_phone(proof_of(browser), user=user)

    def test_a_number_that_was_verified_elsewhere(
        self, waiting: Browser, code: Callable[[], str], wrong_code: Callable[[], str]
    ) -> None:
        services.verify(VerificationAttempt.objects.get().pk, code=code())
        waiting.send("code", code=wrong_code())
        assert waiting.page.text.count("verified") == 1  # which says that it is, and nothing else does
        assert f"The code for {SHOWN} has been entered" in waiting.page.text
        assert "This number is verified already. Go on where you have entered the code" in waiting.page.text
        assert waiting.page.links == ["/phone/proof/signup/"]

    def test_a_flow_of_another_browser(self, waiting: Browser) -> None:
        thief = Browser().open(waiting.url)
        assert thief.status == 404
        assert "belongs to another browser. Start again." in thief.page.text
        assert thief.page.links == ["/phone/"]

    @pytest.mark.parametrize("key", ["x", "%00", "x" * 900])
    @pytest.mark.parametrize("page", ["code", "done"])
    def test_a_flow_that_never_was(self, browser: Browser, page: str, key: str) -> None:
        assert browser.open(f"/phone/{page}/{key}/").status == 404

    def test_who_signs_out_leaves_nothing(self, browser: Browser, user: Any, phone: str) -> None:
        browser.client.force_login(user)
        page = browser.open("/phone/").send("phone", phone_number=phone).url
        browser.client.logout()
        assert browser.open(page).status == 404


def proof_of(browser: Browser) -> str:
    (flow,) = browser.client.session["flashcall_flows"].values()
    return str(flow["proof"])


REASONS = ["region", "line_type", "short_number"]


def refusals() -> list[Refusal]:
    """Return every refusal, and each of those that are said in several ways."""
    extra = {"retry_after": 25, "checks_left": 2, "next_channel": None, "id": ""}
    plain = [code for code in (*DETAIL, "malformed") if code != "destination_not_allowed"]
    return [
        *(Refusal(code, extra) for code in plain),
        *(Refusal("destination_not_allowed", {"reason": reason}) for reason in REASONS),
        Refusal("provider_unavailable"),
    ]


class TestTheSentences:
    """As they are written."""

    def test_each_refusal_has_its_own(self) -> None:
        said = [sentence(refusal) for refusal in refusals()]
        assert len(set(said)) == len(said)

    @pytest.mark.parametrize("language", ["en", "uk"])
    @pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: str(refusal)[8:60])
    def test_each_says_what_happened_and_then_what_to_do(self, refusal: Refusal, language: str) -> None:
        with translation.override(language):
            happened, *to_do = re.findall(r"[A-ZА-ЯІЇЄ][^.]+\.", sentence(refusal))
            assert " ".join([happened, *to_do]) == sentence(refusal)
        assert to_do

    def test_none_is_the_apis(self) -> None:
        """Those are written for programmers."""
        assert {refusal.code for refusal in refusals() if sentence(refusal) == DETAIL.get(refusal.code)} == set()

    def test_each_is_translated(self) -> None:
        for refusal in refusals():
            english = sentence(refusal)
            with translation.override("uk"):
                assert sentence(refusal) != english, refusal.code

    @pytest.mark.parametrize(
        ("seconds", "english", "ukrainian"),
        [
            (1, "1 second", "1 секунду"),
            (2, "2 seconds", "2 секунди"),
            (25, "25 seconds", "25 секунд"),
            (119, "119 seconds", "119 секунд"),
            (121, "3 minutes", "3 хвилини"),
            (1260, "21 minutes", "21 хвилину"),
            (7199, "120 minutes", "120 хвилин"),
            (7200, "2 hours", "2 години"),
            (86400, "24 hours", "24 години"),
        ],
    )
    def test_times_are_said_as_people_say_them(self, seconds: int, english: str, ukrainian: str) -> None:
        assert duration(seconds) == english
        with translation.override("uk"):
            assert duration(seconds) == ukrainian
