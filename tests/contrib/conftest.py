"""What the sites of these tests have."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from django_flashcall import testing


@pytest.fixture
def olena(db: None) -> Any:
    """A user with a password and a verified number, which was called a while ago."""
    user = get_user_model().objects.create_user("olena", password="a-long-one-1")
    testing.verified_phone(user)
    testing.let_pass(60)
    return user
