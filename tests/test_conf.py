"""The FLASHCALL setting as the package reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from django_flashcall import conf
from django_flashcall.conf import DEFAULTS, Rate, get_config, parse_rates
from django_flashcall.exceptions import ConfigurationError, FlashcallError


def test_what_a_site_leaves_out_has_its_default() -> None:
    config = get_config()
    assert config.channels == ("flashcall", "sms")
    assert config.ring_ttl == 60
    assert config.limits["phone"] == (Rate(5, 600, "5/10m"), Rate(12, 86400, "12/d"))
    assert config.limits["region"] == ()
    assert config.allowed_regions == {"UA"}


def test_a_site_that_sets_nothing_has_the_defaults() -> None:
    config = conf.read({})
    assert config.channels == ("flashcall", "sms")
    assert config.allowed_regions == set()


def test_every_region_is_allowed_by_an_asterisk(flashcall: Callable[..., None]) -> None:
    flashcall(ALLOWED_REGIONS="*")
    assert get_config().allowed_regions is None


@pytest.mark.parametrize("key", ["CODE_LENGTH", "TTL", "LIMITS"])
def test_what_a_site_leaves_out_of_a_dict_of_values_has_its_default(key: str) -> None:
    name, *others = DEFAULTS[key]
    value = "1/h" if key == "LIMITS" else 77
    read = conf.merged({key: {name: value}})[key]
    assert read == {**DEFAULTS[key], name: value}
    assert others


def test_purposes_of_a_site_replace_ours(flashcall: Callable[..., None], settings: Any) -> None:
    settings.FLASHCALL = {"PURPOSES": {"gift": {"OWNS": True}}}
    assert get_config().purposes.keys() == {"gift"}
    with pytest.raises(ConfigurationError, match=r"Purpose 'signup' is not in FLASHCALL\['PURPOSES'\]"):
        get_config().purpose("signup")


def test_a_purpose_has_the_general_values_but_for_its_own(settings: Any) -> None:
    own = {"CHANNELS": ["sms"], "TTL": {"sms": 120}, "MAX_CHECKS": 2}
    settings.FLASHCALL = {"COOLDOWN": 45, "TTL": {"flashcall": 60}, "PURPOSES": {"gift": own, "other": {}}}
    gift, other = get_config().purpose("gift"), get_config().purpose("other")
    assert (gift.channels, gift.max_checks, gift.cooldown) == (("sms",), 2, 45)
    assert (gift.ttl["sms"], gift.ttl["flashcall"]) == (120, 60)
    assert (other.channels, other.max_checks, other.ttl["sms"]) == (("flashcall", "sms"), 3, 300)


def test_a_purpose_allows_nothing_that_it_does_not_say(settings: Any) -> None:
    settings.FLASHCALL = {"PURPOSES": {"gift": {}, "signup": {"API": True, "OWNS": True, "CHANNEL_CHOICE": True}}}
    gift, signup = get_config().purpose("gift"), get_config().purpose("signup")
    assert not (gift.api or gift.owns or gift.channel_choice)
    assert signup.api and signup.owns and signup.channel_choice


def test_the_setting_is_read_anew_when_it_changes() -> None:
    assert get_config() is get_config()
    with override_settings(FLASHCALL={"MAX_CHECKS": 5}):
        assert get_config().purpose("signup").max_checks == 5
    assert get_config().purpose("signup").max_checks == 3


def test_the_defaults_stay_as_they_are() -> None:
    merged = conf.merged({"TTL": {"sms": 60}})
    assert merged["TTL"]["sms"] == 60
    assert DEFAULTS["TTL"]["sms"] == 300


@pytest.mark.parametrize(
    "flashcall",
    [
        None,
        [],
        {"COOLDOWN": "soon"},
        {"COOLDOWN": float("inf")},
        {"REQUEST_DEADLINE": 10**400},
        {"TTL": {"sms": None}},
        {"CODE_LENGTH": {"sms": "six"}},
        {"CODE_LENGTH": None},
        {"LIMITS": {"phone": "often"}},
        {"PURPOSES": []},
        {"PURPOSES": {"gift": None}},
        {"CHANNELS": None},
        {"ALLOWED_REGIONS": [[]]},
    ],
    ids=repr,
)
def test_what_cannot_be_read_is_a_configuration_error(flashcall: Any) -> None:
    with (
        override_settings(FLASHCALL=flashcall),
        pytest.raises(ConfigurationError, match=r"FLASHCALL cannot be read \(.*\): see manage\.py check\."),
    ):
        get_config()


def test_a_broken_configuration_is_no_refusal_to_show_to_a_person() -> None:
    assert not issubclass(ConfigurationError, FlashcallError)


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("", ()),
        (" , ", ()),
        ("5/m", (Rate(5, 60, "5/m"),)),
        ("5/m, 6/m,5/m", (Rate(5, 60, "5/m"), Rate(6, 60, "6/m"))),
        ("5/10s, 12/2h ,30/7d", (Rate(5, 10, "5/10s"), Rate(12, 7200, "12/2h"), Rate(30, 604800, "30/7d"))),
    ],
)
def test_rates_are_read(text: str, rates: tuple[Rate, ...]) -> None:
    assert parse_rates(text) == rates


@pytest.mark.parametrize(
    "text", ["5", "5/", "/m", "0/m", "05/m", "5/0m", "5/w", "-5/m", "5/1.5h", "5 /m", "5/m;6/h", "٥/m"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a rate such as"):
        parse_rates(text)


@pytest.mark.parametrize(
    ("regions", "own", "default"),
    [(["UA"], None, "UA"), (["UA", "PL"], None, None), ("*", None, None), ([], None, None), (["UA"], "PL", "PL")],
)
def test_numbers_without_a_country_code_are_of_the_only_region(
    regions: Any, own: str | None, default: str | None, flashcall: Callable[..., None], settings: Any
) -> None:
    flashcall(ALLOWED_REGIONS=regions)
    settings.PHONENUMBER_DEFAULT_REGION = own
    assert get_config().default_region() == default


def test_a_channel_is_carried_by_the_default_provider_but_where_another_is_named(
    flashcall: Callable[..., None],
) -> None:
    flashcall(CHANNEL_PROVIDERS={"sms": "other"})
    assert get_config().provider_alias("sms") == "other"
    assert get_config().provider_alias("flashcall") == "default"


def test_keys_that_sign_come_before_those_that_are_still_honoured(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["old", "older"]
    assert conf.secrets() == ["new", "old", "older"]
