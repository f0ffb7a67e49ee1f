"""Signup by allauth, over its page and its JSON API, with a proof. Run by `test_contrib.py`."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection
from django.test import Client

from django_flashcall import services, testing
from django_flashcall.models import VerificationAttempt
from tests.concurrency.together import together
from tests.contrib.allauth_adapter import AccountAdapter
from tests.contrib.allauth_client import (
    ACCOUNTS,
    OTHER,
    PASSWORD,
    PHONE,
    WAYS,
    is_in,
    nobody_was_made,
    owner,
    refused,
    sign_up,
)
from tests.web.browser import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("way", WAYS)]
AT_ONCE = pytest.mark.django_db(transaction=True)


def test_signup_makes_the_user_the_owner(client: Client, way: str, outbox: list[Any]) -> None:
    proof = testing.proof(PHONE)
    calls = len(outbox)
    answer = sign_up(client, way, phone=proof)
    assert answer.status_code == (200 if way == "json" else 302), answer.content
    assert (is_in(client), owner(), len(outbox)) == ("taras", "taras", calls)
    assert get_user_model().objects.get().check_password(PASSWORD)
    assert VerificationAttempt.objects.get().redeemed_at


def test_the_session_has_neither_proof_nor_code(client: Client, way: str) -> None:
    proof = testing.proof(PHONE)
    answer = sign_up(client, way, phone=proof)
    kept = str(dict(client.session.items()))
    assert proof not in kept + answer.content.decode() + str(answer.headers)
    assert not {"account_phone_verification", "account_login"} & client.session.keys()


@pytest.mark.parametrize(
    "phone", ["", " ", "x", PHONE, "0501234503", "\x00", "а" * 9000, None, 17, [], ["x"], {}, True]
)
def test_what_is_no_proof(client: Client, way: str, phone: Any) -> None:
    answer = sign_up(client, way, **({} if way == "pages" and phone is None else {"phone": phone}))
    assert refused(answer, way), answer.content
    assert nobody_was_made()


def test_a_replayed_proof(client: Client, way: str) -> None:
    proof = testing.proof(PHONE)
    sign_up(client, way, phone=proof)
    assert refused(sign_up(Client(), way, phone=proof, username="second"), way)
    assert get_user_model().objects.count() == 1


@pytest.mark.parametrize("purpose", ["login", "change_phone", "transaction"])
def test_a_proof_of_another_purpose(client: Client, way: str, purpose: str, stranger: Any) -> None:
    proof = testing.proof(PHONE, purpose, user=stranger if purpose == "change_phone" else None)
    assert refused(sign_up(client, way, phone=proof), way)
    assert nobody_was_made()


def test_another_users_proof(client: Client, way: str, stranger: Any) -> None:
    assert refused(sign_up(client, way, phone=testing.proof(PHONE, user=stranger)), way)
    assert nobody_was_made() and owner() is None and is_in(client) is None


def test_a_proof_that_is_too_old(client: Client, way: str) -> None:
    proof = testing.proof(PHONE)
    testing.let_pass(601)
    assert refused(sign_up(client, way, phone=proof), way)


@pytest.mark.parametrize("changes", [{"username": "olena"}, {"username": ""}])
def test_a_proof_outlives_a_mistake_in_the_form(client: Client, way: str, olena: Any, changes: Any) -> None:
    proof = testing.proof(OTHER)
    sign_up(client, way, phone=proof, **changes)
    assert is_in(client) is None
    sign_up(client, way, phone=proof)
    assert is_in(client) == owner(OTHER) == "taras"


def test_a_number_that_is_anothers_moves(client: Client, way: str, olena: Any) -> None:
    assert owner() == "olena"
    sign_up(client, way, phone=testing.proof(PHONE))
    assert is_in(client) == owner() == "taras"


def test_a_number_that_is_anothers_and_stays_so(client: Client, way: str, olena: Any, flashcall: Any) -> None:
    flashcall(ALLOW_TRANSFER=False)
    answer = sign_up(client, way, phone=testing.proof(PHONE))
    assert refused(answer, way)
    assert "belongs to another account" in answer.content.decode()
    assert nobody_was_made() and owner() == "olena"


@AT_ONCE
def test_the_same_signup_many_times_at_once(way: str) -> None:
    proof = testing.proof(PHONE)
    clients = [Client() for _ in range(6)]
    answers = together([lambda client=client: sign_up(client, way, phone=proof) for client in clients])
    assert [answer for answer in answers if getattr(answer, "status_code", 500) >= 500] == []
    assert [is_in(client) for client in clients].count("taras") == 1
    assert get_user_model().objects.count() == 1


@AT_ONCE
def test_one_proof_for_many_names_at_once(way: str) -> None:
    proof = testing.proof(PHONE)
    clients = {name: Client() for name in "abcdef"}
    calls = [lambda name=name: sign_up(clients[name], way, phone=proof, username=name) for name in clients]
    answers = together(calls)
    assert [answer for answer in answers if getattr(answer, "status_code", 500) >= 500] == []
    assert get_user_model().objects.count() == 1
    assert len({is_in(client) for client in clients.values()} - {None}) == 1


def test_a_proof_outlives_a_signup_that_fails(client: Client, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proof = testing.proof(PHONE)

    def fail(adapter: AccountAdapter, user: object, phone: str, verified: bool) -> None:
        phone.verified.redeem(user=user)  # type: ignore[attr-defined]
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(AccountAdapter, "set_phone", fail)
        with pytest.raises(ConnectionError):
            sign_up(client, way, phone=proof)
    assert nobody_was_made() and owner() is None
    sign_up(client, way, phone=proof)
    assert owner() == "taras"


@AT_ONCE
def test_atomic_requests_give_the_proof_back_whatever_fails(
    client: Client, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    proof = testing.proof(PHONE)
    with monkeypatch.context() as patch:
        patch.setattr("allauth.account.forms.BaseSignupForm.custom_signup", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sign_up(client, way, phone=proof)
    assert nobody_was_made()
    sign_up(client, way, phone=proof)
    assert is_in(client) == owner() == "taras"


def test_an_error_of_the_sites_own_is_not_taken_for_a_refusal(
    client: Client, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise IntegrityError("of another table")

    monkeypatch.setattr(AccountAdapter, "populate_username", fail)
    with pytest.raises(IntegrityError):
        sign_up(client, way, phone=testing.proof(PHONE))


def test_a_form_with_a_field_of_its_own_signs_nobody_up(
    client: Client, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allauth.account.fields import PhoneField

    monkeypatch.setattr(AccountAdapter, "phone_form_field", lambda adapter, **options: PhoneField(**options))
    with pytest.raises(TypeError, match="without a proof"):
        sign_up(client, way, phone=PHONE)
    assert nobody_was_made()


def test_an_optional_phone(client: Client, way: str, settings: Any) -> None:
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "phone", "password1*"]
    assert refused(sign_up(client, way, phone="x"), way)
    sign_up(client, way, phone="")
    assert (is_in(client), services.phones_of(get_user_model().objects.get())) == ("taras", [])


def test_the_page_does_nothing_when_it_is_only_looked_at(client: Client, way: str) -> None:
    proof = testing.proof(PHONE)
    client.get(f"{ACCOUNTS}signup/?phone={proof}&username=taras&password1={PASSWORD}")
    assert nobody_was_made()
    assert not VerificationAttempt.objects.get().redeemed_at


def test_through_our_pages_without_a_script(way: str, phone: str, code: Any) -> None:
    browser = Browser().open(f"/phone/proof/signup/?next={ACCOUNTS}signup/")
    browser.send("phone", phone_number=phone).send("code", code=code())
    assert browser.url.startswith(f"{ACCOUNTS}signup/?phone=")
    proof = browser.client.session["flashcall_flows"].popitem()[1]["proof"]
    assert proof and proof not in browser.client.get(browser.url).content.decode()
    browser.send("", username="taras", password1=PASSWORD)
    assert is_in(browser.client) == owner() == "taras"


def test_the_key_of_another_sessions_flow(client: Client, way: str, phone: str, code: Any) -> None:
    browser = Browser().open(f"/phone/proof/signup/?next={ACCOUNTS}signup/")
    browser.send("phone", phone_number=phone).send("code", code=code())
    key = browser.url.rpartition("=")[2]
    assert refused(sign_up(client, way, phone=key), way)


def test_a_pretended_signup_looks_like_one(way: str, settings: Any, olena: Any) -> None:
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "phone*", "password1*"]
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.create(user=olena, email="olena@example.com", verified=True)
    seen = {}
    for email in ("olena@example.com", "nobody@example.com"):
        proof = testing.proof(OTHER)
        again = [sign_up(Client(), way, phone=proof, email=email, username=name) for name in ("taras", "other")]
        seen[email] = [(answer.status_code, answer.headers.get("Location")) for answer in again]
        assert refused(again[1], way)
        testing.let_pass(60)
    assert seen["olena@example.com"] == seen["nobody@example.com"]
    assert get_user_model().objects.count() == 2


def test_another_users_proof_does_not_tell_which_address_has_an_account(
    way: str, settings: Any, olena: Any, stranger: Any
) -> None:
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "phone*", "password1*"]
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.create(user=olena, email="olena@example.com", verified=True)
    proof = testing.proof(OTHER, user=stranger)
    for email in ("olena@example.com", "nobody@example.com"):
        assert refused(sign_up(Client(), way, phone=proof, email=email), way)


@pytest.mark.parametrize("login", [PHONE, "0501234503", "+38 (050) 123-45-03"])
def test_a_site_where_only_a_number_logs_in(client: Client, way: str, olena: Any, settings: Any, login: str) -> None:
    settings.ACCOUNT_LOGIN_METHODS = {"phone"}
    settings.ACCOUNT_SIGNUP_FIELDS = ["phone*", "password1*"]
    for nothing in ("", "x", "\x00", "9" * 5000, OTHER):
        assert client.post(f"{ACCOUNTS}login/", {"login": nothing, "password": PASSWORD}).status_code == 200
    client.post(f"{ACCOUNTS}login/", {"login": login, "password": PASSWORD})
    assert is_in(client) == "olena"


def test_an_app_that_keeps_no_cookies(way: str) -> None:
    root, client = "/_allauth/app/v1/", Client()
    body = {"username": "taras", "password": PASSWORD, "phone": testing.proof(PHONE)}
    answer = client.post(f"{root}auth/signup", body, content_type="application/json")
    assert (answer.status_code, owner()) == (200, "taras")
    headers = {"X-Session-Token": answer.json()["meta"]["session_token"]}
    taras = get_user_model().objects.get()
    phone = testing.proof(OTHER, "change_phone", user=taras)
    answer = Client().post(f"{root}account/phone", {"phone": phone}, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["data"]) == (200, [{"phone": OTHER, "verified": True}])
