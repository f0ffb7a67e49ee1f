"""How an attempt stands."""

from __future__ import annotations

from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.conf import get_config
from django_flashcall.models import VerificationAttempt

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("cooldown", [0, 30])
def test_a_delivery_from_after_our_statement_began_is_waited_for_no_longer_than_the_cooldown(
    attempt: VerificationAttempt, flashcall: Any, age: Any, cooldown: int
) -> None:
    flashcall(COOLDOWN=cooldown, FALLBACK_AFTER=cooldown)
    age(-2)  # as if another request had committed it while ours waited for a lock
    standing, rules = services.get_attempt(attempt.pk).standing, get_config().purpose("signup")
    assert [standing.wait_for(channel, rules) for channel in ("flashcall", "sms")] == [cooldown, cooldown]
