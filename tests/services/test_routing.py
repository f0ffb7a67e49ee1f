"""Channels by different providers, and a channel and a provider of the site's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.checks import run_checks

from django_flashcall import services
from django_flashcall.checks import TAG
from django_flashcall.models import Delivery
from django_flashcall.providers.base import UNSUPPORTED_CHANNEL, Message, Provider, Result, Status
from django_flashcall.sandbox import server

pytestmark = pytest.mark.django_db

PHONE = "+380501234503"
REJECTED = "+380501230001"
texts: list[tuple[str, str, str]] = []
pigeons: list[Message] = []


def send_text(channel: str, number: str, text: str) -> None:
    """What the site has already for its messages."""
    texts.append((channel, number, text))


class Loft(Provider):
    """A provider of the site, with a channel of the site."""

    channels = frozenset({"pigeon"})

    def send(self, message: Message, *, deadline: float) -> Result:
        if message.channel != "pigeon":
            return Result(status=Status.REJECTED, error_code=UNSUPPORTED_CHANNEL)
        pigeons.append(message)
        return Result(status=Status.ACCEPTED, provider_message_id=f"ring-{len(pigeons)}")


@pytest.fixture
def sandbox(settings: Any) -> Iterator[str]:
    settings.DEBUG = True
    texts.clear()
    pigeons.clear()
    with server.start() as running:
        yield running.url


@pytest.fixture
def site(sandbox: str, flashcall: Callable[..., None], settings: Any, tmp_path: Path) -> None:
    """Flash calls by SMSBAT, SMS by a function, and pigeons."""
    words = tmp_path / "flashcall" / "messages" / "pigeon.txt"
    words.parent.mkdir(parents=True)
    words.write_text("Coo: {{ code }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    flashcall(
        PROVIDERS={
            "default": {
                "CLASS": "django_flashcall.providers.smsbat.SMSBATProvider",
                "OPTIONS": {"API_KEY": "key-for-the-sandbox", "SENDER": "Example", "BASE_URL": sandbox},
            },
            "own": {
                "CLASS": "django_flashcall.providers.function.FunctionProvider",
                "OPTIONS": {"SEND": f"{__name__}.send_text", "CHANNELS": ["sms"]},
            },
            "loft": {"CLASS": f"{__name__}.Loft"},
        },
        CHANNEL_PROVIDERS={"sms": "own", "pigeon": "loft"},
        CHANNELS=["flashcall", "sms", "pigeon"],
        CODE_LENGTH={"pigeon": 5},
        TTL={"pigeon": 600},
        FALLBACK_AFTER=0,
    )


def rung(sandbox: str, phone: str) -> list[str]:
    """Return the numbers that rang, the newest first."""
    with requests.Session() as http:
        http.trust_env = False
        events = http.get(f"{sandbox}/handset/{phone}.json", timeout=5).json()["events"]
    assert {event["type"] for event in events} <= {"flashcall"}
    return [event["from"] for event in events]


def carried_by() -> list[tuple[str, str, str]]:
    return list(Delivery.objects.order_by("created_at", "id").values_list("channel", "provider", "status"))


def test_nothing_is_wrong_with_such_a_site(site: None) -> None:
    assert run_checks(tags=[TAG]) == []


def test_each_channel_is_carried_by_its_provider(site: None, sandbox: str) -> None:
    attempt = services.request_verification(PHONE)
    (caller,) = rung(sandbox, PHONE)
    assert texts == []
    services.fall_back(attempt.pk)
    ((channel, number, _),) = texts
    assert (channel, number) == ("sms", PHONE)
    services.fall_back(attempt.pk, channel="pigeon")
    assert carried_by() == [
        ("flashcall", "default", "accepted"),
        ("sms", "own", "accepted"),
        ("pigeon", "loft", "accepted"),
    ]
    # The call alone was SMSBAT's, and its code is good as long as the others.
    assert rung(sandbox, PHONE) == [caller]
    assert services.verify(attempt.pk, code=caller[-4:]).status == "verified"


def test_a_code_of_the_function_verifies(site: None) -> None:
    attempt = services.request_verification(PHONE)
    services.fall_back(attempt.pk)
    code = "".join(filter(str.isdigit, texts[0][2]))
    assert len(code) == 6
    assert services.verify(attempt.pk, code=code).status == "verified"


def test_a_code_of_the_sites_own_channel_verifies(site: None) -> None:
    attempt = services.request_verification(PHONE)
    services.fall_back(attempt.pk, channel="pigeon")
    (pigeon,) = pigeons
    assert (pigeon.text, pigeon.ttl, len(pigeon.code)) == (f"Coo: {pigeon.code.digits}", 600, 5)
    delivery = Delivery.objects.get(channel="pigeon")
    assert (delivery.provider_message_id, delivery.code_length) == ("ring-1", 5)
    assert services.verify(attempt.pk, code=pigeon.code.digits).status == "verified"


def test_what_one_provider_rejects_goes_on_over_the_next_ones(site: None, sandbox: str) -> None:
    services.request_verification(REJECTED)
    assert carried_by() == [("flashcall", "default", "rejected"), ("sms", "own", "accepted")]
    assert rung(sandbox, REJECTED) == []
    assert [number for _, number, _ in texts] == [REJECTED]


def test_a_channel_that_its_provider_does_not_carry_goes_on_over_the_next_one(
    site: None, flashcall: Callable[..., None], sandbox: str
) -> None:
    flashcall(CHANNELS=["pigeon", "flashcall"], CHANNEL_PROVIDERS={"pigeon": "own"})
    assert "flashcall.E027" in {message.id for message in run_checks(tags=[TAG])}
    services.request_verification(PHONE)
    assert carried_by() == [("pigeon", "own", "rejected"), ("flashcall", "default", "accepted")]
    assert len(rung(sandbox, PHONE)) == 1
