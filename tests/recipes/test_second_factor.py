"""A password, and then a call to the account's own number: neither alone lets anybody in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from rest_framework_simplejwt.tokens import AccessToken

from django_flashcall.models import PhoneStatus, VerificationAttempt
from example_project.recipes import second_factor
from tests.recipes.client import MALLORYS, PASSWORD, Site

pytestmark = pytest.mark.django_db

FIRST, SECOND, SECOND_JWT = "/api/login/password/", "/api/login/second/", "/api/login/second/jwt/"


@pytest.fixture
def shown(site: Site) -> Site:
    site.show_a_page()
    return site


@pytest.fixture
def called(shown: Site, olena: Any) -> str:
    """The id that the client got for olena's password."""
    return str(shown.send(FIRST, username="olena", password=PASSWORD).json()["id"])


def test_both_steps_sign_in(shown: Site, olena: Any, called: str, phone: str, flashcall_code: Any) -> None:
    assert shown.who() is None
    assert shown.get(f"/api/phone/verifications/{called}/").json()["phone_number"] == "+380•••••••03"
    reply = shown.send(SECOND, proof=shown.prove(called, flashcall_code(called)))
    assert (reply.status_code, reply.json(), shown.who()) == (200, {"username": "olena"}, str(olena.pk))


def test_both_steps_give_a_pair_of_jwt(site: Site, olena: Any, flashcall_code: Any) -> None:
    called = site.send(FIRST, username="olena", password=PASSWORD).json()["id"]
    pair = site.send(SECOND_JWT, proof=site.prove(called, flashcall_code(called))).json()
    assert AccessToken(pair["access"])["user_id"] == str(olena.pk)


class TestAnAttackerWithThePassword:
    """He knows it, and has a number of his own."""

    def test_the_number_that_he_sends_is_not_called(
        self, shown: Site, olena: Any, phone: str, flashcall_outbox: list[Any]
    ) -> None:
        flashcall_outbox.clear()
        shown.send(FIRST, username="olena", password=PASSWORD, phone_number=MALLORYS, phone=MALLORYS)
        assert [message.phone_number for message in flashcall_outbox] == [phone]

    def test_he_cannot_start_a_login_himself(self, shown: Site, olena: Any, flashcall_outbox: list[Any]) -> None:
        flashcall_outbox.clear()
        assert shown.start(MALLORYS, "login").status_code == 400
        assert flashcall_outbox == []

    @pytest.mark.parametrize("purpose", ["signup", "change_phone", "phone_login", "transaction", "login"])
    def test_a_proof_of_his_own_number_is_refused(
        self, shown: Site, called: str, mallory: Any, proof: Any, purpose: str
    ) -> None:
        for user in (None, mallory):
            for url in (SECOND, SECOND_JWT):
                assert shown.send(url, proof=proof(MALLORYS, purpose, user=user)).json()["error"] == "invalid_proof"
        assert shown.who() is None

    def test_his_own_second_step_signs_him_in_and_nobody_else(
        self, shown: Site, called: str, mallory: Any, flashcall_code: Any
    ) -> None:
        his = shown.send(FIRST, username="mallory", password=PASSWORD).json()["id"]
        assert shown.send(SECOND, proof=shown.prove(his, flashcall_code(his))).json() == {"username": "mallory"}

    def test_a_login_that_was_started_without_the_password_is_none(
        self, shown: Site, olena: Any, proof: Any, phone: str
    ) -> None:
        assert shown.send(SECOND, proof=proof(phone, "login", user=olena)).json()["error"] == "invalid_proof"

    def test_guesses_are_counted(self, shown: Site, called: str, flashcall_code: Any, wrong: Any) -> None:
        guess = wrong(flashcall_code(called))
        url = f"/api/phone/verifications/{called}/verify/"
        assert [shown.send(url, code=guess).status_code for _ in range(4)] == [400, 400, 400, 410]


class TestAnAttackerWithoutThePassword:
    """He learns nothing, and nobody is called."""

    def test_all_that_is_wrong_looks_the_same(
        self, shown: Site, olena: Any, flashcall_outbox: list[Any], django_user_model: Any
    ) -> None:
        django_user_model.objects.create_user("without-a-number", password=PASSWORD)
        flashcall_outbox.clear()
        tried = [
            ("olena", "wrong"),
            ("nobody", PASSWORD),
            ("without-a-number", PASSWORD),
            ("without-a-number", "wrong"),
        ]
        replies = [shown.send(FIRST, username=name, password=password) for name, password in tried]
        assert {(reply.status_code, reply.content) for reply in replies} == {(400, replies[0].content)}
        assert flashcall_outbox == []

    def test_he_is_slowed_down(self, shown: Site, olena: Any) -> None:
        replies = [shown.send(FIRST, username="olena", password="wrong") for _ in range(21)]
        assert [reply.status_code for reply in replies] == [400] * 20 + [429]

    def test_a_header_of_his_own_does_not_make_him_another(self, shown: Site, olena: Any) -> None:
        for turn in range(21):
            address = {"X-Forwarded-For": f"93.184.216.{turn}"}
            reply = shown.post(FIRST, {"username": "olena", "password": "wrong"}, format="json", headers=address)
        assert reply.status_code == 429

    def test_behind_a_proxy_that_is_declared_each_visitor_counts(self, shown: Site, olena: Any, flashcall: Any) -> None:
        flashcall(TRUSTED_PROXY_COUNT=1)
        for turn in range(21):
            address = {"X-Forwarded-For": f"93.184.216.{turn}"}
            reply = shown.post(FIRST, {"username": "olena", "password": "wrong"}, format="json", headers=address)
        assert reply.status_code == 400

    def test_an_attempt_that_is_not_there_is_no_hint(self, shown: Site, olena: Any, proof: Any, phone: str) -> None:
        fresh = proof(phone, "login", user=olena)
        VerificationAttempt.objects.all().delete()
        assert shown.send(SECOND, proof=fresh).json()["error"] == "invalid_proof"


def test_a_proof_signs_in_once(shown: Site, called: str, flashcall_code: Any) -> None:
    fresh = shown.prove(called, flashcall_code(called))
    assert [Site().send(url, proof=fresh).status_code for url in (SECOND, SECOND, SECOND_JWT)] == [200, 400, 400]


def test_the_sessions_key_is_a_new_one(shown: Site, called: str, flashcall_code: Any) -> None:
    session = shown.session
    session["planted"] = True
    session.save()
    shown.cookies["sessionid"] = planted = session.session_key
    shown.send(SECOND, proof=shown.prove(called, flashcall_code(called)))
    assert shown.who() is not None
    assert shown.cookies["sessionid"].value != planted


@pytest.mark.parametrize("change", ["password", "is_active"])
def test_what_was_changed_since_the_password_was_given_counts(
    shown: Site, olena: Any, called: str, flashcall_code: Any, change: str
) -> None:
    fresh = shown.prove(called, flashcall_code(called))
    if change == "password":
        olena.set_password("another one, after a theft")
    else:
        olena.is_active = False
    olena.save()
    assert shown.send(SECOND, proof=fresh).json()["error"] == "invalid_proof"
    assert shown.who() is None


def test_a_page_of_somebody_elses_signs_nobody_in(shown: Site, called: str, flashcall_code: Any) -> None:
    fresh = shown.prove(called, flashcall_code(called))
    assert shown.post(SECOND, {"proof": fresh}, format="json").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_it_works_where_requests_are_transactions(
    monkeypatch: pytest.MonkeyPatch, shown: Site, called: str, flashcall_code: Any
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    again = shown.send(FIRST, username="olena", password=PASSWORD).json()["id"]
    assert shown.send(SECOND, proof=shown.prove(again, flashcall_code(again))).status_code == 200


def test_the_latest_number_is_called(shown: Site, olena: Any, verified_phone: Any, flashcall_outbox: list[Any]) -> None:
    verified_phone(olena, "+380501234504")
    shown.send(FIRST, username="olena", password=PASSWORD)
    assert flashcall_outbox[-1].phone_number == "+380501234504"
    assert PhoneStatus.objects.for_user(olena).count() == 2
    assert second_factor.PasswordThrottle.rate == "20/hour"
