"""What every test may ask for."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model

from django_flashcall import services, signals
from django_flashcall.models import VerificationAttempt
from django_flashcall.providers.base import Message
from tests.wheel import dist, installed, source, wheel  # noqa: F401  (fixtures)


@pytest.fixture(autouse=True)
def _with_limits(flashcall_limits: None) -> None:
    """Limits are what most of our tests are about."""


@pytest.fixture
def outbox(flashcall_outbox: list[Message]) -> list[Message]:
    """What the memory provider was given, oldest first."""
    return flashcall_outbox


@pytest.fixture
def phone() -> str:
    return "+380501234503"


@pytest.fixture
def flashcall(settings: Any) -> Callable[..., None]:
    """Change keys of the FLASHCALL setting."""

    def change(**values: Any) -> None:
        merged = copy.deepcopy(django_settings.FLASHCALL)
        for key, value in values.items():
            merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
        settings.FLASHCALL = merged

    return change


@pytest.fixture
def user(db: None) -> Any:
    return get_user_model().objects.create_user("olena")


@pytest.fixture
def stranger(db: None) -> Any:
    return get_user_model().objects.create_user("stranger")


@pytest.fixture
def attempt(db: None, phone: str) -> VerificationAttempt:
    """A fresh attempt, whose flash call the phone got."""
    return services.request_verification(phone)


@pytest.fixture
def code(outbox: list[Message]) -> Callable[[], str]:
    """The digits that the phone got last."""
    return lambda: outbox[-1].code.digits


@pytest.fixture
def wrong() -> Callable[[str], str]:
    """A code that is not the given one."""
    return lambda right: str((int(right[0]) % 9) + 1) + right[1:]


@pytest.fixture
def age(flashcall_let_pass: Callable[..., None]) -> Callable[..., None]:
    """Let seconds pass for everything that is written, or for one attempt: the rows grow older, nobody waits."""
    return flashcall_let_pass


@pytest.fixture
def sent_signals() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The signals of ours that were sent, by name, with their arguments."""
    names = {name: signal for name, signal in vars(signals).items() if isinstance(signal, signals.Signal)}
    heard: list[tuple[str, dict[str, Any]]] = []
    receivers = []
    for name, signal in names.items():

        def receiver(name: str = name, **arguments: Any) -> None:
            arguments.pop("signal")
            heard.append((name, arguments))

        signal.connect(receiver)
        receivers.append((signal, receiver))
    yield heard
    for signal, receiver in receivers:
        signal.disconnect(receiver)
