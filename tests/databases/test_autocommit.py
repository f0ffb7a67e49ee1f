"""A site that commits by hand: what is not committed before the call is placed would be lost with the process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from django_flashcall import services
from django_flashcall.models import VerificationAttempt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def by_hand(transactional_db: None) -> Iterator[None]:
    transaction.set_autocommit(False)
    yield
    transaction.rollback()
    transaction.set_autocommit(True)


def test_nothing_is_sent(phone: str, by_hand: None, outbox: list[Any]) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        services.request_verification(phone)
    assert not outbox


def test_nothing_is_counted(attempt: VerificationAttempt, by_hand: None, code: Any, wrong: Any, age: Any) -> None:
    for call in (partial(services.verify, code=wrong(code())), services.fall_back):
        with pytest.raises(RuntimeError, match="transaction"):
            call(attempt.pk)
