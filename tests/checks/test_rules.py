"""What `manage.py check` says of FLASHCALL and the site around it. No test here may use the database."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.conf import global_settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db.utils import ConnectionHandler

from django_flashcall.checks import TAG, hosts
from django_flashcall.checks.kinds import kinds
from django_flashcall.conf import DEFAULTS, PURPOSE_FLAGS, PURPOSE_OVERRIDES
from tests.checks import site
from tests.checks.site import HEALTHY, MEMORY, SMSBAT, provider, told


def test_the_tests_own_settings_are_healthy() -> None:
    assert run_checks(tags=[TAG]) == []


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_value_of_the_wrong_kind_is_told_for_every_setting(key: str) -> None:
    (message,) = told(HEALTHY | {key: object()})
    assert (message.id, message.obj) == ("flashcall.E003", f"FLASHCALL[{key!r}]")


@pytest.mark.parametrize("key", [*PURPOSE_FLAGS, *sorted(PURPOSE_OVERRIDES)])
def test_a_value_of_the_wrong_kind_is_told_for_all_that_a_purpose_overrides(key: str) -> None:
    (message,) = told(HEALTHY | {"PURPOSES": {"pay": {key: object()}}})
    assert (message.id, message.obj) == ("flashcall.E003", f"FLASHCALL['PURPOSES']['pay'][{key!r}]")


def test_every_setting_has_a_kind_that_its_default_is_of() -> None:
    known = kinds(DEFAULTS["TTL"]).keys
    assert known is not None
    assert known.keys() == DEFAULTS.keys()
    assert [key for key, kind in known.items() if not kind.fits(DEFAULTS[key])] == []


@pytest.mark.parametrize("flashcall", [None, [], "sms", 1, ()], ids=repr)
def test_a_setting_that_is_no_dict_is_told(flashcall: Any) -> None:
    assert [message.id for message in told(flashcall)] == ["flashcall.E001"]


def test_a_missing_setting_is_told(settings: Any) -> None:
    del settings.FLASHCALL
    assert [message.id for message in run_checks(tags=[TAG])] == ["flashcall.E001"]


def test_missing_regions_are_told() -> None:
    assert [message.id for message in told({"PROVIDERS": HEALTHY["PROVIDERS"]})] == ["flashcall.E011"]


@pytest.mark.parametrize(
    ("change", "question"),
    [
        ({"CHANELS": []}, "Did you mean 'CHANNELS'?"),
        ({"channels": []}, "Did you mean 'CHANNELS'?"),
        ({"LIMITS": {"phones": "1/h"}}, "Did you mean 'phone'?"),
        ({"PURPOSES": {"pay": {"own": True}}}, "Did you mean 'OWNS'?"),
        ({"ALLOWED_REGIONS": ["ua"]}, "Did you mean 'UA'?"),
        ({"ALLOWED_LINE_TYPES": ["mobil"]}, "Did you mean 'mobile'?"),
    ],
    ids=repr,
)
def test_the_hint_of_an_unknown_word_names_the_closest(change: dict[str, Any], question: str) -> None:
    (message,) = told(HEALTHY | change)
    assert question in message.hint


def test_several_broken_values_are_told_each_by_itself() -> None:
    messages = told(HEALTHY | {"COOLDOWN": "soon", "TTL": [], "MAX_CHECKS": 0, "ALLOWED_REGIONS": []})
    assert {(message.id, message.obj) for message in messages} == {
        ("flashcall.E003", "FLASHCALL['COOLDOWN']"),
        ("flashcall.E003", "FLASHCALL['TTL']"),
        ("flashcall.E032", "FLASHCALL['MAX_CHECKS']"),
        ("flashcall.W012", "FLASHCALL['ALLOWED_REGIONS']"),
    }


@pytest.mark.parametrize("place", [{"CHANNELS": ["pager"]}, {"PURPOSES": {"pay": {"CHANNELS": ["pager"]}}}], ids=repr)
def test_channels_of_a_site_are_known_wherever_it_names_them(place: dict[str, Any]) -> None:
    own = {"TTL": {"pager": 60}, "CODE_LENGTH": {"pager": 6}}
    assert [message.id for message in told(HEALTHY | own | place)] == ["flashcall.E029"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Hello {{ code }}", []),
        ("Hello", ["flashcall.E029"]),
        ("{% if %}{{ code }}", ["flashcall.E029"]),
        ("{% load nothing %}{{ code }}", ["flashcall.E029"]),
    ],
)
def test_the_message_of_a_channel_has_to_say_the_code(text: str, ids: list[str], tmp_path: Any, settings: Any) -> None:
    words = tmp_path / "flashcall" / "messages" / "voice.txt"
    words.parent.mkdir(parents=True)
    words.write_text(text)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert [message.id for message in told(HEALTHY | {"CHANNELS": ["flashcall", "voice"]})] == ids


def test_the_provider_of_a_channel_is_the_one_that_has_to_carry_it() -> None:
    both = {"PROVIDERS": {"default": {"CLASS": MEMORY}, "own": {"CLASS": f"{site.__name__}.OnlySMS"}}}
    assert told(HEALTHY | both | {"CHANNEL_PROVIDERS": {"sms": "own"}}) == []
    (message,) = told(HEALTHY | both | {"CHANNEL_PROVIDERS": {"flashcall": "own"}})
    assert (message.id, message.obj) == ("flashcall.E027", "FLASHCALL['PROVIDERS']['own']")


def test_what_a_provider_says_of_its_options_is_told() -> None:
    flashcall = HEALTHY | {"PROVIDERS": {"default": {"CLASS": SMSBAT, "OPTIONS": {"SENDER": "Example"}}}}
    (message,) = told(flashcall)
    assert message.id == "flashcall.E102"
    assert "['default']" in message.obj


def test_no_exception_of_a_provider_is_quoted() -> None:
    (message,) = told(HEALTHY | provider("Careless"))
    assert "RuntimeError" in message.hint
    assert "sesame" not in str(message)


def test_local_times_are_refused(settings: Any) -> None:
    settings.USE_TZ = False
    assert [message.id for message in told(HEALTHY)] == ["flashcall.E006"]


@pytest.mark.parametrize(
    ("database", "ids"),
    [
        ({"ATOMIC_REQUESTS": True}, ["flashcall.W007"]),
        ({"ATOMIC_REQUESTS": True, "OPTIONS": {"transaction_mode": "DEFERRED"}}, ["flashcall.W007"]),
        ({"ATOMIC_REQUESTS": True, "OPTIONS": {"transaction_mode": "immediate"}}, []),
        ({"ATOMIC_REQUESTS": False}, []),
        ({"ATOMIC_REQUESTS": True, "ENGINE": "django.db.backends.dummy"}, []),
    ],
    ids=repr,
)
def test_atomic_requests_on_sqlite_have_to_be_immediate(
    database: dict[str, Any], ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": "nowhere.sqlite3"}
    monkeypatch.setattr(hosts, "connections", ConnectionHandler({"default": sqlite | database}))
    assert [message.id for message in told(HEALTHY)] == ids


def test_the_provider_is_not_called() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        options = {"API_KEY": "k" * 32, "SENDER": "Example", "BASE_URL": url}
        assert told(HEALTHY | {"PROVIDERS": {"default": {"CLASS": SMSBAT, "OPTIONS": options}}}) == []
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_manage_py_check_fails_for_an_error_and_shows_id_and_hint(settings: Any) -> None:
    settings.FLASHCALL = HEALTHY | {"CHANELS": []}
    with pytest.raises(SystemCheckError, match=r"\(flashcall\.E002\)[^?]*HINT: Did you mean 'CHANNELS'\?"):
        call_command("check")


@pytest.mark.parametrize(
    ("languages", "told_of"),
    [
        ([("en", "English")], []),
        ([("uk", "Українська")], ["uk"]),
        ([("en", "English"), ("uk", "Українська")], ["uk"]),
        (global_settings.LANGUAGES, ["uk"]),
    ],
    ids=["English", "Ukrainian", "both", "Django's own list"],
)
def test_an_sms_is_counted_in_every_language_of_the_site(languages: Any, told_of: list[str], settings: Any) -> None:
    settings.LANGUAGES = languages
    flashcall = HEALTHY | {"PURPOSES": {"pay": {}}, "WEBOTP_HOST": f"{'x' * 23}.example.com"}
    assert [message.hint.split("'")[3] for message in told(flashcall) if message.id == "flashcall.W030"] == told_of


def test_an_sms_that_is_not_sent_is_not_counted() -> None:
    flashcall = HEALTHY | {"CHANNELS": ["flashcall"], "WEBOTP_HOST": f"{'x' * 60}.example.com"}
    assert told(flashcall) == []
