"""The example site, as its own settings make it, with the receivers of its recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache

from django_flashcall.signals import phone_transferred, phone_verified
from example_project import settings as example
from example_project.recipes import users_phone
from tests.recipes.client import PASSWORD, Site


@pytest.fixture
def _with_limits() -> None:
    """Without limits, as a site's own tests run."""


@pytest.fixture(autouse=True)
def example_site(settings: Any, flashcall: Callable[..., None]) -> None:
    settings.ROOT_URLCONF, settings.TEMPLATES = "example_project.urls", example.TEMPLATES
    settings.FLASHCALL = {**settings.FLASHCALL, "PURPOSES": {**settings.FLASHCALL.get("PURPOSES", {}), **PURPOSES}}
    cache.clear()  # the throttles' memory


PURPOSES: Any = example.FLASHCALL["PURPOSES"]


@pytest.fixture
def in_step() -> Iterator[None]:
    """`User.phone` follows the signals, as in `RecipesConfig.ready`."""
    phone_verified.connect(users_phone.was_verified)
    phone_transferred.connect(users_phone.was_transferred)
    yield
    phone_verified.disconnect(users_phone.was_verified)
    phone_transferred.disconnect(users_phone.was_transferred)


@pytest.fixture
def site(db: None) -> Site:
    """A browser, or an app that keeps cookies, in which nobody is signed in."""
    return Site(enforce_csrf_checks=True)


@pytest.fixture
def olena(db: None, phone: str, verified_phone: Callable[..., Any]) -> Any:
    """A user with a password and a verified number."""
    user = get_user_model().objects.create_user("olena", "olena@example.com", PASSWORD)
    verified_phone(user, phone)
    return user


@pytest.fixture
def mallory(db: None, verified_phone: Callable[..., Any]) -> Any:
    """Another, with a number of his own."""
    user = get_user_model().objects.create_user("mallory", "mallory@example.com", PASSWORD)
    verified_phone(user, "+380671234599")
    return user
