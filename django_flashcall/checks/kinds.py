"""Of what kind each value of FLASHCALL has to be."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django_flashcall.conf import DEFAULTS, PURPOSE_FLAGS, PURPOSE_OVERRIDES, parse_rates

# At most 32 characters, because the columns that keep these names have no more.
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
TEST_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
TEST_CODE: Final = re.compile(r"[0-9]{4,8}", re.ASCII)


@dataclass(frozen=True)
class Kind:
    """What a value has to be."""

    words: str
    """Completes the sentence "It has to be ..."."""
    fits: Callable[[Any], bool]
    keys: Mapping[str, Kind] | None = None
    """For a dict with known keys: the kind of each value."""
    each: Kind | None = None
    """For a dict with any keys: the kind of every value."""


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def _is_names(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_is_name, value))


def _is_collection(value: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, (list, tuple, set, frozenset)) and all(map(fits, value))


def _is_rates(value: Any) -> bool:
    try:
        return isinstance(value, str) and parse_rates(value) is not None
    except ValueError:
        return False


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _is_test_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(number, str)
        and TEST_NUMBER.fullmatch(number)
        and isinstance(code, str)
        and TEST_CODE.fullmatch(code)
        for number, code in value.items()
    )


SPELLED: Final = "of a small letter and at most 31 more small letters, digits and underscores"
INT: Final = Kind("a whole number", _is_int)
NUMBER: Final = Kind("a number", _is_number)
FLAG: Final = Kind("True or False", lambda value: isinstance(value, bool))
TEXT: Final = Kind("a text", _is_text)
MAYBE_TEXT: Final = Kind("a text or None", lambda value: value is None or _is_text(value))
TEXTS: Final = Kind("a list of texts", lambda value: _is_collection(value, _is_text))
ALIAS: Final = Kind(f"a name {SPELLED}", _is_name)
NAMES: Final = Kind(f"a list of names {SPELLED}", _is_names)
DICT: Final = Kind("a dict", _is_dict)
RATES: Final = Kind("rates such as '5/10m, 12/d' (s, m, h or d), or '' for no limit", _is_rates)
PROVIDER: Final = Kind("a dict of CLASS and OPTIONS", _is_dict, keys={"CLASS": TEXT, "OPTIONS": DICT})

SIMPLE: Final[Mapping[str, Kind]] = {
    "CHANNELS": NAMES,
    "CASCADE": Kind("'app' or 'provider'", lambda value: value in ("app", "provider")),
    "RING_TTL": INT,
    "COOLDOWN": INT,
    "FALLBACK_AFTER": INT,
    "AUTO_FALLBACK": FLAG,
    "REQUEST_DEADLINE": NUMBER,
    "MAX_CHECKS": INT,
    "PROOF_MAX_AGE": INT,
    "RETENTION_DAYS": INT,
    "HISTORY_DAYS": INT,
    "ALLOWED_REGIONS": Kind("a list of regions or '*'", lambda value: value == "*" or TEXTS.fits(value)),
    "ALLOWED_LINE_TYPES": TEXTS,
    "LIMITS": Kind("a dict of scopes and rates", _is_dict, keys=dict.fromkeys(DEFAULTS["LIMITS"], RATES)),
    "TEST_NUMBERS": Kind("a dict of numbers such as '+380501234503' and codes of 4 to 8 digits", _is_test_numbers),
    "RISK_CHECK": Kind(
        "a function, its dotted path or None", lambda value: value is None or callable(value) or _is_text(value)
    ),
    "ALLOW_TRANSFER": FLAG,
    "TRUSTED_PROXY_COUNT": INT,
    "TRUSTED_CLIENT_IP_HEADER": MAYBE_TEXT,
    "WEBOTP_HOST": MAYBE_TEXT,
    "BASE_TEMPLATE": TEXT,
}
"""The settings that are judged without knowing the site's channels."""


def _named(what: str, each: Kind) -> Kind:
    def fits(value: Any) -> bool:
        return isinstance(value, dict) and all(map(_is_name, value))

    return Kind(f"a dict of names {SPELLED} and {what}", fits, each=each)


def kinds(channels: Iterable[str]) -> Kind:
    """Return the kind of FLASHCALL itself, for a site with these channels."""
    numbers = Kind("a dict of channels and whole numbers", _is_dict, keys=dict.fromkeys(channels, INT))
    aliases = Kind("a dict of channels and keys of PROVIDERS", _is_dict, keys=dict.fromkeys(channels, ALIAS))
    known = {**SIMPLE, "CODE_LENGTH": numbers, "TTL": numbers, "CHANNEL_PROVIDERS": aliases}
    own = dict.fromkeys(PURPOSE_FLAGS, FLAG) | {key: known[key] for key in PURPOSE_OVERRIDES}
    purpose = Kind("a dict of what the purpose allows and overrides", _is_dict, keys=own)
    known["PROVIDERS"] = _named("dicts of CLASS and OPTIONS", PROVIDER)
    known["PURPOSES"] = _named("dicts", purpose)
    return Kind("a dict", _is_dict, keys=known)
