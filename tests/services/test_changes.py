"""What is told of a delivery's first change, by log and signal: once, and when it is written."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.exceptions import FlashcallError
from django_flashcall.models import Delivery
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Message, Result, Status

pytestmark = pytest.mark.django_db

OUTCOMES = {
    "accepted": (Status.ACCEPTED, "", "accepted", logging.INFO, "delivery_sent"),
    "rejected": (Status.REJECTED, base.REJECTED, "rejected", logging.WARNING, "delivery_failed"),
    "unreachable": (Status.UNREACHABLE, base.CONNECTION, "failed", logging.WARNING, "delivery_failed"),
    "unknown": (Status.UNKNOWN, base.TIMEOUT, "unknown", logging.INFO, "delivery_sent"),
}


@pytest.fixture
def told(caplog: Any, flashcall: Any, sent_signals: list[Any]) -> Any:
    """Ask for a code over the flash call alone; return the records and signals about deliveries that it made."""
    flashcall(CHANNELS=["flashcall"])

    def ask(phone_number: str) -> tuple[list[logging.LogRecord], list[str]]:
        caplog.clear()
        sent_signals.clear()
        with suppress(FlashcallError):
            services.request_verification(phone_number)
        records = [record for record in caplog.records if record.getMessage().startswith("Delivery ")]
        return records, [name for name, _arguments in sent_signals if name.startswith("delivery_")]

    with caplog.at_level(logging.DEBUG, "django_flashcall"):
        yield ask


@pytest.mark.parametrize(("status", "error_code", "written", "level", "signal"), OUTCOMES.values(), ids=OUTCOMES)
def test_each_outcome_is_told_once(
    told: Any, phone: str, status: Status, error_code: str, written: str, level: int, signal: str
) -> None:
    memory.script("flashcall", Result(status=status, error_code=error_code))
    (record,), signals = told(phone)
    delivery = Delivery.objects.get()
    assert delivery.status == written
    assert record.getMessage() == f"Delivery {delivery.pk.hex} over flashcall: {written}"
    fields = ("levelno", "attempt", "delivery", "channel", "status", "error_code")
    assert [getattr(record, field) for field in fields] == [
        level,
        str(delivery.attempt_id),
        delivery.pk.hex,
        "flashcall",
        written,
        error_code,
    ]
    assert 0 <= record.duration_ms < 5000
    assert phone[-7:] not in str(vars(record))
    assert signals == [signal]


def test_one_that_an_open_breaker_stopped_is_told(told: Any, flashcall: Any) -> None:
    provider = {"CLASS": "django_flashcall.providers.memory.MemoryProvider"}
    flashcall(
        CHANNELS=["flashcall", "sms"],
        PROVIDERS={"default": provider, "other": provider},
        CHANNEL_PROVIDERS={"sms": "other"},
    )
    memory.script("flashcall", Result(status=Status.UNREACHABLE, error_code=base.CREDENTIALS))
    told("+380501234503")
    (stopped, followed), signals = told("+380671234503")
    assert (stopped.channel, stopped.status, stopped.error_code) == ("flashcall", "failed", "breaker_open")
    assert (followed.channel, followed.status) == ("sms", "accepted")
    assert signals == ["delivery_failed", "delivery_sent"]


class Overtaken(base.Provider):
    """While it sends, somebody else writes what became of the delivery."""

    def send(self, message: Message, *, deadline: float) -> Result:
        Delivery.objects.filter(pk=message.id).update(status=Delivery.Status.UNKNOWN, error_code="abandoned")
        return Result(status=Status.ACCEPTED)


def test_what_is_not_written_is_not_told(told: Any, phone: str, flashcall: Any) -> None:
    flashcall(PROVIDERS={"default": {"CLASS": f"{__name__}.Overtaken"}})
    assert told(phone) == ([], [])
    assert Delivery.objects.get().error_code == "abandoned"
