"""The provider that prints."""

import io
import sys
from dataclasses import replace

import pytest

from django_flashcall.exceptions import ConfigurationError
from django_flashcall.providers.console import CONSOLE_CHECKS, ConsoleProvider


@pytest.fixture
def console(settings):
    settings.DEBUG = True
    return ConsoleProvider({})


def test_a_flash_call_is_printed_with_the_end_of_the_number_that_rings(console, flash_call, capsys):
    console.send(flash_call, deadline=5)
    assert capsys.readouterr().out == "flashcall to +380501234503: rings from a number ending in 482175\n"


def test_a_text_is_printed_as_it_is(console, sms, capsys):
    console.send(sms, deadline=5)
    assert capsys.readouterr().out == "sms to +380501234503: Your code: 482175\n"


def test_a_terminal_that_lacks_the_letters_gets_the_code(console, sms, monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="cp437")
    monkeypatch.setattr(sys, "stdout", terminal)
    console.send(replace(sms, text="Код: 482175"), deadline=5)
    assert b": 482175" in terminal.buffer.getvalue()


def test_nothing_is_printed_with_debug_off(console, flash_call, settings, capsys):
    settings.DEBUG = False
    with pytest.raises(ConfigurationError, match="DEBUG"):
        console.send(flash_call, deadline=5)
    assert capsys.readouterr() == ("", "")


def test_debug_off_is_an_error_of_the_check(settings):
    settings.DEBUG = False
    (found,) = ConsoleProvider.check({}, alias="loud")
    assert found.id in CONSOLE_CHECKS
    assert found.hint
    assert "loud" in str(found)


def test_debug_on_is_not(console):
    assert console.check({}, alias="default") == []


def test_every_step_of_a_cascade_is_printed(console, flash_call, sms, capsys):
    console.send(replace(flash_call, fallbacks=(sms,)), deadline=5)
    assert capsys.readouterr().out == (
        "flashcall to +380501234503: rings from a number ending in 482175\nsms to +380501234503: Your code: 482175\n"
    )
