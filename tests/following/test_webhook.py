"""Delivery reports: a hint from a stranger, which costs nothing and decides nothing."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from django_flashcall import services
from django_flashcall.api.webhooks import webhook
from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.models.deliveries import HINTED_POLLS, MOST_POLLS
from django_flashcall.services import ticking
from tests.following.books import SECRET, Books

pytestmark = pytest.mark.django_db

FOLDER = "/api/phone/webhooks/"


@pytest.fixture
def reports() -> Any:
    """Send a report and return the status of the answer."""
    client = Client(enforce_csrf_checks=True)

    def send(
        message: Any, *, said: Any = "delivered", alias: str = "default", secret: str = SECRET, **extra: Any
    ) -> int:
        body = json.dumps({"messageId": getattr(message, "hex", message), "deliverystatus": said})
        path = f"{FOLDER}{alias}/{secret}/"
        return client.post(path, body, content_type="application/json", **extra).status_code

    return send


def test_a_report_makes_us_ask(delivery: Delivery, books: Books, reports: Any, age: Any) -> None:
    books.write({delivery.pk.hex: "undeliverable"})
    assert reports(delivery.pk) == 200
    assert not books.asked
    assert Delivery.objects.get().status == "accepted"
    age(1.1)
    assert services.follow(delivery.attempt_id).standing.state == "failed"
    assert books.asked == {delivery.pk.hex: 1}


AT = "1970-01-01T00:00:00Z", "2999-12-31T23:59:59Z"


@pytest.mark.parametrize("said", ["delivered", "exploded", "", None, [], {"at": AT[0]}, [{"at": at} for at in AT]])
def test_what_it_says_is_not_believed(delivery: Delivery, books: Books, reports: Any, age: Any, said: Any) -> None:
    assert reports(delivery.pk, said=said) == 200
    age(1.1)
    services.follow(delivery.attempt_id)
    assert Delivery.objects.get().status == "accepted"
    assert VerificationAttempt.objects.get().status == "pending"


def test_it_costs_one_statement_and_waits_for_nobody(delivery: Delivery, books: Books, reports: Any) -> None:
    with CaptureQueriesContext(connection) as captured:
        reports(delivery.pk)
    assert [query["sql"].split()[0] for query in captured] == ["UPDATE"]
    assert not books.asked


@pytest.mark.parametrize("message", ["unknown", "", "x" * 300, "' OR 1=1 --", "\x00", "🐦"])
def test_an_unknown_message_is_nothing(delivery: Delivery, reports: Any, message: str) -> None:
    before = Delivery.objects.values().get()
    assert reports(message) == 200
    assert Delivery.objects.values().get() == before


def test_one_of_another_provider_is_unknown(delivery: Delivery, reports: Any) -> None:
    Delivery.objects.update(provider="other")
    before = Delivery.objects.values().get()
    assert reports(delivery.pk) == 200
    assert Delivery.objects.values().get() == before


@pytest.mark.parametrize("status", ["created", "rejected", "failed", "delivered", "undeliverable"])
def test_of_what_is_over_nothing_is_asked(delivery: Delivery, reports: Any, status: str) -> None:
    Delivery.objects.update(status=status, due_at=None)
    assert reports(delivery.pk) == 200
    assert Delivery.objects.get().due_at is None


def test_a_flood_has_the_provider_asked_no_more_than_documented(
    delivery: Delivery, books: Books, reports: Any, age: Any
) -> None:
    for _ in range(200):
        reports(delivery.pk)
        age(1.01)
        Delivery.objects.due().exists() and ticking.tick(seconds=10)
    assert books.asked[delivery.pk.hex] <= HINTED_POLLS + 5
    for _ in range(30):
        reports(delivery.pk)
        left = Delivery.objects.with_clock().get().due_in
        age(max(left.total_seconds(), 0) + 0.01 if left else 0)
        ticking.tick(seconds=10)
    assert Delivery.objects.get().due_at is None
    assert books.asked[delivery.pk.hex] == Delivery.objects.get().polls <= MOST_POLLS


def test_a_flood_has_the_provider_asked_once_a_second_at_most(delivery: Delivery, books: Books, reports: Any) -> None:
    for _ in range(20):
        reports(delivery.pk)
        services.follow(delivery.attempt_id)
    assert sum(books.asked.values()) <= 1


@pytest.mark.parametrize(
    ("alias", "secret"), [("default", "wrong"), ("default", SECRET[:-1]), ("defaults", SECRET), ("default", "ключ")]
)
@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options"])
def test_without_the_secret_it_is_not_there(alias: str, secret: str, method: str) -> None:
    there = getattr(Client(), method)(f"{FOLDER}{alias}/{secret}/")
    nowhere = getattr(Client(), method)("/api/phone/nowhere/")
    assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
    assert there.status_code == 404


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_a_report_is_posted(method: str) -> None:
    assert getattr(Client(), method)(f"{FOLDER}default/{SECRET}/").status_code == 405


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"{}", b"\xff\xfe", b"a=b", b"[" * 9000])
def test_nonsense_is_refused(body: bytes) -> None:
    response = Client().post(f"{FOLDER}default/{SECRET}/", body, content_type="application/json")
    assert (response.status_code, response.content) == (400, b"")


@pytest.mark.parametrize("size", [16 * 1024 + 1, 3_000_000])
@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_a_long_body_is_not_read(size: int, content_type: str) -> None:
    response = Client().post(f"{FOLDER}default/{SECRET}/", b"x" * size, content_type=content_type)
    assert response.status_code == 413


@pytest.mark.parametrize("path", [f"default/{SECRET}", f"default/{SECRET}/", f"default/{SECRET}//"])
def test_the_secret_is_in_no_log(path: str, caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        for method in ("get", "put"):
            getattr(Client(), method)(FOLDER + path)
        for body in (b"", b"x" * 20_000):
            Client().post(FOLDER + path, body, content_type="application/json")
    logged = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert any(f"{FOLDER}.../" in line for line in logged)
    assert not [line for line in logged if SECRET in line]


@pytest.mark.parametrize("path", [f"default/{SECRET[:-1]}/", f"defaults/{SECRET}/", f"default/{SECRET}/x/"])
def test_a_secret_that_is_wrong_here_is_in_no_log_either(path: str, caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        assert Client().post(FOLDER + path).status_code == 404
    logged = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert any("Not Found" in line for line in logged)
    assert not [line for line in logged if SECRET[:-1] in line]


def test_a_database_that_is_away_is_told_without_the_secret(delivery: Delivery, reports: Any, caplog: Any) -> None:
    def fail(*arguments: Any) -> None:
        raise DatabaseError

    with connection.execute_wrapper(fail):
        assert reports(delivery.pk) == 503
    logged = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert any("A delivery report could not be taken: DatabaseError." in line for line in logged)
    assert not [line for line in logged if SECRET in line]


def test_a_host_that_wants_everybody_signed_in(delivery: Delivery, reports: Any, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    assert reports(delivery.pk) == 200


def test_it_is_out_of_atomic_requests_on_every_database(settings: Any) -> None:
    assert set(settings.DATABASES) <= webhook._non_atomic_requests  # type: ignore[attr-defined]


def test_it_is_not_throttled(delivery: Delivery, reports: Any, settings: Any) -> None:
    rates = dict.fromkeys(("anon", "flashcall_status", "flashcall_request"), "1/hour")
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    assert {reports(delivery.pk, REMOTE_ADDR="91.198.36.14") for _ in range(20)} == {200}


def test_a_provider_whose_settings_are_wrong_takes_none(delivery: Delivery, reports: Any, site: Any) -> None:
    site(PROVIDERS={"default": {"CLASS": "nowhere.Provider"}})
    assert reports(delivery.pk) == 404
