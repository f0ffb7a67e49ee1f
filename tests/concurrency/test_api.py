"""The same over HTTP, on a host whose requests are transactions: no rollback gives a check or a call back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from django_flashcall.models import PhoneStatus, VerificationAttempt
from django_flashcall.providers.base import Message
from tests.concurrency.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def atomic_requests() -> Iterator[None]:
    host = connections.settings["default"]
    before, host["ATOMIC_REQUESTS"] = host["ATOMIC_REQUESTS"], True
    yield
    host["ATOMIC_REQUESTS"] = before


def post(path: str, body: dict[str, str], user: Any = None) -> tuple[int, str | None]:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    response = client.post(f"/api/phone/{path}", body, format="json")
    return response.status_code, response.json().get("error")


def test_of_fifty_guesses_three_are_evaluated(attempt: VerificationAttempt, code: Any) -> None:
    guesses = [guess for guess in map(str, range(2000, 2051)) if guess != code()][:50]
    path = f"verifications/{attempt.pk}/verify/"
    answers = together(partial(post, path, {"code": guess}) for guess in guesses)
    assert Counter(answers) == {(400, "invalid_code"): 3, (410, "exhausted"): 47}
    attempt.refresh_from_db()
    assert attempt.checks == 3


def test_fifty_right_codes_verify_once(attempt: VerificationAttempt, code: Any, sent_signals: list[Any]) -> None:
    answers = together([partial(post, f"verifications/{attempt.pk}/verify/", {"code": code()})] * 50)
    assert Counter(answers) == {(200, None): 50}
    assert Counter(name for name, _ in sent_signals)["attempt_verified"] == 1


def test_twenty_requests_for_one_number_place_one_call(phone: str, outbox: list[Message]) -> None:
    answers = together([partial(post, "verifications/", {"phone_number": phone})] * 20)
    assert Counter(answers) == {(201, None): 1, (429, "too_soon"): 19}
    assert len(outbox) == VerificationAttempt.objects.count() == 1


def test_twenty_redeems_of_one_proof_succeed_once(attempt: VerificationAttempt, code: Any, user: Any) -> None:
    response = APIClient().post(f"/api/phone/verifications/{attempt.pk}/verify/", {"code": code()}, format="json")
    redeem = partial(post, "phones/", {"proof": response.json()["proof"]}, user)
    assert Counter(together([redeem] * 20)) == {(200, None): 1, (400, "invalid_proof"): 19}
    assert PhoneStatus.objects.get().user == user
