"""Signup by dj-rest-auth, with a proof. Run by `test_contrib.py`."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection
from rest_framework.test import APIClient

from django_flashcall import testing
from django_flashcall.contrib.dj_rest_auth.registration import RegisterSerializer
from django_flashcall.models import PhoneStatus, VerificationAttempt
from tests.concurrency.together import together
from tests.contrib.rest_auth_client import (
    LOGINS,
    OTHER,
    PHONE,
    ROOT,
    log_in,
    nobody_was_made,
    register,
)

pytestmark = pytest.mark.django_db
AT_ONCE = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client() -> APIClient:
    return APIClient()


def test_no_answer_has_the_proof(client: APIClient) -> None:
    proof = testing.proof(PHONE)
    assert proof not in register(client, proof=proof, username="").content.decode()
    answer = register(client, proof=proof)
    assert proof not in answer.content.decode() + str(answer.headers)


def test_signup_without_a_proof(client: APIClient) -> None:
    answer = register(client)
    assert (answer.status_code, answer.json()) == (400, {"proof": ["This field is required."]})
    assert nobody_was_made()


@pytest.mark.parametrize(
    "proof", ["", " ", "x", "\x00", "а" * 9000, None, 17, 1.5, True, [], ["x"], {}, {"proof": "x"}]
)
def test_what_is_no_proof(client: APIClient, olena: Any, proof: Any) -> None:
    answer = register(client, proof=proof)
    assert (answer.status_code, [*answer.json()]) == (400, ["proof"])
    assert nobody_was_made()
    answer = log_in(client, proof=proof)
    assert (answer.status_code, [*answer.json()]) == (400, ["proof"])


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"null", b"{", b'{"proof": "\\ud800"}'])
def test_what_is_no_body(client: APIClient, body: bytes) -> None:
    for url in (f"{ROOT}registration/", *LOGINS):
        assert client.generic("POST", url, body, content_type="application/json").status_code == 400


def test_signup_with_a_replayed_proof(client: APIClient) -> None:
    proof = testing.proof(PHONE)
    assert register(client, proof=proof).status_code in {201, 204}
    answer = register(APIClient(), proof=proof, username="second")
    assert (answer.status_code, [*answer.json()]) == (400, ["proof"])
    assert get_user_model().objects.count() == 1


@pytest.mark.parametrize("purpose", ["login", "change_phone", "transaction"])
def test_signup_with_a_proof_of_another_purpose(client: APIClient, purpose: str, stranger: Any) -> None:
    proof = testing.proof(PHONE, purpose, user=stranger if purpose == "change_phone" else None)
    assert register(client, proof=proof).status_code == 400
    assert nobody_was_made()


def test_signup_with_another_users_proof(client: APIClient, stranger: Any) -> None:
    assert register(client, proof=testing.proof(PHONE, user=stranger)).status_code == 400
    assert nobody_was_made()
    assert not PhoneStatus.objects.verified().exists()


def test_signup_with_a_proof_that_is_too_old(client: APIClient) -> None:
    proof = testing.proof(PHONE)
    testing.let_pass(601)
    assert register(client, proof=proof).status_code == 400


@pytest.mark.parametrize(
    "changes", [{"username": "olena"}, {"username": ""}, {"password2": "another-1"}, {"email": "no address"}]
)
def test_a_proof_outlives_a_mistake_in_the_form(client: APIClient, olena: Any, changes: dict[str, str]) -> None:
    proof = testing.proof(OTHER)
    assert register(client, proof=proof, **changes).status_code == 400
    assert register(client, proof=proof).status_code in {201, 204}


def test_a_proof_outlives_a_signup_that_fails(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    proof = testing.proof(PHONE)

    def fail(serializer: object, request: object, user: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(RegisterSerializer, "custom_signup", fail)
        with pytest.raises(ConnectionError):
            register(client, proof=proof)
    assert nobody_was_made()
    assert not VerificationAttempt.objects.get().redeemed_at
    assert register(client, proof=proof).status_code in {201, 204}


@AT_ONCE
def test_a_failure_after_the_proof_was_redeemed_gives_it_back(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    proof = testing.proof(PHONE)
    with monkeypatch.context() as patch:
        patch.setattr("dj_rest_auth.registration.views.complete_signup", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            register(client, proof=proof)
    assert nobody_was_made()
    assert register(client, proof=proof).status_code in {201, 204}


@AT_ONCE
def test_signup_sent_many_times_at_once(client: APIClient) -> None:
    proof = testing.proof(PHONE)
    answers = together([lambda: register(APIClient(), proof=proof)] * 6)
    assert sorted(answer.status_code // 100 for answer in answers) == [2, 4, 4, 4, 4, 4]
    assert get_user_model().objects.count() == 1


@AT_ONCE
def test_one_proof_for_many_names_at_once(client: APIClient) -> None:
    proof = testing.proof(PHONE)
    calls = [lambda name=name: register(APIClient(), proof=proof, username=name) for name in "abcdef"]
    answers = together(calls)
    assert sorted(answer.status_code // 100 for answer in answers) == [2, 4, 4, 4, 4, 4]
    assert get_user_model().objects.count() == 1


def test_with_our_adapter_of_allauth(client: APIClient, settings: Any) -> None:
    settings.ACCOUNT_ADAPTER = "tests.contrib.allauth_adapter.AccountAdapter"
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "phone*", "password1*"]
    assert register(client, proof="x").status_code == 400
    assert register(client, proof=testing.proof(PHONE)).status_code in {201, 204}
    assert PhoneStatus.objects.get(phone_number=PHONE).user.username == "taras"


def test_a_number_that_is_anothers_moves(client: APIClient, olena: Any) -> None:
    assert register(client, proof=testing.proof(PHONE)).status_code in {201, 204}
    assert PhoneStatus.objects.get(phone_number=PHONE).user.username == "taras"


def test_a_number_that_is_anothers_and_stays_so(client: APIClient, olena: Any, flashcall: Any) -> None:
    flashcall(ALLOW_TRANSFER=False)
    answer = register(client, proof=testing.proof(PHONE))
    assert (answer.status_code, answer.json()) == (400, {"proof": ["This number belongs to another account."]})
    assert nobody_was_made()
    assert PhoneStatus.objects.get(phone_number=PHONE).user == olena


def test_an_error_of_the_sites_own_is_not_taken_for_a_refusal(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(serializer: object, request: object, user: object) -> None:
        raise IntegrityError("of another table")

    monkeypatch.setattr(RegisterSerializer, "custom_signup", fail)
    with pytest.raises(IntegrityError):
        register(client, proof=testing.proof(PHONE))
