"""How many statements each step costs, besides BEGIN and COMMIT."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_flashcall import services
from django_flashcall.exceptions import RateLimited
from django_flashcall.models import Limit, VerificationAttempt
from django_flashcall.services import Client

pytestmark = pytest.mark.django_db(transaction=True)

CLIENT = Client(ip_address="93.184.216.34")
FRAME = ("BEGIN", "COMMIT", "ROLLBACK")


@pytest.fixture
def statements() -> Callable[..., list[str]]:
    """Run a call and return its statements."""

    def run(call: Callable[..., Any], *arguments: Any, **options: Any) -> list[str]:
        with CaptureQueriesContext(connection) as captured, contextlib.suppress(RateLimited):
            call(*arguments, **options)
        return [query["sql"] for query in captured if not query["sql"].startswith(FRAME)]

    return run


@pytest.fixture
def warm(phone: str, age: Any) -> None:
    """The rows of the limits exist, as they do for all but the first request of a number."""
    services.request_verification(phone, client=CLIENT)
    age(31)


def verbs(statements: list[str]) -> list[str]:
    return [statement.split()[0] for statement in statements]


def test_a_request_without_fallback(statements: Any, warm: None, phone: str) -> None:
    locks = ["SELECT"] if connection.features.has_select_for_update else []
    expected = ["SELECT", *locks, "UPDATE", "SELECT", "INSERT", "INSERT", "UPDATE", "SELECT"]
    assert verbs(statements(services.request_verification, phone, client=CLIENT)) == expected
    assert len(expected) <= 8


def test_the_first_request_of_a_number(statements: Any, phone: str) -> None:
    assert len(statements(services.request_verification, phone, client=CLIENT)) <= 12


def test_a_refused_request_is_one_select_and_no_write(statements: Any, phone: str) -> None:
    services.request_verification(phone, client=CLIENT)
    assert verbs(statements(services.request_verification, phone, client=CLIENT)) == ["SELECT"]


def test_a_signed_in_request_that_is_refused(statements: Any, phone: str, user: Any) -> None:
    services.request_verification(phone, client=CLIENT, user=user)
    assert verbs(statements(services.request_verification, phone, client=CLIENT, user=user)) == ["SELECT"]
    assert Limit.objects.get(scope="cooldown").count == 1


def test_a_wrong_code(statements: Any, attempt: VerificationAttempt, code: Any, wrong: Any) -> None:
    assert verbs(statements(services.verify, attempt.pk, code=wrong(code()))) == ["SELECT", "UPDATE"]


def test_a_right_code(statements: Any, attempt: VerificationAttempt, code: Any) -> None:
    assert verbs(statements(services.verify, attempt.pk, code=code())) == ["SELECT", "UPDATE"]


def test_what_cannot_be_a_code(statements: Any, attempt: VerificationAttempt) -> None:
    assert verbs(statements(services.verify, attempt.pk, code="12")) == ["SELECT"]


def test_a_final_attempt(statements: Any, attempt: VerificationAttempt, code: Any) -> None:
    services.cancel(attempt.pk)
    assert verbs(statements(services.verify, attempt.pk, code=code())) == ["SELECT"]


def test_redeeming(statements: Any, attempt: VerificationAttempt, code: Any, user: Any) -> None:
    proof = services.verify(attempt.pk, code=code()).proof
    redeeming = verbs(statements(services.redeem, proof, purpose="signup", user=user))
    locked = ["SELECT", "INSERT"] if connection.vendor == "mysql" else []
    assert redeeming == ["UPDATE", "SELECT", "INSERT", *locked]


def test_asking_how_an_attempt_stands(statements: Any, attempt: VerificationAttempt) -> None:
    assert verbs(statements(services.get_attempt, attempt.pk)) == ["SELECT"]


def test_falling_back(statements: Any, warm: None, attempt: VerificationAttempt, age: Any) -> None:
    age(30)
    assert len(statements(services.fall_back, attempt.pk, client=CLIENT)) <= 10
