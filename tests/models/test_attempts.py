"""The conditional updates: each holds by itself, whatever was read before it."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from django.db.models import F

from django_flashcall import services
from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.models.ids import parse_id, uuid7

PENDING = VerificationAttempt.Status.PENDING


@pytest.mark.django_db
class TestWhatIsTooLate:
    def test_an_attempt_that_expired_since_it_was_read_is_not_settled(
        self, attempt: VerificationAttempt, age: Any
    ) -> None:
        as_read = attempt.deliveries.get()
        age(90)
        assert not VerificationAttempt.objects.settle(as_read)

    def test_nor_by_a_code_that_expired_before_the_attempt(self, attempt: VerificationAttempt, age: Any) -> None:
        age(40)
        services.fall_back(attempt.pk, channel="sms")
        first, second = attempt.deliveries.order_by("pk")
        Delivery.objects.filter(pk=first.pk).update(expires_at=F("created_at"))
        first.refresh_from_db()
        assert not VerificationAttempt.objects.settle(first)
        assert VerificationAttempt.objects.settle(second)

    def test_nor_is_a_check_spent_on_it(self, attempt: VerificationAttempt, age: Any) -> None:
        age(90)
        assert not VerificationAttempt.objects.spend_check(attempt.pk, seen=0, status=PENDING)

    @pytest.mark.parametrize("changes", [{"checks": 3}, {"status": "canceled"}])
    def test_nor_is_one_that_was_exhausted_or_canceled(
        self, attempt: VerificationAttempt, changes: dict[str, Any]
    ) -> None:
        VerificationAttempt.objects.update(**changes)
        assert not VerificationAttempt.objects.settle(attempt.deliveries.get())
        assert not VerificationAttempt.objects.spend_check(attempt.pk, seen=changes.get("checks", 0), status=PENDING)
        assert not VerificationAttempt.objects.extend(attempt.pk, 300)

    def test_an_attempt_is_settled_once(self, attempt: VerificationAttempt) -> None:
        assert VerificationAttempt.objects.settle(attempt.deliveries.get())
        assert not VerificationAttempt.objects.settle(attempt.deliveries.get())

    def test_a_check_is_spent_only_by_whoever_saw_the_count(self, attempt: VerificationAttempt) -> None:
        assert VerificationAttempt.objects.spend_check(attempt.pk, seen=0, status=PENDING)
        assert not VerificationAttempt.objects.spend_check(attempt.pk, seen=0, status=PENDING)

    def test_expiry_moves_only_forward(self, attempt: VerificationAttempt) -> None:
        before = VerificationAttempt.objects.get().expires_at
        assert VerificationAttempt.objects.extend(attempt.pk, 5)
        assert VerificationAttempt.objects.get().expires_at == before
        assert VerificationAttempt.objects.extend(attempt.pk, 300)
        assert VerificationAttempt.objects.get().expires_at > before


class TestIds:
    def test_an_id_is_a_uuid_of_version_7_that_tells_when_it_was_made(self) -> None:
        made = uuid7()
        assert (made.version, made.variant) == (7, uuid.RFC_4122)
        assert abs((made.int >> 80) - time.time_ns() // 10**6) < 60_000

    def test_ids_sort_by_age_however_fast_they_are_made(self) -> None:
        made = [uuid7() for _ in range(1000)]
        assert made == sorted(made)
        assert len({one.int >> 80 for one in made}) == 1000

    def test_the_rest_of_an_id_is_random(self) -> None:
        tails = {made.int & (1 << 62) - 1 for made in (uuid7() for _ in range(1000))}
        heads = {made.int >> 64 & 0xFFF for made in (uuid7() for _ in range(1000))}
        assert len(tails) == 1000
        assert len(heads) > 500

    def test_an_id_has_one_spelling(self) -> None:
        made = uuid7()
        assert parse_id(str(made)) == parse_id(made) == made
        for other in (made.hex, str(made).upper(), f"{{{made}}}", f" {made}", str(made)[:-1] + "g", "", None, 7, b""):
            assert parse_id(other) is None
