"""The tour of the example site, with plain forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail

from django_flashcall import services
from django_flashcall.models import PhoneStatus
from example_project.tour.models import Payment
from tests.web.browser import Browser

OTHER = "+380671234599"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def example_site(settings: Any, flashcall: Callable[..., None]) -> None:
    """Serve the example's pages as the example does."""
    from example_project import settings as example

    settings.ROOT_URLCONF = "example_project.urls"
    settings.TEMPLATES = example.TEMPLATES
    settings.LOGIN_URL, settings.LOGIN_REDIRECT_URL = example.LOGIN_URL, example.LOGIN_REDIRECT_URL
    flashcall(BASE_TEMPLATE="base.html")


@pytest.fixture
def owner(user: Any, phone: str) -> Any:
    """A user with a password and a verified number."""
    user.set_password(PASSWORD)
    user.email = "olena@example.com"
    user.save()
    PhoneStatus.objects.give(phone, user=user, channel="flashcall")
    return user


def sign_in(browser: Browser) -> Browser:
    return browser.open("/login/").send("main", username="olena", password=PASSWORD)


def test_whoever_signs_up_owns_the_number(browser: Browser, phone: str, code: Callable[[], str]) -> None:
    browser.open("/signup/").send("phone", phone_number=phone).send("code", code=code())
    assert "+380 ••• •• •• 03" in browser.page.text.replace("\xa0", " ")
    browser.send("main", username="taras", email="", password1=PASSWORD, password2=PASSWORD)
    assert browser.url == "/profile/"
    assert [status.phone_number for status in PhoneStatus.objects.filter(user__username="taras")] == [phone]


class TestLogin:
    """The password, and then a call to the account's own number."""

    def test_the_second_step_signs_in(self, browser: Browser, owner: Any, code: Callable[[], str]) -> None:
        sign_in(browser)
        assert "_auth_user_id" not in browser.client.session
        assert "+380 ••• •• •• 03" in browser.page.text.replace("\xa0", " ")
        browser.send("phone").send("code", code=code())
        assert browser.url == "/profile/"
        assert browser.client.session["_auth_user_id"] == str(owner.pk)

    def test_a_number_that_the_client_sends_is_not_called(
        self, browser: Browser, owner: Any, outbox: list[Any], phone: str
    ) -> None:
        sign_in(browser)
        url, values = browser.filled_in("phone")
        browser.client.post(url, {**values, "phone_number": OTHER})
        assert [message.phone_number for message in outbox] == [phone]

    def test_a_proof_of_another_accounts_number_does_not_sign_in(
        self, browser: Browser, owner: Any, stranger: Any, code: Callable[[], str]
    ) -> None:
        stranger.set_password(PASSWORD)
        stranger.save()
        PhoneStatus.objects.give(OTHER, user=stranger, channel="flashcall")
        browser.open("/login/").send("main", username="stranger", password=PASSWORD).send("phone")
        strangers_code = code()
        sign_in(browser.tab())
        browser.send("code", code=strangers_code)
        assert "_auth_user_id" not in browser.client.session
        assert "has been used or is too old" in browser.page.text

    def test_a_proof_for_another_purpose_does_not_sign_in(
        self, browser: Browser, owner: Any, code: Callable[[], str]
    ) -> None:
        browser.open("/phone/proof/signup/").send("phone", phone_number=OTHER)
        _, values = browser.filled_in("code", code=code())
        key = browser.url.split("/")[-2]
        sign_in(browser)
        reply = browser.client.post(f"/login/code/{key}/", values)
        assert reply.status_code == 404
        assert "_auth_user_id" not in browser.client.session

    def test_without_the_password_nobody_is_called(self, browser: Browser, owner: Any, outbox: list[Any]) -> None:
        browser.open("/login/phone/")
        assert (browser.url, outbox) == ("/login/", [])

    def test_the_password_is_remembered_for_a_while_only(
        self, browser: Browser, owner: Any, code: Callable[[], str]
    ) -> None:
        sign_in(browser).send("phone")
        session = browser.client.session
        session["password_was_right"][1] -= 600
        session.save()
        browser.send("code", code=code())
        assert "_auth_user_id" not in browser.client.session

    @pytest.mark.parametrize("number", ["of another account", "forgotten"])
    def test_who_has_lost_the_number_since_begins_again(
        self, browser: Browser, owner: Any, stranger: Any, phone: str, outbox: list[Any], number: str
    ) -> None:
        url, values = sign_in(browser).filled_in("phone")
        if number == "forgotten":
            PhoneStatus.objects.all().delete()
        else:
            PhoneStatus.objects.give(phone, user=stranger, channel="flashcall")
        assert browser.client.post(url, values)["Location"] == "/login/"
        assert (browser.open("/login/phone/").url, outbox) == ("/login/", [])
        assert sign_in(browser).url == "/profile/"

    @pytest.mark.parametrize("place", ["here", "index", "a%20b"])
    def test_any_place_to_go_on_to_is_one(
        self, browser: Browser, owner: Any, code: Callable[[], str], place: str
    ) -> None:
        browser.open(f"/login/?next={place}").send("main", username="olena", password=PASSWORD).send("phone")
        url, values = browser.filled_in("code", code=code())
        assert browser.client.post(url, values)["Location"] == place

    def test_who_has_no_number_is_signed_in_by_the_password(self, browser: Browser, user: Any) -> None:
        user.set_password(PASSWORD)
        user.save()
        sign_in(browser)
        assert browser.url == "/profile/"


class TestChangeOfNumber:
    """In the profile, after the password."""

    def test_the_old_number_is_told(
        self, browser: Browser, owner: Any, code: Callable[[], str], django_capture_on_commit_callbacks: Any
    ) -> None:
        browser.client.force_login(owner)
        browser.open("/profile/password/").send("main", password=PASSWORD).send("phone", phone_number=OTHER)
        with django_capture_on_commit_callbacks(execute=True):
            browser.send("code", code=code())
        assert browser.url == "/profile/"
        assert services.phones_of(owner)[0].phone_number == OTHER
        (letter,) = mail.outbox
        assert letter.to == ["olena@example.com"]
        assert "was +380•••••••03 and is now +380•••••••99" in letter.body

    @pytest.mark.parametrize(
        "page", ["/phone/", "/phone/for/change_phone/", "/phone/for/signup/", "/phone/proof/signup/"]
    )
    def test_no_page_changes_it_without_the_password(
        self, browser: Browser, owner: Any, page: str, outbox: list[Any]
    ) -> None:
        browser.client.force_login(owner)
        browser.open(page)
        assert browser.url == "/profile/password/"
        browser.send("main", password="wrong")
        assert browser.url == "/profile/password/"
        assert "That is not your password." in browser.page.text
        assert browser.client.post(page, {"phone_number": OTHER}).status_code in {302, 403}
        assert outbox == []


class TestPayment:
    """A code counts for one amount and one payee."""

    @pytest.fixture
    def asked(self, browser: Browser, owner: Any) -> Browser:
        """A browser that shows what will be paid."""
        browser.client.force_login(owner)
        browser.open("/payments/new/").send("main", payee="Taras", amount="100.50")
        assert "100.50" in browser.page.text and "Taras" in browser.page.text
        return browser

    @pytest.fixture
    def waiting(self, asked: Browser) -> Browser:
        return asked.send("phone")

    def test_the_code_pays(self, waiting: Browser, code: Callable[[], str]) -> None:
        waiting.send("code", code=code())
        assert "Paid:" in waiting.page.text
        assert Payment.objects.get().paid_at is not None

    @pytest.mark.parametrize("changed", [{"amount": "1000.50"}, {"payee": "Mallory"}])
    def test_what_was_changed_since_is_not_paid(
        self, waiting: Browser, code: Callable[[], str], changed: dict[str, str]
    ) -> None:
        Payment.objects.update(**changed)
        waiting.send("code", code=code())
        assert "has been used or is too old" in waiting.page.text
        assert Payment.objects.get().paid_at is None

    def test_a_form_from_before_a_change_is_another_request(
        self, asked: Browser, age: Callable[..., None], outbox: list[Any]
    ) -> None:
        url, values = asked.filled_in("phone")
        first = asked.client.post(url, values)
        Payment.objects.update(amount="1000.50")
        assert asked.client.post(url, values).status_code == 429
        age(30)
        again = asked.client.post(url, values)
        assert (again.status_code, len(outbox)) == (302, 2)
        assert again["Location"] != first["Location"]

    def test_the_code_of_one_payment_does_not_pay_another(self, waiting: Browser, code: Callable[[], str]) -> None:
        first = Payment.objects.get()
        second = Payment.objects.create(user=first.user, payee="Mallory", amount=1000)
        url, values = waiting.filled_in("code", code=code())
        waiting.client.post(url.replace(f"/{first.pk}/", f"/{second.pk}/"), values)
        assert not Payment.objects.exclude(paid_at=None).exists()

    def test_two_payments_do_not_share_a_call(self, waiting: Browser) -> None:
        first, page = waiting.url, f"/payments/{Payment.objects.get().pk}/phone/"
        waiting.open("/payments/new/").send("main", payee="Petro", amount="7").send("phone")
        assert (waiting.status, first in waiting.page.links) == (429, False)
        waiting.open(page).send("phone")
        assert (waiting.status, first in waiting.page.links) == (429, True)

    def test_another_users_payment_is_not_there(self, waiting: Browser, stranger: Any) -> None:
        PhoneStatus.objects.give(OTHER, user=stranger, channel="flashcall")
        thief = Browser()
        thief.client.force_login(stranger)
        payment = Payment.objects.get().pk
        assert thief.open(f"/payments/{payment}/phone/").status == 404
        assert thief.open(f"/payments/{payment}/").status == 404
        assert thief.open(waiting.url).status == 404


class TestMembers:
    """A page for users with a verified number."""

    def test_strangers_sign_in_first(self, browser: Browser) -> None:
        assert browser.open("/members/").url == "/login/?next=/members/"

    def test_who_has_no_number_verifies_one_and_comes_back(
        self, browser: Browser, user: Any, code: Callable[[], str], phone: str
    ) -> None:
        browser.client.force_login(user)
        browser.open("/members/").send("phone", phone_number=phone).send("code", code=code())
        assert browser.url == "/members/"
        assert "because your number is verified" in browser.page.text


def test_the_start_page_leads_everywhere(browser: Browser, owner: Any, settings: Any) -> None:
    settings.DEBUG = True
    browser.client.force_login(owner)
    for link in browser.open("/").page.links:
        assert browser.tab().open(link).status == 200, link
