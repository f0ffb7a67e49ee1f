"""From a number to a verified one, with plain forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse_lazy

from django_flashcall import services
from django_flashcall.models import PhoneStatus, VerificationAttempt
from django_flashcall.web import flows
from tests.web.browser import Browser

NUMBER = "+380 ••• •• •• 03"
START = reverse_lazy("flashcall_web:proof", args=["signup"])


def kept(browser: Browser) -> dict[str, Any]:
    """Return the session's only flow."""
    (flow,) = browser.client.session[flows.NAME].values()
    return dict(flow)


def test_a_signed_in_user_becomes_the_owner(
    browser: Browser, user: object, phone: str, code: Callable[[], str]
) -> None:
    browser.client.force_login(user)
    browser.open("/phone/").send("phone", phone_number="050 123 45 03")
    assert f"We are calling {NUMBER}" in browser.page.text
    assert "You need not answer. Enter the last 4 digits of the number that called." in browser.page.text
    browser.send("code", code=code())
    assert (browser.status, "Your number is verified" in browser.page.text) == (200, True)
    assert [status.phone_number for status in PhoneStatus.objects.for_user(user)] == [phone]


def test_a_strangers_proof_is_kept_for_the_site(waiting: Browser, code: Callable[[], str], user: Any) -> None:
    waiting.send("code", code=code())
    assert "Your number is verified" in waiting.page.text
    assert services.redeem(kept(waiting)["proof"], purpose="signup", user=user)


def test_a_proof_that_a_view_of_the_sites_own_redeems_is_kept(
    browser: Browser, user: Any, phone: str, code: Callable[[], str]
) -> None:
    browser.client.force_login(user)
    browser.open("/phone/proof/change_phone/").send("phone", phone_number=phone).send("code", code=code())
    assert not PhoneStatus.objects.exists()
    assert services.redeem(kept(browser)["proof"], purpose="change_phone", user=user)


@pytest.mark.parametrize("spelled", ["{}", "+38044123{}", "044 123-{}", "0038044123{}", " +380 (44) 123-{} "])
def test_the_whole_number_that_called_will_do(waiting: Browser, code: Callable[[], str], spelled: str) -> None:
    waiting.send("code", code=spelled.format(code()))
    assert "Your number is verified" in waiting.page.text


def test_a_whole_number_that_did_not_call_spends_a_check(waiting: Browser, wrong_code: Callable[[], str]) -> None:
    waiting.send("code", code=f"+38044123{wrong_code()}")
    assert "You have 2 more tries" in waiting.page.text
    assert VerificationAttempt.objects.get().checks == 1


class TestHelp:
    """What a person is told who waits."""

    def test_where_the_number_is_and_why_it_may_not_ring(self, waiting: Browser) -> None:
        for told in ("recent calls", "Do not disturb", "silences unknown callers", "roaming", "Do not call back"):
            assert told in waiting.page.text
        assert "Never tell anybody the code" in waiting.page.text

    def test_of_a_message_only_that_the_code_is_a_secret(self, waiting: Browser, age: Callable[..., None]) -> None:
        age(20)
        waiting.reload().send("fallback")
        assert "Never tell anybody the code" in waiting.page.text
        for told in ("recent calls", "Do not disturb", "silences unknown callers", "roaming", "Do not call back"):
            assert told not in waiting.page.text


class TestAnotherCode:
    """Call again, or use another channel."""

    def test_an_sms_instead(self, waiting: Browser, age: Callable[..., None], code: Callable[[], str]) -> None:
        age(20)
        waiting.reload().send("fallback")
        assert f"We have sent an SMS to {NUMBER}" in waiting.page.text
        assert "Enter the 6 digits from the SMS." in waiting.page.text
        assert "If our call has come after all" in waiting.page.text
        waiting.send("code", code=code())
        assert "Your number is verified" in waiting.page.text

    def test_the_late_call_counts_after_the_sms(
        self, waiting: Browser, age: Callable[..., None], code: Callable[[], str]
    ) -> None:
        of_the_call = code()
        age(20)
        waiting.reload().send("fallback").send("code", code=of_the_call)
        assert "Your number is verified" in waiting.page.text

    def test_a_call_again(self, waiting: Browser, age: Callable[..., None], code: Callable[[], str]) -> None:
        age(30)
        waiting.reload().send("resend").send("code", code=code())
        assert "Your number is verified" in waiting.page.text

    def test_too_soon_says_how_long_to_wait(self, waiting: Browser, outbox: list[Any]) -> None:
        waiting.send("resend")
        assert "You can ask for another in 30 seconds." in waiting.page.text
        waiting.send("fallback")
        assert "You can ask for another in 20 seconds." in waiting.page.text
        assert len(outbox) == 1

    def test_what_was_too_soon_is_forgotten_when_it_is_time(self, waiting: Browser, age: Callable[..., None]) -> None:
        waiting.send("resend")
        age(12)
        assert "You can ask for another in 18 seconds." in waiting.reload().page.text
        age(18)
        assert "You can ask for another" not in waiting.reload().page.text

    def test_after_the_code_has_expired(
        self, waiting: Browser, age: Callable[..., None], code: Callable[[], str]
    ) -> None:
        age(90)
        waiting.reload()
        assert "The code has expired. Ask for a new one." in waiting.page.text
        assert "code" not in waiting.page.forms
        waiting.send("fallback").send("code", code=code())
        assert "Your number is verified" in waiting.page.text

    def test_an_attempt_that_is_too_old_is_begun_again(self, waiting: Browser, age: Callable[..., None]) -> None:
        age(600)
        waiting.reload()
        assert waiting.page.forms.keys() == set()
        assert waiting.page.links == [START]


class TestGivingUp:
    """Change the number, or cancel."""

    def test_another_number(self, waiting: Browser, outbox: list[Any], code: Callable[[], str]) -> None:
        waiting.send("cancel", press=("action", "change"))
        assert waiting.url == START
        assert VerificationAttempt.objects.get().status == "canceled"
        waiting.send("phone", phone_number="+380671234599").send("code", code=code())
        assert "Your number is verified" in waiting.page.text
        assert [message.phone_number for message in outbox][1] == "+380671234599"

    def test_canceling(self, waiting: Browser, code: Callable[[], str]) -> None:
        _, values = waiting.filled_in("code", code=code())
        waiting.send("cancel", press=("action", "cancel"))
        assert "You have canceled this verification." in waiting.page.text
        assert (waiting.page.forms.keys(), waiting.page.links) == (set(), [START])
        waiting.client.post(waiting.url, values)
        assert "You have canceled this verification." in waiting.reload().page.text


class TestChannelChoice:
    """A device that cannot take calls."""

    @pytest.fixture
    def choice(self, flashcall: Callable[..., None]) -> None:
        flashcall(PURPOSES={"signup": {"API": True, "OWNS": True, "CHANNEL_CHOICE": True}})

    @pytest.mark.usefixtures("choice")
    def test_an_sms_from_the_start(self, browser: Browser, phone: str, outbox: list[Any]) -> None:
        browser.open("/phone/").send("phone", press=("channel", "sms"), phone_number=phone)
        assert f"We have sent an SMS to {NUMBER}" in browser.page.text
        assert [message.channel for message in outbox] == ["sms"]

    def test_only_where_the_purpose_has_it(self, browser: Browser, phone: str, outbox: list[Any]) -> None:
        browser.open("/phone/")
        assert "My device cannot take calls" not in browser.page.text
        url, values = browser.filled_in("phone", phone_number=phone)
        reply = browser.client.post(url, {**values, "channel": "sms"})
        assert "A code cannot be sent this way here." in reply.content.decode()
        assert outbox == []


class TestPurposes:
    """Which purposes can be started."""

    @pytest.mark.parametrize("purpose", ["login", "transaction", "unknown", "%00", "signup%0a"])
    def test_only_those_that_a_client_may_start(self, browser: Browser, purpose: str) -> None:
        assert browser.open(f"/phone/for/{purpose}/").status == 404

    def test_who_is_signed_in_verifies_a_number_where_there_is_no_change_of_one(
        self, browser: Browser, user: Any, flashcall: Callable[..., None]
    ) -> None:
        flashcall(PURPOSES={"change_phone": {}, "signup": {"API": True, "OWNS": True}})
        browser.client.force_login(user)
        assert browser.open("/phone/").page.text.startswith("Verify your phone number")

    def test_a_change_of_number_is_for_who_is_signed_in(self, browser: Browser, outbox: list[Any]) -> None:
        response = browser.client.get("/phone/for/change_phone/?next=/x/")
        assert response["Location"].endswith("/phone/for/change_phone/%3Fnext%3D/x/")
        browser.open("/phone/")
        _, values = browser.filled_in("phone", phone_number="+380501234503")
        assert browser.client.post("/phone/for/change_phone/", values).status_code == 302
        assert outbox == []
