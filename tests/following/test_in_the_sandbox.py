"""SMSBAT's provider, the sandbox's books and its delivery reports, and the site's webhook: over real sockets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from django.core.management import call_command

from django_flashcall import services
from django_flashcall.models import Delivery, PhoneStatus, VerificationAttempt
from django_flashcall.sandbox import server
from django_flashcall.sandbox.reports import Kind
from django_flashcall.sandbox.server import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "abcdefghijklmnopqrstuv"
RINGS, NOT_RINGING, NOTHING_ARRIVES = "+380501234503", "+380501230002", "+380501230012"
CHANNELS = ["flashcall", "viber_otp", "sms"]
PROVIDERS_CASCADE = {
    "CASCADE": "provider",
    "CODE_LENGTH": {"flashcall": 6},
    "TTL": {"flashcall": 60, "viber_otp": 90, "sms": 300},
}
PATIENCE = 10


@pytest.fixture
def webhook(live_server: Any) -> str:
    return f"{live_server.url}/api/phone/webhooks/default/{SECRET}/"


@pytest.fixture
def sandbox(settings: Any, flashcall: Callable[..., None], site: Any, webhook: str) -> Iterator[Sandbox]:
    """The sandbox, to which the site sends and which reports to the site."""
    settings.DEBUG = True
    with server.start() as running:
        options = {"API_KEY": "any", "SENDER": "Shop", "BASE_URL": running.url, "WEBHOOK_SECRETS": [SECRET]}
        smsbat = {"CLASS": "django_flashcall.providers.smsbat.SMSBATProvider", "OPTIONS": options}
        flashcall(PROVIDERS={"default": smsbat}, CHANNELS=CHANNELS, TTL={"flashcall": 60, "sms": 240})
        running.report_to(webhook)
        yield running


def opened(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data=data, headers={"Content-Type": "application/json"})
    with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE) as reply:
        return json.load(reply)


def answers(sandbox: Sandbox, phone: str, count: int) -> list[int | None]:
    """Return the site's answers to reports when there are so many, oldest first."""
    ends = time.monotonic() + PATIENCE
    while len(reports := opened(f"{sandbox.url}/handset/{phone}/reports.json")["reports"]) < count:
        assert time.monotonic() < ends
        time.sleep(0.01)
    return [report["answer"] for report in reversed(reports)]


def statuses() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("created_at").values_list("channel", "status"))


def test_a_report_makes_the_site_ask_and_the_books_decide(sandbox: Sandbox, age: Any) -> None:
    attempt = services.request_verification(RINGS)
    # The first one may overtake the provider's reply, and then it says nothing to the site yet.
    answers(sandbox, RINGS, 1)
    opened(f"{sandbox.url}/handset/{RINGS}/reports", {"kind": Kind.TWICE.value})
    assert answers(sandbox, RINGS, 3) == [200] * 3
    assert statuses() == [("flashcall", "accepted")]
    age(2, attempt)
    services.follow(attempt.pk)
    delivery = Delivery.objects.get()
    assert (delivery.status, str(delivery.cost), delivery.currency) == ("delivered", "0.050000", "")
    assert not PhoneStatus.objects.filter(verified_at__isnull=False).exists()


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("phone", "status"), [(RINGS, "delivered"), (NOT_RINGING, "undeliverable")])
def test_whatever_is_reported_the_row_says_what_the_books_say(
    sandbox: Sandbox, age: Any, kind: Kind, phone: str, status: str
) -> None:
    attempt = services.request_verification(phone)
    answers(sandbox, phone, 1)
    count = opened(f"{sandbox.url}/handset/{phone}/reports", {"kind": kind.value})["reports"]
    expected = [404, 200] if kind is Kind.FORGED else [200] * count
    assert answers(sandbox, phone, 1 + count)[1:] == expected
    age(6, attempt)
    call_command("flashcall_tick", verbosity=0)
    assert statuses() == [("flashcall", status)]
    # And once more, when it is known.
    opened(f"{sandbox.url}/handset/{phone}/reports", {"kind": kind.value})
    assert answers(sandbox, phone, 1 + 2 * count)[1 + count :] == expected
    age(60, attempt)
    call_command("flashcall_tick", verbosity=0)
    assert statuses() == [("flashcall", status)]
    assert VerificationAttempt.objects.get().status == "pending"


@pytest.mark.parametrize(("phone", "failing", "state"), [(NOT_RINGING, 1, "pending"), (NOTHING_ARRIVES, 3, "failed")])
def test_each_step_of_the_apps_cascade_fails_in_turn(
    sandbox: Sandbox, flashcall: Callable[..., None], age: Any, phone: str, failing: int, state: str
) -> None:
    flashcall(AUTO_FALLBACK=True)
    attempt = services.request_verification(phone)
    failed = [(channel, "undeliverable") for channel in CHANNELS[:failing]]
    for step, channel in enumerate(CHANNELS[: failing + 1]):
        assert statuses() == [*failed[:step], (channel, "accepted")]
        age(6, attempt)
        standing = services.follow(attempt.pk).standing
    assert statuses() == [*failed, *((channel, "delivered") for channel in CHANNELS[failing : failing + 1])]
    assert standing.state == state


def test_a_report_that_comes_after_the_code_was_entered_changes_its_row_and_nothing_else(
    sandbox: Sandbox, webhook: str, flashcall: Callable[..., None], age: Any
) -> None:
    flashcall(AUTO_FALLBACK=True, FALLBACK_AFTER=0)
    sandbox.report_to(None)  # what is to be late must not come in time
    attempt = services.request_verification(NOT_RINGING)
    services.fall_back(attempt.pk)
    (message,) = events = opened(f"{sandbox.url}/handset/{NOT_RINGING}.json")["events"]
    assert services.verify(attempt.pk, code=message["text"][-6:]).status == "verified"
    assert statuses() == [("flashcall", "accepted"), ("viber_otp", "accepted")]

    sandbox.report_to(webhook)
    opened(f"{sandbox.url}/handset/{NOT_RINGING}/reports", {"kind": Kind.LATE.value})
    assert answers(sandbox, NOT_RINGING, 1) == [200]
    age(2, attempt)
    call_command("flashcall_tick", verbosity=0)
    assert statuses() == [("flashcall", "undeliverable"), ("viber_otp", "accepted")]
    assert services.follow(attempt.pk).standing.state == "verified"
    assert opened(f"{sandbox.url}/handset/{NOT_RINGING}.json")["events"] == events


def test_the_providers_cascade_is_one_delivery_that_says_which_channel_arrived(
    sandbox: Sandbox, flashcall: Callable[..., None], age: Any
) -> None:
    flashcall(**PROVIDERS_CASCADE)
    attempt = services.request_verification(NOT_RINGING)
    (event,) = opened(f"{sandbox.url}/handset/{NOT_RINGING}.json")["events"]
    assert event["type"] == "viber_otp"
    age(6, attempt)
    services.follow(attempt.pk)
    delivery = Delivery.objects.get()
    assert (delivery.status, str(delivery.cost), delivery.currency) == ("delivered", "0.050000", "USD")
    assert services.verify(attempt.pk, code=event["text"][-6:]).status == "verified"


def test_the_providers_cascade_of_which_nothing_arrives_is_over_when_every_step_has_failed(
    sandbox: Sandbox, flashcall: Callable[..., None], age: Any
) -> None:
    flashcall(**PROVIDERS_CASCADE)
    attempt = services.request_verification(NOTHING_ARRIVES)
    age(6, attempt)
    standing = services.follow(attempt.pk).standing
    assert statuses() == [("flashcall", "undeliverable")]
    assert (standing.newest.fallbacks, standing.state) == ("viber_otp,sms", "failed")
    assert opened(f"{sandbox.url}/handset/{NOTHING_ARRIVES}.json")["events"] == []
