"""With 200,000 attempts no hot path scans a table of ours, nor reads more than 50 rows of one.

On PostgreSQL alone: its functions make the month of rows, and its EXPLAIN tells what each node of a plan read and threw
away. Statements and indexes are the same on all three databases; how the two others go about them is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import F

from django_flashcall import services
from django_flashcall.exceptions import RateLimited
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import DbNow, in_seconds
from django_flashcall.models.conversion import conversions
from django_flashcall.models.notices import Notice
from django_flashcall.services import Client, purging, reporting, ticking
from django_flashcall.services.reporting import LEAST_SENT, WINDOW_SECONDS
from tests.databases import load
from tests.databases.plans import Plans

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on("postgresql", why="the plans are PostgreSQL's"),
]

CLIENT = Client(ip_address="93.184.216.34")
KEY = "of-a-single-click"
MOST_ROWS = 50


@pytest.fixture(scope="module", autouse=True)
def month(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        load.load()
        yield
        load.unload()


@pytest.fixture
def plans() -> Iterator[Plans]:
    """The plans of what the test does; they are judged at its end."""
    assert reporting.look().take(Limit.objects.all(), 300), "what that reads has a test of its own"
    plans = Plans({load.TABLES[name] for name in ("attempts", "deliveries", "limits", "statuses")})
    yield plans
    assert plans.statements
    assert not plans.scanned
    assert max(plans.most.values()) <= MOST_ROWS, plans.most


@pytest.fixture
def owner() -> Any:
    """The owner of a hundred numbers, and one of them."""
    user = get_user_model().objects.get(pk=2)
    return user, services.phones_of(user)[0].phone_number


@pytest.fixture(params=["+380501234504", load.BUSY], ids=["a new number", "a busy number"])
def number(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def started(number: str) -> VerificationAttempt:
    return services.request_verification(number, client=CLIENT, idempotency_key=KEY)


@pytest.fixture
def proof(started: VerificationAttempt, code: Callable[[], str]) -> Any:
    return services.verify(started.pk, code=code()).proof


@pytest.fixture
def later() -> Callable[[VerificationAttempt], None]:
    """Let half a minute pass for one attempt and for the limits that were taken: not for a month's rows."""

    def pass_by(attempt: VerificationAttempt) -> None:
        past = timedelta(seconds=31)
        Limit.objects.filter(ends_at__gt=DbNow()).update(ends_at=F("ends_at") - past)
        for rows in (VerificationAttempt.objects.filter(pk=attempt.pk), Delivery.objects.filter(attempt=attempt)):
            rows.update(created_at=F("created_at") - past, expires_at=F("expires_at") - past)

    return pass_by


def test_a_request(plans: Plans, number: str) -> None:
    with plans.watch():
        services.request_verification(number, client=CLIENT, idempotency_key=KEY)


def test_a_further_request(plans: Plans, number: str, started: VerificationAttempt, later: Any) -> None:
    later(started)
    with plans.watch():
        services.request_verification(number, client=CLIENT)


def test_a_further_request_where_the_server_believes_that_there_are_no_limits(
    plans: Plans, number: str, started: VerificationAttempt, later: Any
) -> None:
    """As it does after a VACUUM that met no row but those of transactions that had not ended."""
    later(started)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = 0, relpages = 1 WHERE relname = %s", [load.TABLES["limits"]])
    with plans.watch():
        services.request_verification(number, client=CLIENT)


def test_a_request_of_an_owner(plans: Plans, owner: Any) -> None:
    user, number = owner
    with plans.watch():
        attempt = services.request_verification(number, purpose="login", user=user, client=CLIENT)
    assert attempt.owner


def test_a_request_that_is_refused(plans: Plans, number: str, started: VerificationAttempt) -> None:
    with plans.watch(), pytest.raises(RateLimited):
        services.request_verification(number, client=CLIENT)


def test_a_request_that_came_before(plans: Plans, number: str, started: VerificationAttempt) -> None:
    with plans.watch():
        assert services.request_verification(number, client=CLIENT, idempotency_key=KEY) == started


def test_the_right_code(plans: Plans, started: VerificationAttempt, code: Any) -> None:
    with plans.watch():
        assert services.verify(started.pk, code=code()).status == "verified"


def test_a_wrong_code(plans: Plans, started: VerificationAttempt, code: Any, wrong: Any) -> None:
    with plans.watch():
        assert services.verify(started.pk, code=wrong(code())).status == "invalid_code"


@pytest.mark.parametrize("channel", ["sms", "flashcall"])
def test_a_further_code(plans: Plans, started: VerificationAttempt, later: Any, channel: str) -> None:
    later(started)
    with plans.watch():
        services.fall_back(started.pk, channel=channel, client=CLIENT)


def test_how_an_attempt_stands(plans: Plans, started: VerificationAttempt) -> None:
    with plans.watch():
        services.get_attempt(started.pk)


def test_what_a_report_reads() -> None:
    plans = Plans(set(load.TABLES.values()))
    with plans.watch():
        read = conversions("default", WINDOW_SECONDS, least=LEAST_SENT)
    sent = sum(conversion.sent for conversion in read if conversion.scope == "region")
    assert sent > 500 and not plans.scanned
    assert max(plans.most.values()) <= 2 * sent, "the window's attempts, and their deliveries"


def test_following_an_attempt(plans: Plans, started: VerificationAttempt, later: Any) -> None:
    Delivery.objects.filter(attempt=started).update(due_at=in_seconds(-1))
    with plans.watch():
        services.follow(started.pk)
    assert Delivery.objects.get(attempt=started).polls == 1


def test_a_delivery_report(plans: Plans, started: VerificationAttempt) -> None:
    with plans.watch():
        assert Delivery.objects.hint("default", started.deliveries.get().provider_message_id)


def test_a_delivery_report_of_an_unknown_message(plans: Plans) -> None:
    with plans.watch():
        assert not Delivery.objects.hint("default", "unknown")


def test_a_tick(plans: Plans, started: VerificationAttempt, flashcall: Any) -> None:
    flashcall(AUTO_FALLBACK=True)
    Delivery.objects.filter(attempt=started).update(due_at=in_seconds(-1))
    VerificationAttempt.objects.filter(created_at__lt=in_seconds(-29 * 86400)).delete()
    due = VerificationAttempt.objects.filter(created_at__gt=in_seconds(-7 * 86400 - purging.RECENT))
    due.filter(created_at__lt=in_seconds(-7 * 86400)).delete()
    assert Notice.of("purge").take(Limit.objects.all(), 86400), "what is due at all was looked at today"
    Limit.objects.filter(ends_at__lt=in_seconds(-86000)).delete()
    with plans.watch():
        assert ticking.tick(seconds=60).asked == 1


def test_canceling(plans: Plans, started: VerificationAttempt) -> None:
    with plans.watch():
        services.cancel(started.pk)


def test_redeeming(plans: Plans, proof: str, owner: Any) -> None:
    with plans.watch():
        services.redeem(proof, purpose="signup", user=owner[0])


def test_taking_a_number_that_is_anothers(plans: Plans, owner: Any, code: Any) -> None:
    attempt = services.request_verification(owner[1])
    proof = services.verify(attempt.pk, code=code()).proof
    with plans.watch():
        services.own_phone(proof, user=get_user_model().objects.get(pk=3))


def test_the_numbers_of_a_user(plans: Plans) -> None:
    user = get_user_model().objects.get(pk=1)
    PhoneStatus.objects.filter(user=user).exclude(phone_number__endswith="1000").delete()
    with plans.watch():
        assert len(services.phones_of(user)) < MOST_ROWS
