"""Login by dj-rest-auth: the password, then a call. Run by `test_contrib.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import RequestFactory
from django.views.debug import SafeExceptionReporterFilter
from rest_framework.test import APIClient

from django_flashcall import services, testing
from django_flashcall.contrib.dj_rest_auth.views import LoginView
from django_flashcall.models import PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import DbNow
from tests.concurrency.together import together
from tests.contrib.rest_auth_client import (
    LOGINS,
    OTHER,
    PASSWORD,
    PHONE,
    ROOT,
    called,
    log_in,
    prove,
)

pytestmark = pytest.mark.django_db
AT_ONCE = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client() -> APIClient:
    return APIClient()


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"username": "nobody"}, {"username": ""}])
def test_a_wrong_password_calls_nobody(client: APIClient, olena: Any, outbox: list[Any], changes: Any) -> None:
    proof = testing.proof(PHONE, "login", user=olena)
    outbox.clear()
    without, with_proof = log_in(client, **changes), log_in(client, proof=proof, **changes)
    assert without.status_code == with_proof.status_code == 400
    assert without.json() == with_proof.json()
    assert not outbox
    assert log_in(client, proof=proof).status_code in {200, 204}


def test_an_unknown_name_and_a_wrong_password_look_alike(client: APIClient, olena: Any) -> None:
    unknown, wrong = log_in(client, username="nobody"), log_in(client, password="wrong")
    assert (unknown.status_code, unknown.json()) == (wrong.status_code, wrong.json())


def test_the_clients_number_is_not_even_read(client: APIClient, olena: Any, outbox: list[Any]) -> None:
    outbox.clear()
    log_in(client, phone_number=OTHER, phone=OTHER, number=OTHER, user=1, id="x")
    assert called(outbox) == [PHONE]


def test_a_client_cannot_start_it(client: APIClient, olena: Any) -> None:
    answer = client.post("/api/phone/verifications/", {"phone_number": PHONE, "purpose": "login"})
    assert answer.status_code == 400


def test_a_proof_alone_opens_nothing(client: APIClient, olena: Any) -> None:
    proof = testing.proof(PHONE, "login", user=olena)
    for body in (
        {"proof": proof},
        {"username": "olena", "proof": proof},
        {"username": "olena", "password": "", "proof": proof},
    ):
        assert client.post(LOGINS[0], body).status_code == 400
    assert log_in(client, proof=proof).status_code in {200, 204}


def test_login_with_a_replayed_proof(client: APIClient, olena: Any) -> None:
    proof = testing.proof(PHONE, "login", user=olena)
    assert log_in(client, proof=proof).status_code in {200, 204}
    assert log_in(APIClient(), proof=proof).status_code == 400


@pytest.mark.parametrize("purpose", ["signup", "change_phone", "transaction"])
def test_login_with_a_proof_of_another_purpose(client: APIClient, olena: Any, purpose: str) -> None:
    answer = log_in(client, proof=testing.proof(PHONE, purpose, user=olena))
    assert (answer.status_code, [*answer.json()]) == (400, ["proof"])


def test_login_with_another_users_proof(client: APIClient, olena: Any, stranger: Any) -> None:
    assert log_in(client, proof=testing.proof(PHONE, "login", user=stranger)).status_code == 400


@pytest.mark.parametrize("of_the_user", [True, False])
def test_login_with_a_proof_of_another_number(client: APIClient, olena: Any, of_the_user: bool) -> None:
    proof = testing.proof(OTHER, "login", user=olena if of_the_user else None)
    assert log_in(client, proof=proof).status_code == 400


def test_login_with_a_proof_of_another_context(client: APIClient, olena: Any) -> None:
    assert log_in(client, proof=testing.proof(PHONE, "login", user=olena, context="pay 5")).status_code == 400


def test_a_refused_proof_calls_nobody(client: APIClient, olena: Any, outbox: list[Any]) -> None:
    outbox.clear()
    assert log_in(client, proof="x").status_code == 400
    assert not outbox


def test_a_number_that_moved_on_opens_nothing(client: APIClient, olena: Any, stranger: Any) -> None:
    proof = prove(client, log_in(client).json()["id"])
    services.redeem(testing.proof(OTHER, "change_phone", user=olena), purpose="change_phone", user=olena)
    assert log_in(client, proof=proof).status_code == 400


def test_a_user_who_was_locked_meanwhile(client: APIClient, olena: Any) -> None:
    proof = prove(client, log_in(client).json()["id"])
    get_user_model().objects.update(is_active=False)
    assert log_in(client, proof=proof).status_code == 400


@AT_ONCE
def test_login_sent_many_times_at_once(client: APIClient, olena: Any) -> None:
    proof = testing.proof(PHONE, "login", user=olena)
    answers = together([lambda: log_in(APIClient(), proof=proof)] * 6)
    assert sorted(answer.status_code // 100 for answer in answers) == [2, 4, 4, 4, 4, 4]


def test_a_login_asked_for_twice_makes_one_call(client: APIClient, olena: Any, outbox: list[Any]) -> None:
    outbox.clear()
    assert log_in(client).status_code == 403
    again = log_in(client)
    assert (again.status_code, again.json()["error"]) == (429, "too_soon")
    assert again.json()["retry_after"] == int(again["Retry-After"]) > 0
    assert len(outbox) == 1


def test_a_code_that_no_channel_takes(client: APIClient, olena: Any) -> None:
    for channel in ("flashcall", "sms"):
        testing.next_result("rejected", channel=channel)
    answer = log_in(client)
    assert (answer.status_code, answer.json()["error"]) == (503, "delivery_failed")
    assert VerificationAttempt.objects.get(pk=answer.json()["id"]).purpose == "login"


def test_a_blocked_number(client: APIClient, olena: Any) -> None:
    PhoneStatus.objects.update(blocked_until=DbNow() + timedelta(hours=1))
    answer = log_in(client)
    assert (answer.status_code, answer.json()["error"]) == (403, "refused")


@AT_ONCE
def test_a_call_under_atomic_requests_stays_counted(
    client: APIClient, olena: Any, monkeypatch: pytest.MonkeyPatch, outbox: list[Any]
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    outbox.clear()
    assert [log_in(client, url).status_code for url in LOGINS[:2]] == [403, 429]
    assert len(outbox) == 1
    # The view without our exemption says what is wrong, and lets nobody in.
    with pytest.raises(RuntimeError, match="non_atomic_requests"):
        log_in(client, LOGINS[2])


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_post_does_anything(client: APIClient, olena: Any, outbox: list[Any], method: str) -> None:
    proof = testing.proof(PHONE, "login", user=olena)
    outbox.clear()
    for url in (*LOGINS, f"{ROOT}registration/"):
        answer = getattr(client, method)(f"{url}?username=olena&password={PASSWORD}&proof={proof}")
        assert answer.status_code == (200 if method == "options" else 405)
    assert not outbox
    assert not VerificationAttempt.objects.filter(purpose="login", redeemed_at__isnull=False).exists()


def test_an_error_report_has_neither_password_nor_proof(olena: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(user: object) -> None:
        raise ConnectionError

    proof = testing.proof(PHONE, "login", user=olena)
    monkeypatch.setattr(services, "phones_of", fail)
    request = RequestFactory().post(LOGINS[0], {"username": "olena", "password": PASSWORD, "proof": proof})
    with pytest.raises(ConnectionError):
        LoginView.as_view()(request)
    seen = SafeExceptionReporterFilter().get_post_parameters(request)
    assert {*seen} == {"username", "password", "proof"}
    assert PASSWORD not in seen.values() and proof not in seen.values()
