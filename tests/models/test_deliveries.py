"""What becomes of a delivery."""

from __future__ import annotations

import pytest

from django_flashcall.models import Delivery, VerificationAttempt, transactions

pytestmark = pytest.mark.django_db


def test_what_became_of_it_is_written_once(attempt: VerificationAttempt) -> None:
    """Whoever carries the same message twice, and comes second, changes nothing."""
    Delivery.objects.update(status="created")
    delivery = Delivery.objects.get()
    for status, error_code in (("accepted", ""), ("rejected", "invalid_number")):
        delivery.status, delivery.error_code = status, error_code
        Delivery.objects.using(transactions.database()).settle(delivery, followed=False)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.error_code) == ("accepted", "")
