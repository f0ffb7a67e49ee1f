"""A replica may not have yet what was written a moment ago: nothing is read from one."""

from __future__ import annotations

from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.providers.base import Message

pytestmark = pytest.mark.django_db(transaction=True)


class Replicated:
    """A router that would send reads to a replica, and tells which."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def db_for_read(self, model: Any, **hints: Any) -> str:
        if model._meta.app_label == "flashcall":  # what a receiver of the site's reads is the site's affair
            self.read.append(model.__name__)
        return "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"


@pytest.fixture
def replicated(settings: Any) -> Replicated:
    replicated = Replicated()
    settings.DATABASE_ROUTERS = [replicated]
    return replicated


@pytest.mark.parametrize("signed_in", [False, True])
def test_nothing_is_read_from_a_replica(
    phone: str, user: Any, outbox: list[Message], wrong: Any, age: Any, replicated: Replicated, signed_in: bool
) -> None:
    whose = {"user": user} if signed_in else {}
    attempt = services.request_verification(phone, idempotency_key="of-a-single-click", **whose)
    services.request_verification(phone, idempotency_key="of-a-single-click", **whose)
    services.verify(attempt.pk, code=wrong(outbox[-1].code.digits), **whose)
    age(20)
    services.fall_back(attempt.pk, **whose)
    services.get_attempt(attempt.pk, **whose)
    proof = services.verify(attempt.pk, code=outbox[-1].code.digits, **whose).proof
    services.redeem(proof, purpose="signup", user=user)
    assert [status.phone_number for status in services.phones_of(user)] == [phone]
    assert replicated.read == []
