"""FLASHCALL of any shape: never an exception, and what is not complained of can be read."""

from __future__ import annotations

import copy
from typing import Any

from django.core.checks import Error, run_checks
from django.test import override_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st

from django_flashcall.checks import TAG
from django_flashcall.conf import DEFAULTS, PURPOSE_FLAGS, get_config
from django_flashcall.exceptions import ConfigurationError
from tests.checks.site import HEALTHY, MEMORY, SMSBAT

WORDS = st.sampled_from(
    ["sms", "flashcall", "default", "pay", "UA", "*", "mobile", "5/10m", "app", "", MEMORY, SMSBAT, "CLASS", "OPTIONS"]
)
NUMBERS = st.integers() | st.integers(0, 10) | st.floats() | st.sampled_from([10**400, 60, 600])
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | WORDS
KEYS = st.sampled_from(sorted({*DEFAULTS, *PURPOSE_FLAGS, "sms", "flashcall", "phone", "CLASS", "OPTIONS", "API_KEY"}))
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries(
    {"PROVIDERS": st.just(HEALTHY["PROVIDERS"]) | ANYTHING, "ALLOWED_REGIONS": st.just(["UA"]) | ANYTHING},
    optional={key: st.just(default) | ANYTHING for key, default in DEFAULTS.items() if key not in HEALTHY},
)


@settings(deadline=None)
@given(ANYTHING | NEARLY)
@example({"CODE_LENGTH": {"sms": 10**9}, **HEALTHY})
@example({"CODE_LENGTH": {"sms": 5.0}, **HEALTHY})
@example({"LIMITS": {"phone": "5/"}, "PURPOSES": {"": {}}, **HEALTHY})
@example({"REQUEST_DEADLINE": float("inf"), **HEALTHY})
@example({**HEALTHY, "PROVIDERS": {"default": {"CLASS": SMSBAT, "OPTIONS": {1: 2, "CALLER_IDS": {}, "DEADLINE": {}}}}})
def test_garbage_is_told_and_what_is_not_told_can_be_read(flashcall: Any) -> None:
    before = copy.deepcopy(flashcall)
    with override_settings(FLASHCALL=flashcall):
        messages = run_checks(tags=[TAG])
        try:
            get_config()
        except ConfigurationError:
            assert any(isinstance(message, Error) for message in messages)
    assert repr(flashcall) == repr(before)
