"""What no code path gets round: raw SQL tries to break each rule of the tables, and the database refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError, Error, IntegrityError, connection, transaction
from django.db.models import F

from django_flashcall import services
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import DbNow

pytestmark = pytest.mark.django_db

ATTEMPT = "flashcall_verificationattempt"
DELIVERY = "flashcall_delivery"


def run(sql: str, *parameters: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def id_of(row: Any) -> Any:
    return type(row)._meta.pk.get_db_prep_value(row.pk, connection, prepared=False)


@pytest.mark.parametrize(
    "change",
    [
        "status = 'verified'",
        "verified_at = created_at",
        "status = 'canceled', verified_at = created_at",
        "status = 'verified', verified_at = '2099-01-01 00:00:00'",
        "status = 'pending', redeemed_at = created_at",
        "status = 'canceled', redeemed_at = created_at",
        "status = 'valid'",
        "status = ''",
        "checks = max_checks + 1",
        "checks = -1",
        "max_checks = -1",
        "expires_at = created_at",
        "expires_at = '2001-01-01 00:00:00'",
        "phone_number = NULL",
        "status = NULL",
        "expires_at = NULL",
    ],
)
def test_the_database_refuses_an_attempt_that_cannot_be(attempt: VerificationAttempt, change: str) -> None:
    with pytest.raises((IntegrityError, DataError)):
        run(f"UPDATE {ATTEMPT} SET {change} WHERE id = %s", id_of(attempt))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.checks, attempt.verified_at) == ("pending", 0, None)


def test_a_spent_check_cannot_be_made_more_than_allowed(attempt: VerificationAttempt) -> None:
    run(f"UPDATE {ATTEMPT} SET checks = max_checks WHERE id = %s", id_of(attempt))
    with pytest.raises(IntegrityError):
        run(f"UPDATE {ATTEMPT} SET max_checks = 2 WHERE id = %s", id_of(attempt))


def test_an_attempt_cannot_be_verified_a_moment_after_it_expired(attempt: VerificationAttempt) -> None:
    late = F("expires_at") + timedelta(seconds=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        VerificationAttempt.objects.update(status="verified", verified_at=late)
    run(f"UPDATE {ATTEMPT} SET status = 'verified', verified_at = expires_at WHERE id = %s", id_of(attempt))
    attempt.refresh_from_db()
    assert attempt.status == "verified"


@pytest.mark.parametrize("change", ["status = 'sent'", "expires_at = '2001-01-01 00:00:00'", "attempt_id = NULL"])
def test_the_database_refuses_a_delivery_that_cannot_be(attempt: VerificationAttempt, change: str) -> None:
    delivery = Delivery.objects.get()
    with pytest.raises(IntegrityError):
        run(f"UPDATE {DELIVERY} SET {change} WHERE id = %s", id_of(delivery))
    delivery.refresh_from_db()
    assert delivery.status == "accepted"


def test_a_number_has_one_status(phone: str, user: Any) -> None:
    PhoneStatus.objects.create(phone_number=phone, user=user)
    with pytest.raises(IntegrityError), transaction.atomic():
        PhoneStatus.objects.create(phone_number=phone)
    assert PhoneStatus.objects.count() == 1


def test_a_limit_counts_from_nought(attempt: VerificationAttempt) -> None:
    with pytest.raises(Error), transaction.atomic():
        run("UPDATE flashcall_limit SET count = -1")
    assert not Limit.objects.filter(count__lt=0).exists()


def test_times_are_written_by_the_database(attempt: VerificationAttempt) -> None:
    row = VerificationAttempt.objects.annotate(since=DbNow() - F("created_at"), life=F("expires_at") - F("created_at"))
    found = row.get()
    assert timedelta(0) <= found.since < timedelta(seconds=60)
    assert abs(found.life - timedelta(seconds=90)) < timedelta(milliseconds=50)


def test_the_phone_status_of_a_deleted_user_is_nobodys(phone: str, user: Any, code: Any) -> None:
    attempt = services.request_verification(phone)
    services.redeem(services.verify(attempt.pk, code=code()).proof, purpose="signup", user=user)
    assert PhoneStatus.objects.get().is_verified
    user.delete()
    status = PhoneStatus.objects.get()
    assert (status.user, status.is_verified) == (None, False)
    assert not PhoneStatus.objects.verified().exists()
