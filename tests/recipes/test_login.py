"""Log in by phone, with a session and with JWT: who has the number gets in, and nobody learns whose it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient
from rest_framework_simplejwt.authentication import JWTAuthentication

from django_flashcall.api.views import PhonesView
from django_flashcall.models import Limit, PhoneStatus
from tests.recipes.client import Site

pytestmark = pytest.mark.django_db

LOGIN = "/api/login/phone/"
NOBODYS = "+380931234577"
ITS_OWN = ("id", "phone_number", "expires_at", "expires_in", "next_channel_in", "resend_in")
"""What an attempt has of its own: a second may pass between two."""


@pytest.fixture
def shown(site: Site) -> Site:
    site.show_a_page()
    return site


def proof_of(site: Site, number: str, code: Callable[..., str]) -> str:
    attempt = site.start(number, "phone_login").json()["id"]
    return site.prove(attempt, code(attempt))


def test_the_number_logs_in(shown: Site, olena: Any, phone: str, flashcall_code: Any) -> None:
    reply = shown.send(LOGIN, proof=proof_of(shown, phone, flashcall_code))
    assert (reply.status_code, reply.json()) == (200, {"username": "olena"})
    assert shown.who() == str(olena.pk)
    assert reply["Cache-Control"] == "no-store"


def test_what_the_session_was_before_is_not_what_it_is_after(shown: Site, olena: Any, proof: Any, phone: str) -> None:
    session = shown.session
    session["planted"] = "by somebody else"
    session.save()
    shown.cookies["sessionid"] = planted = session.session_key
    shown.send(LOGIN, proof=proof(phone, "phone_login"))
    assert shown.who() == str(olena.pk)
    assert shown.cookies["sessionid"].value != planted


def test_a_proof_logs_in_once(shown: Site, olena: Any, proof: Any, phone: str) -> None:
    fresh = proof(phone, "phone_login")
    assert shown.send(LOGIN, proof=fresh).status_code == 200
    thief = Site()
    replies = [thief.send(url, proof=fresh) for url in (LOGIN, "/api/login/phone/jwt/", "/api/login/second/jwt/")]
    assert [(reply.status_code, reply.json()["error"]) for reply in replies] == [(400, "invalid_proof")] * 3
    assert thief.who() is None


@pytest.mark.parametrize("purpose", ["signup", "login", "transaction"])
def test_a_proof_of_another_purpose_does_not(shown: Site, olena: Any, proof: Any, phone: str, purpose: str) -> None:
    assert shown.send(LOGIN, proof=proof(phone, purpose)).json()["error"] == "invalid_proof"
    assert shown.who() is None


def test_who_is_signed_in_logs_out_first(
    shown: Site, olena: Any, mallory: Any, phone: str, flashcall_code: Any
) -> None:
    shown.force_login(mallory)
    fresh = proof_of(shown, phone, flashcall_code)
    shown.show_a_page()
    assert shown.send(LOGIN, proof=fresh).json()["error"] == "invalid_proof"
    assert shown.who() == str(mallory.pk)


def test_another_numbers_proof_enters_that_numbers_account(shown: Site, olena: Any, mallory: Any, proof: Any) -> None:
    assert shown.send(LOGIN, proof=proof("+380671234599", "phone_login")).json() == {"username": "mallory"}


def test_a_number_in_the_body_counts_for_nothing(shown: Site, olena: Any, mallory: Any, proof: Any, phone: str) -> None:
    reply = shown.send(LOGIN, proof=proof("+380671234599", "phone_login"), phone_number=phone, user=olena.pk)
    assert reply.json() == {"username": "mallory"}


class TestWhoHasNoAccount:
    """It is told to whoever holds the number, and to nobody else."""

    def test_before_the_proof_there_is_no_difference(
        self, site: Site, olena: Any, phone: str, flashcall_outbox: list[Any]
    ) -> None:
        flashcall_outbox.clear()
        told, asked = [], []
        for number in (phone, NOBODYS):
            Limit.objects.all().delete()  # whether somebody asked for the number today is no secret of its owner's
            with CaptureQueriesContext(connection) as queries:
                reply = site.start(number, "phone_login")
            told.append((reply.status_code, {**reply.json(), **dict.fromkeys(ITS_OWN, "")}))
            asked.append([query["sql"].split()[0] for query in queries.captured_queries])
        assert told[0] == told[1]
        assert asked[0] == asked[1]
        assert [message.phone_number for message in flashcall_outbox] == [phone, NOBODYS]

    def test_nor_for_a_wrong_code(self, site: Site, olena: Any, phone: str, wrong: Any, flashcall_code: Any) -> None:
        attempts = [site.start(number, "phone_login").json()["id"] for number in (phone, NOBODYS)]
        replies = [
            site.send(f"/api/phone/verifications/{attempt}/verify/", code=wrong(flashcall_code(attempt))).json()
            for attempt in attempts
        ]
        assert replies[0] == replies[1]

    def test_after_it_there_is(self, shown: Site, proof: Any) -> None:
        reply = shown.send(LOGIN, proof=proof(NOBODYS, "phone_login"))
        assert (reply.status_code, list(reply.json())) == (400, ["proof"])
        assert shown.who() is None

    def test_staff_the_inactive_and_those_who_changed_the_number_are_told_the_same(
        self, shown: Site, olena: Any, proof: Any, phone: str, verified_phone: Any
    ) -> None:
        nobody = shown.send(LOGIN, proof=proof(NOBODYS, "phone_login")).json()
        for change in ({"is_staff": True}, {"is_staff": False, "is_active": False}):
            type(olena).objects.filter(pk=olena.pk).update(**change)
            assert shown.send(LOGIN, proof=proof(phone, "phone_login")).json() == nobody
        type(olena).objects.filter(pk=olena.pk).update(is_active=True)
        verified_phone(olena, "+380501234504")
        assert PhoneStatus.objects.for_user(olena).count() == 2
        assert shown.send(LOGIN, proof=proof(phone, "phone_login")).json() == nobody
        assert shown.who() is None


class TestForgedRequests:
    """A page of somebody else's cannot sign a visitor in as its author."""

    def test_without_the_cookies_value_nobody_is_signed_in(self, site: Site, mallory: Any, proof: Any) -> None:
        fresh = proof("+380671234599", "phone_login")
        reply = site.post(LOGIN, {"proof": fresh}, format="json")
        assert reply.status_code == 403
        assert site.who() is None

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    def test_a_form_is_not_read(self, mallory: Any, proof: Any, content_type: str) -> None:
        body = f'{{"proof": "{proof("+380671234599", "phone_login")}"}}'
        for url in (LOGIN, "/api/login/second/", "/api/login/phone/jwt/"):
            assert APIClient().post(url, body, content_type=content_type).status_code in {400, 415}


class TestJWT:
    """A client without cookies."""

    def test_a_proof_is_turned_into_a_pair(
        self, site: Site, olena: Any, phone: str, proof: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pair = site.send("/api/login/phone/jwt/", proof=proof(phone, "phone_login")).json()
        assert list(pair) == ["access", "refresh"]
        assert site.who() is None
        # What REST_FRAMEWORK's DEFAULT_AUTHENTICATION_CLASSES says is read when a view is defined.
        monkeypatch.setattr(PhonesView, "authentication_classes", [JWTAuthentication])
        signed_in = APIClient(headers={"Authorization": f"Bearer {pair['access']}"})
        assert [status["phone_number"] for status in signed_in.get("/api/phone/phones/").json()] == [phone]
        assert APIClient().get("/api/phone/phones/").status_code == 401

    def test_nobody_gets_one_without_an_account(self, site: Site, proof: Any) -> None:
        assert site.send("/api/login/phone/jwt/", proof=proof(NOBODYS, "phone_login")).status_code == 400
        assert site.send("/api/login/phone/jwt/", proof="nonsense").json()["error"] == "invalid_proof"
