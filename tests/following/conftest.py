"""A site whose provider has books, and can be asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from django_flashcall.models import Delivery, VerificationAttempt
from tests.databases.conftest import connect_with  # noqa: F401  (a fixture)
from tests.following.books import CLASS, Books


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


@pytest.fixture(autouse=True)
def site(books: Books, flashcall: Callable[..., None]) -> Callable[..., None]:
    """The site; to be called with other settings, and with OPTIONS of the provider."""

    def change(options: dict[str, Any] | None = None, **values: Any) -> None:
        entry = {"CLASS": CLASS, "OPTIONS": {"FOLDER": str(books.folder), **(options or {})}}
        flashcall(**{"PROVIDERS": {"default": entry}, **values})

    change()
    return change


@pytest.fixture
def delivery(attempt: VerificationAttempt) -> Delivery:
    """The flash call of a fresh attempt."""
    return attempt.deliveries.get()


@pytest.fixture
def due(delivery: Delivery, age: Any) -> Delivery:
    """The same, six seconds later: the provider may be asked about it."""
    age(6)
    return delivery
