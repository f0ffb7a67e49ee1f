"""Change of number, and login, by allauth with our adapter. Run by `test_contrib.py`."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from django_flashcall import services, testing
from django_flashcall.models import VerificationAttempt
from tests.concurrency.together import together
from tests.contrib.allauth_client import (
    ACCOUNTS,
    HEADLESS,
    OTHER,
    PASSWORD,
    PHONE,
    WAYS,
    change,
    is_in,
    owner,
    post,
    refused,
)
from tests.web.browser import Browser

pytestmark = pytest.mark.django_db
AT_ONCE = pytest.mark.django_db(transaction=True)
BOTH_WAYS = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def member(olena: Any) -> Client:
    """The client of a user with a number, who has just signed in."""
    client = Client()
    assert client.post(f"{ACCOUNTS}login/", {"login": "olena", "password": PASSWORD}).status_code == 302
    assert is_in(client) == "olena"
    return client


def proof_for(user: Any, phone: str = OTHER) -> str:
    return testing.proof(phone, "change_phone", user=user)


# --- Change of number ---


@BOTH_WAYS
def test_a_change_redeems_the_proof(member: Client, olena: Any, way: str, outbox: list[Any]) -> None:
    proof = proof_for(olena)
    calls = len(outbox)
    answer = change(member, way, proof)
    assert answer.status_code == (200 if way == "json" else 302), answer.content
    assert (owner(OTHER), len(outbox)) == ("olena", calls)
    assert "account_phone_verification" not in member.session
    told = member.get(f"{HEADLESS}account/phone").json()["data"]
    assert told == [{"phone": OTHER, "verified": True}]


@BOTH_WAYS
def test_it_holds_under_atomic_requests(member: Client, olena: Any, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    change(member, way, proof_for(olena))
    assert owner(OTHER) == "olena"


@BOTH_WAYS
@pytest.mark.parametrize("phone", ["", " ", "x", OTHER, "\x00", "а" * 9000, 17, [], ["x"], {}, True])
def test_what_is_no_proof(member: Client, way: str, phone: Any) -> None:
    assert refused(change(member, way, phone), way)
    assert owner(OTHER) is None


@BOTH_WAYS
@pytest.mark.parametrize("purpose", ["signup", "login", "transaction"])
def test_a_proof_of_another_purpose(member: Client, olena: Any, way: str, purpose: str) -> None:
    assert refused(change(member, way, testing.proof(OTHER, purpose, user=olena)), way)


@BOTH_WAYS
def test_another_users_proof(member: Client, stranger: Any, way: str) -> None:
    assert refused(change(member, way, proof_for(stranger)), way)
    assert owner(OTHER) is None


@BOTH_WAYS
def test_a_replayed_proof(member: Client, olena: Any, way: str) -> None:
    proof = proof_for(olena)
    change(member, way, proof)
    services.redeem(proof_for(olena, PHONE), purpose="change_phone", user=olena)
    assert refused(change(member, way, proof), way)
    assert services.phones_of(olena)[0].phone_number == PHONE


@BOTH_WAYS
def test_the_number_that_it_is_already(member: Client, olena: Any, way: str) -> None:
    assert refused(change(member, way, proof_for(olena, PHONE)), way)


@BOTH_WAYS
def test_a_number_that_is_anothers(member: Client, olena: Any, stranger: Any, way: str, flashcall: Any) -> None:
    testing.verified_phone(stranger, OTHER)
    testing.let_pass(60)
    proof = proof_for(olena)
    flashcall(ALLOW_TRANSFER=False)
    assert refused(change(member, way, proof), way)
    assert owner(OTHER) == "stranger"
    flashcall(ALLOW_TRANSFER=True)
    change(member, way, proof)
    assert owner(OTHER) == "olena"


@AT_ONCE
@BOTH_WAYS
def test_the_same_change_many_times_at_once(member: Client, olena: Any, way: str) -> None:
    proof = proof_for(olena)
    answers = together([lambda: change(member, way, proof)] * 5)
    assert [answer for answer in answers if getattr(answer, "status_code", 500) >= 500] == []
    assert owner(OTHER) == "olena"


@BOTH_WAYS
def test_a_change_needs_a_login(olena: Any, way: str) -> None:
    answer = change(Client(), way, proof_for(olena))
    assert answer.status_code in {302, 401, 409}
    assert owner(OTHER) is None


@BOTH_WAYS
def test_a_change_may_ask_for_the_password_again(member: Client, olena: Any, way: str, settings: Any) -> None:
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    proof = proof_for(olena)
    answer = change(member, way, proof)
    assert answer.status_code == (401 if way == "json" else 302)
    assert owner(OTHER) is None
    member.post(f"{ACCOUNTS}reauthenticate/", {"password": PASSWORD})
    change(member, way, proof)
    assert owner(OTHER) == "olena"


@BOTH_WAYS
def test_without_our_view_nothing_is_changed_and_no_code_made(member: Client, olena: Any, way: str) -> None:
    answer = change(member, way, proof_for(olena), root="/stock")
    assert answer.status_code == 403
    assert owner(OTHER) is None
    assert "account_phone_verification" not in member.session
    assert not re.search(r'"code"', str(dict(member.session.items())))


def test_looking_at_the_page_changes_nothing(member: Client, olena: Any) -> None:
    proof = proof_for(olena)
    page = member.get(f"{ACCOUNTS}phone/change/?phone={proof}&action=verify")
    assert (page.status_code, owner(OTHER)) == (200, None)
    assert PHONE not in page.content.decode() and "+380 ••• •• •• 03" in page.content.decode().replace("\xa0", " ")


def test_a_change_through_our_pages_without_a_script(member: Client, code: Any) -> None:
    member.handler.enforce_csrf_checks = True
    browser = Browser(member).open(f"{ACCOUNTS}phone/change/")
    link = next(link for link in browser.page.links if link.startswith("/phone/proof/change_phone/"))
    browser.open(link).send("phone", phone_number=OTHER).send("code", code=code())
    assert browser.url.startswith(f"{ACCOUNTS}phone/change/?phone=")
    assert owner(OTHER) is None
    browser.send("change")
    assert (browser.status, owner(OTHER)) == (200, "olena")
    assert OTHER not in browser.page.text


# --- Login ---


@pytest.mark.parametrize("login", [PHONE, "0501234503", "+38 (050) 123-45-03", "olena"])
def test_a_number_says_who_it_is(olena: Any, login: str, outbox: list[Any]) -> None:
    client, calls = Client(), len(outbox)
    client.post(f"{ACCOUNTS}login/", {"login": login, "password": PASSWORD})
    assert (is_in(client), len(outbox)) == ("olena", calls)


@pytest.mark.parametrize("login", [PHONE, OTHER])
def test_a_wrong_password(olena: Any, login: str) -> None:
    client = Client()
    answer = client.post(f"{ACCOUNTS}login/", {"login": login, "password": "wrong"})
    assert (answer.status_code, is_in(client)) == (200, None)
    assert "not correct" in answer.content.decode()


def test_a_number_of_earlier_says_nobodys_name(olena: Any) -> None:
    services.redeem(proof_for(olena), purpose="change_phone", user=olena)
    for phone, name in ((PHONE, None), (OTHER, "olena")):
        client = Client()
        post(client, "auth/login", {"phone": phone, "password": PASSWORD})
        assert is_in(client) == name


def test_a_proof_is_no_login(olena: Any) -> None:
    client, proof = Client(), testing.proof(PHONE, "login", user=olena)
    assert client.post(f"{ACCOUNTS}login/", {"login": proof, "password": ""}).status_code == 200
    assert post(client, "auth/login", {"phone": proof, "password": "x"}).status_code == 400
    assert is_in(client) is None


def test_whoever_lost_his_number_still_gets_in(olena: Any, stranger: Any) -> None:
    services.redeem(testing.proof(PHONE, user=stranger), purpose="signup", user=stranger)
    client = Client()
    client.post(f"{ACCOUNTS}login/", {"login": "olena", "password": PASSWORD})
    assert is_in(client) == "olena"


@BOTH_WAYS
@pytest.mark.parametrize("phone", [PHONE, OTHER])
def test_no_code_is_sent_for_a_login_and_nothing_said_of_the_number(
    olena: Any, way: str, phone: str, outbox: list[Any]
) -> None:
    client, calls = Client(), len(outbox)
    if way == "json":
        answer = post(client, "auth/code/request", {"phone": phone})
    else:
        answer = client.post(f"{ACCOUNTS}login/code/", {"phone": phone})
    assert refused(answer, way)
    assert "cannot be sent this way" in answer.content.decode()
    assert len(outbox) == calls
    assert not re.search(r"code'", str(dict(client.session.items())))


def test_a_login_that_requires_a_code_lets_nobody_in(olena: Any, settings: Any, outbox: list[Any]) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_REQUIRED = True
    client, calls = Client(), len(outbox)
    answer = client.post(f"{ACCOUNTS}login/", {"login": "olena", "password": PASSWORD})
    assert (answer.status_code, is_in(client), len(outbox)) == (403, None, calls)


@pytest.mark.parametrize("root", ["", "/stock"])
def test_a_code_from_before_verifies_nothing(member: Client, olena: Any, root: str) -> None:
    session = member.session
    session["account_phone_verification"] = {
        "at": time.time(),
        "failed_attempts": 0,
        "resend_count": 0,
        "change_count": 0,
        "phone": OTHER,
        "user_id": str(olena.pk),
        "code": "4821",
    }
    session.save()
    assert member.post(f"{root or '/accounts'}/phone/verify/", {"code": "4821"}).status_code == 403
    assert post(member, "auth/phone/verify", {"code": "4821"}).status_code == 403
    assert owner(OTHER) is None


def test_a_change_leaves_the_attempts_as_they_are(member: Client, olena: Any) -> None:
    proof = proof_for(olena)
    member.get(f"{ACCOUNTS}phone/change/")
    assert VerificationAttempt.objects.filter(redeemed_at__isnull=True).count() == 1
    change(member, "pages", proof)
    assert not VerificationAttempt.objects.filter(redeemed_at__isnull=True).exists()
