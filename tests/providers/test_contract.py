"""What every provider keeps to.

For a provider of your own, take this file, give the fixture `provider` yours, and let it accept every message.
"""

import re
import threading
from dataclasses import replace

import pytest
from django.core.checks import ERROR, CheckMessage

from django_flashcall.codes import Code
from django_flashcall.phones import E164
from django_flashcall.providers.base import ERROR_CODES, UNSUPPORTED_CHANNEL, Draw, Message, Provider, Result, Status
from django_flashcall.providers.console import ConsoleProvider
from django_flashcall.providers.function import FunctionProvider
from django_flashcall.providers.memory import MemoryProvider

DEADLINE = 5
CHANNELS = ["flashcall", "sms", "viber_otp", "voice", "pigeon"]


@pytest.fixture(params=["smsbat", "console", "memory", "function"])
def provider(request, settings):
    """A provider that accepts every message on its channels."""
    settings.DEBUG = request.param == "console"
    if request.param == "smsbat":
        return request.getfixturevalue("provider_of")()
    if request.param == "console":
        return ConsoleProvider({})
    if request.param == "memory":
        return MemoryProvider({})
    return FunctionProvider({"SEND": lambda channel, number, text: None})


@pytest.fixture
def message_on():
    """Make a message on a channel."""

    def make(channel):
        text = "" if channel == "flashcall" else "Your code: 482175"
        return Message(
            id="0198c0de4b7a7c3f9a1e5d2b8f604c11",
            channel=channel,
            phone_number=E164("+380501234503"),
            code=Code("482175"),
            ttl=60,
            text=text,
            language="en",
        )

    return make


@pytest.fixture(params=CHANNELS)
def message(request, message_on):
    return message_on(request.param)


def carries(provider, channel):
    return provider.channels is None or channel in provider.channels


def test_it_is_a_provider_with_a_set_of_channels(provider):
    assert isinstance(provider, Provider)
    assert provider.channels is None or isinstance(provider.channels, frozenset)


def test_it_finds_nothing_wrong_with_its_own_options(provider):
    found = provider.check(provider.options, alias="default")
    assert all(isinstance(message, CheckMessage) for message in found)
    assert not [message for message in found if message.level >= ERROR]


def test_it_accepts_what_it_carries_and_rejects_what_it_does_not(provider, message):
    result = provider.send(message, deadline=DEADLINE)
    assert isinstance(result, Result)
    if carries(provider, message.channel):
        assert (result.status, result.error_code) == (Status.ACCEPTED, "")
    else:
        assert (result.status, result.error_code) == (Status.REJECTED, UNSUPPORTED_CHANNEL)


def test_its_result_is_fit_for_a_row(provider, message):
    result = provider.send(message, deadline=DEADLINE)
    assert result.error_code in {"", *ERROR_CODES} or re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", result.error_code)
    assert re.fullmatch(r"[A-Za-z0-9._:-]{0,255}", result.provider_message_id)
    assert result.code is None or isinstance(result.code, Code)


@pytest.mark.parametrize("length", [4, 6, 12])
@pytest.mark.parametrize("channel", CHANNELS)
def test_it_draws_codes_of_the_length_that_is_asked_for(provider, channel, length):
    draw = provider.draw(channel, length)
    assert isinstance(draw, Draw)
    assert len(draw.code.digits) == length
    assert draw.caller_id is None or draw.caller_id.endswith(draw.code.digits)


def test_it_draws_another_code_each_time(provider):
    drawn = [provider.draw("flashcall", 6).code.digits for _ in range(20)]
    assert len(set(drawn)) > 15


def test_it_tells_no_log_the_code_or_the_number(provider, message, caplog):
    caplog.set_level(0)
    provider.send(message, deadline=DEADLINE)
    told = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert "482175" not in told
    assert "380501234503" not in told


def test_its_result_shows_no_code(provider, message):
    assert "482175" not in repr(provider.send(message, deadline=DEADLINE))


@pytest.mark.parametrize("text", ["", "x" * 10_000, "Ваш код 🔐", "\0", "\ud800", "a\r\nb", "\x1b[2J"])
def test_it_raises_nothing_for_any_text(provider, message_on, text):
    assert isinstance(provider.send(replace(message_on("sms"), text=text), deadline=DEADLINE), Result)


def test_it_serves_many_threads(provider, message_on):
    start = threading.Barrier(8)
    results = []

    def send():
        start.wait(DEADLINE)
        results.append(provider.send(message_on("flashcall"), deadline=DEADLINE))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert [result.status for result in results] == [Status.ACCEPTED] * 8
