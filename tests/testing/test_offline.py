"""What `offline` makes of a FLASHCALL that a test sets; `project` has what it makes of a site's."""

from __future__ import annotations

from django.conf import settings
from django.test import override_settings

from django_flashcall.conf import get_config
from django_flashcall.testing import offline

OWN = {
    "PROVIDERS": {"default": {"CLASS": "django_flashcall.providers.memory.MemoryProvider"}},
    "ALLOWED_REGIONS": ["UA"],
}


def cooldown() -> int:
    return get_config().purpose("signup").cooldown


def test_a_setting_without_a_provider_that_would_be_called_counts_as_it_is() -> None:
    with offline(), override_settings(FLASHCALL=OWN):
        assert settings.FLASHCALL == OWN
        assert cooldown() == 30


def test_what_was_changed_before_it_began_counts_within() -> None:
    with offline(), override_settings(FLASHCALL={**settings.FLASHCALL, "MAX_CHECKS": 5}), offline(limits=True):
        assert get_config().purpose("signup").max_checks == 5
        assert cooldown() == 30


def test_it_ends() -> None:
    before = settings.FLASHCALL
    with offline():
        for _ in range(2):
            with offline(limits=True):
                assert cooldown() == 30
            assert cooldown() == 0
    assert settings.FLASHCALL is before
