"""How many statements each step costs, besides BEGIN and COMMIT."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from django_flashcall import services
from django_flashcall.exceptions import RateLimited
from django_flashcall.models import Limit, VerificationAttempt
from django_flashcall.services import Client
from django_flashcall.services.reporting import JUDGED_EVERY
from django_flashcall.signals import phone_verified
from example_project.tour.notices import tell_of_a_new_number

pytestmark = pytest.mark.django_db(transaction=True)

CLIENT = Client(ip_address="93.184.216.34")
TAKE = "UPDATE" if connection.vendor == "mysql" else "INSERT"
REQUEST = ["SELECT", "INSERT", "INSERT", TAKE, "SELECT", "UPDATE", "SELECT"]
FRAME = ("BEGIN", "COMMIT", "ROLLBACK")


@pytest.fixture(autouse=True)
def nobody_listens() -> Iterator[None]:
    """What the example asks when it is told of a number is not ours to count."""
    phone_verified.disconnect(tell_of_a_new_number)
    yield
    phone_verified.connect(tell_of_a_new_number)


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
    assert verbs(statements(services.request_verification, phone, client=CLIENT)) == REQUEST
    assert len(REQUEST) <= 7


def test_a_report_costs_the_request_that_makes_it_and_no_other(
    statements: Any, warm: None, phone: str, flashcall: Any, age: Any
) -> None:
    flashcall(LIMITS={"phone": "", "phone_failures": "90/d"})
    age(JUDGED_EVERY)
    costs = []
    for _ in range(3):
        age(31)
        costs.append(Counter(verbs(statements(services.request_verification, phone, client=CLIENT))))
    usual = costs[-1]
    assert costs == [usual + Counter({"INSERT": 1, "UPDATE": 1, "SELECT": 2}), usual, usual]


def test_the_first_request_of_a_number(statements: Any, phone: str) -> None:
    services.request_verification("+380671234567", client=CLIENT)
    first = verbs(statements(services.request_verification, phone, client=CLIENT))
    added = Counter(["INSERT"] if connection.vendor == "mysql" else [])
    assert Counter(first) == Counter(REQUEST) + added


def test_a_number_that_somebody_owns_costs_a_stranger_what_another_does(
    statements: Any, phone: str, user: Any, code: Any
) -> None:
    attempt = services.request_verification(phone)
    services.redeem(services.verify(attempt.pk, code=code()).proof, purpose="signup", user=user)
    Limit.objects.all().delete()
    owned = statements(services.request_verification, phone, client=CLIENT)
    Limit.objects.all().delete()
    nobodys = statements(services.request_verification, "+380671234567", client=CLIENT)
    assert verbs(owned) == verbs(nobodys)
    assert len(owned) > 5


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


@pytest.mark.parametrize("auto_fallback", [False, True])
@pytest.mark.parametrize("status", ["accepted", "delivered", "undeliverable"])
def test_following_what_is_not_due(
    statements: Any, attempt: VerificationAttempt, flashcall: Any, status: str, auto_fallback: bool
) -> None:
    flashcall(AUTO_FALLBACK=auto_fallback, CHANNELS=["flashcall"])
    attempt.deliveries.update(status=status)
    assert verbs(statements(services.follow, attempt.pk)) == ["SELECT"]


def test_following_what_could_not_be_sent_by_itself(
    statements: Any, attempt: VerificationAttempt, flashcall: Any
) -> None:
    flashcall(AUTO_FALLBACK=True)
    attempt.deliveries.update(status="undeliverable")
    Limit.objects.filter(scope="phone").update(count=F("maximum"))
    services.follow(attempt.pk)
    assert verbs(statements(services.follow, attempt.pk)) == ["SELECT", "SELECT"]


def test_falling_back(statements: Any, warm: None, attempt: VerificationAttempt, age: Any) -> None:
    age(30)
    assert len(statements(services.fall_back, attempt.pk, client=CLIENT)) <= 10
