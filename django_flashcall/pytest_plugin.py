"""pytest's fixtures of `django_flashcall.testing`, found by pytest wherever the package is installed.

Where `django_flashcall` is in INSTALLED_APPS all tests and fixtures are `offline`, and each test has an empty outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django_flashcall.providers.base import Message

# So that a failure there shows its values, as one in a test's own file does.
pytest.register_assert_rewrite("django_flashcall.provider_contract")

# Django may not be set up when pytest loads this, so everything of ours is imported when a test asks for it.


def _installed() -> bool:
    from django.apps import apps

    return apps.ready and apps.is_installed("django_flashcall")


@contextmanager
def _offline(*, limits: bool = False) -> Iterator[None]:
    if not _installed():
        yield
        return
    from django_flashcall import testing
    from django_flashcall.providers import memory

    with memory.apart(), testing.offline(limits=limits):
        yield


@pytest.fixture(scope="session", autouse=True)
def _flashcall_offline() -> Iterator[None]:
    # From before the first test on: fixtures of a wider scope and a TestCase's setUpTestData send as well.
    with _offline():
        yield


@pytest.fixture(scope="class", autouse=True)
def _flashcall_class(_flashcall_offline: None) -> Iterator[None]:
    with _offline():
        yield


@pytest.fixture(autouse=True)
def _flashcall_test(request: pytest.FixtureRequest, _flashcall_class: None) -> Iterator[None]:
    limits = "flashcall_limits" in request.fixturenames or getattr(request.cls, "flashcall_limits", False)
    with _offline(limits=limits):
        yield


@pytest.fixture
def flashcall_limits() -> None:
    """The site's limits, cooldown and waiting times hold in this test."""


@pytest.fixture
def flashcall_outbox() -> list[Message]:
    """What the phones got in this test, oldest first."""
    from django_flashcall.providers import memory

    return memory.outbox


@pytest.fixture
def flashcall_code() -> Callable[..., str]:
    """`flashcall_code(attempt)` returns the digits that the phone got last for an attempt, or for its id."""
    from django_flashcall import testing

    return testing.code_of


@pytest.fixture
def flashcall_next() -> Callable[..., None]:
    """`flashcall_next("rejected")` decides the next message, on `channel=` if given: also `no_answer` and `down`."""
    from django_flashcall import testing

    return testing.next_result


@pytest.fixture
def flashcall_let_pass() -> Callable[..., None]:
    """`flashcall_let_pass(90)` lets seconds pass at once, for everything or for the attempt that is given."""
    from django_flashcall import testing

    return testing.let_pass


@pytest.fixture
def verified_phone(db: Any) -> Callable[..., Any]:
    """`verified_phone(user)` makes a user the verified owner of a number and returns the number's status."""
    from django_flashcall import testing

    return testing.verified_phone


@pytest.fixture
def proof(db: Any) -> Callable[..., str]:
    """`proof("+380501234503", "signup")` returns a fresh proof, to be redeemed or posted once."""
    from django_flashcall import testing

    return testing.proof
