"""How a provider is found by its key in the settings."""

import threading

import pytest

from django_flashcall.exceptions import ConfigurationError
from django_flashcall.providers import get_provider
from django_flashcall.providers.base import Provider
from django_flashcall.providers.memory import MemoryProvider


@pytest.fixture
def providers(flashcall):
    """Set PROVIDERS."""
    return lambda **entries: flashcall(PROVIDERS=entries)


def test_the_default_provider_is_the_one_of_the_settings():
    assert type(get_provider()) is MemoryProvider


def test_each_alias_has_its_provider_with_its_options(providers):
    providers(other={"CLASS": f"{__name__}.Loitering", "OPTIONS": {"A": 1}})
    assert type(get_provider("default")) is MemoryProvider
    assert type(get_provider("other")) is Loitering
    assert get_provider("other").options == {"A": 1}


def test_a_provider_is_made_once():
    assert get_provider() is get_provider()


def test_a_provider_is_made_anew_after_the_setting_changed(providers):
    before = get_provider()
    providers(default={"CLASS": f"{__name__}.Loitering"})
    assert type(get_provider()) is Loitering
    assert get_provider() is not before


class Loitering(Provider):
    """Made by two threads at the same time, if it is at all."""

    def __init__(self, options):
        super().__init__(options)
        if "MEET" in options:
            options["MEET"].wait(5)


def test_two_threads_that_make_a_provider_get_the_same(settings):
    entry = {"CLASS": f"{__name__}.Loitering", "OPTIONS": {"MEET": threading.Barrier(2)}}
    settings.FLASHCALL = {**settings.FLASHCALL, "PROVIDERS": {"default": entry}}
    got = []
    threads = [threading.Thread(target=lambda: got.append(get_provider())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(got) == 2
    assert got[0] is got[1] is get_provider()


def test_an_alias_that_is_not_there_is_a_mistake_of_configuration():
    with pytest.raises(ConfigurationError, match="'elsewhere'"):
        get_provider("elsewhere")


WRONG = {
    "no module": "nowhere.to.be.Found",
    "no name in it": "django_flashcall.providers.memory.Nobody",
    "no dot": "MemoryProvider",
    "no path": None,
    "empty": "",
    "a number": 7,
    "a module": "django_flashcall.providers.memory",
    "a function": "django_flashcall.providers.memory.clear",
    "another class": "django_flashcall.providers.base.Message",
}


@pytest.mark.parametrize("path", WRONG.values(), ids=WRONG)
def test_a_class_that_is_no_provider_is_a_mistake_of_configuration(providers, path):
    providers(default={"CLASS": path})
    with pytest.raises(ConfigurationError, match="'default'"):
        get_provider()


@pytest.mark.parametrize("entry", [{}, None, "memory", []])
def test_an_entry_without_a_class_is_a_mistake_of_configuration(flashcall, settings, entry):
    settings.FLASHCALL = {**settings.FLASHCALL, "PROVIDERS": {"default": entry}}
    with pytest.raises(ConfigurationError, match="'default'"):
        get_provider()


@pytest.mark.parametrize("options", [[], "text", 1])
def test_options_that_are_no_dict_are_a_mistake_of_configuration(providers, options):
    providers(default={"CLASS": f"{__name__}.Loitering", "OPTIONS": options})
    with pytest.raises(ConfigurationError, match="'OPTIONS'"):
        get_provider()


@pytest.mark.parametrize("entry", [{}, {"OPTIONS": None}, {"OPTIONS": {}}])
def test_options_may_be_left_out(providers, entry):
    providers(default={"CLASS": f"{__name__}.Loitering", **entry})
    assert get_provider().options == {}
