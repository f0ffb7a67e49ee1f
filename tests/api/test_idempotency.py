"""Idempotency-Key of POST verifications/"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_flashcall.models import Delivery
from django_flashcall.providers.base import Message
from tests.api.client import Api, about
from tests.api.stage import PHONE

pytestmark = pytest.mark.django_db

OTHER_PHONE = "+380671112233"
KEY = "5f1c2a9e-one-try-of-one-person"


@pytest.fixture
def keyed(api: Api) -> Api:
    """A client that sends the same key always."""
    api.credentials(HTTP_IDEMPOTENCY_KEY=KEY)
    return api


def test_the_same_request_again_is_the_same_attempt(keyed: Api, outbox: list[Message]) -> None:
    first, second = keyed.start(PHONE), keyed.start(PHONE)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.body["id"] == second.body["id"]
    assert len(outbox) == 1


def test_it_is_answered_with_what_became_of_it(keyed: Api, code: Callable[[], str], age: Callable[..., None]) -> None:
    attempt_id = keyed.start(PHONE).body["id"]
    age(12)
    assert keyed.start(PHONE).body["expires_in"] == about(78)
    keyed.verify(attempt_id, code=code())
    assert keyed.start(PHONE).body["status"] == "verified"


def test_without_a_key_it_is_another_request(keyed: Api) -> None:
    keyed.start(PHONE)
    keyed.credentials()
    assert keyed.start(PHONE).case == ("flashcall_start", 429, "too_soon")


def test_a_strangers_key_is_his_with_his_body_alone(keyed: Api, outbox: list[Message]) -> None:
    assert keyed.start(PHONE).body["id"] != keyed.start(OTHER_PHONE).body["id"]
    assert len(outbox) == 2


def test_a_users_key_is_for_one_request(keyed: Api, user: Any, stranger: Any, outbox: list[Message]) -> None:
    keyed.force_login(user)
    keyed.start(PHONE)
    response = keyed.start(OTHER_PHONE)
    assert response.status_code == 422
    assert response.body == {
        "error": "idempotency_mismatch",
        "detail": "This Idempotency-Key was used for another request.",
    }
    assert keyed.start(PHONE, purpose="change_phone").status_code == 422
    keyed.force_login(stranger)
    assert keyed.start(OTHER_PHONE).status_code == 201
    assert len(outbox) == 2


def test_while_the_first_is_under_way_the_second_waits(keyed: Api, age: Callable[..., None]) -> None:
    attempt_id = keyed.start(PHONE).body["id"]
    Delivery.objects.update(status=Delivery.Status.CREATED)
    response = keyed.start(PHONE)
    assert (response.status_code, response.body["error"]) == (409, "idempotency_conflict")
    assert response.body["retry_after"] == about(15)
    age(16)  # its worker is dead
    assert keyed.start(PHONE).body["id"] == attempt_id


def test_a_refusal_is_not_remembered(keyed: Api, age: Callable[..., None]) -> None:
    keyed.credentials()
    keyed.start(PHONE)
    keyed.credentials(HTTP_IDEMPOTENCY_KEY=KEY)
    assert keyed.start(PHONE).status_code == 429
    age(31)
    assert keyed.start(PHONE).status_code == 201


def test_a_key_is_kept_for_a_day(keyed: Api, age: Callable[..., None]) -> None:
    first = keyed.start(PHONE).body["id"]
    age(86_399)
    assert keyed.start(PHONE).body["id"] == first
    age(2)
    assert keyed.start(PHONE).body["id"] != first


@pytest.mark.parametrize(("length", "status"), [(0, 400), (15, 400), (16, 201), (255, 201), (256, 400), (9999, 400)])
def test_a_key_has_16_to_255_characters(api: Api, outbox: list[Message], length: int, status: int) -> None:
    api.credentials(HTTP_IDEMPOTENCY_KEY="k" * length)
    response = api.start(PHONE)
    assert response.status_code == status
    assert len(outbox) == (status == 201)
    assert status == 201 or response.body == {"Idempotency-Key": ["Give 16 to 255 characters."]}
