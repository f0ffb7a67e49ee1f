"""What every provider keeps to, as tests that a site runs over its own:

    from django_flashcall.provider_contract import ProviderContract

    class TestOurProvider(ProviderContract):
        @pytest.fixture
        def provider(self):
            return OurProvider({"API_KEY": "for-tests"})

The provider of the fixture accepts every message on its channels, and may not cost anything.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from django.core.checks import ERROR, CheckMessage

from django_flashcall.codes import Code
from django_flashcall.phones import E164
from django_flashcall.providers.base import (
    ERROR_CODES,
    UNSUPPORTED_CHANNEL,
    Draw,
    Message,
    Provider,
    Report,
    ReportStatus,
    Result,
    Status,
)

DEADLINE: Final = 5
CHANNELS: Final = ["flashcall", "sms", "viber_otp", "voice", "pigeon"]
CODE: Final = "482175"
PHONE: Final = "380501234503"
TEXTS: Final = ["", "x" * 10_000, "Ваш код 🔐", "\0", "\ud800", "a\r\nb", "\x1b[2J"]
IDS: Final = ["", "unknown-4711", "../x", "a b", "a\r\nb", "x" * 10_000, "☎", "\ud800"]
REPORTS: Final = [b"", b"\xff", b"null", b"[]", b"{}", b'{"messageId": []}', b"<html>", b"[" * 100_000]


class ProviderContract:
    """Tests of one provider. A subclass has the fixture `provider`."""

    @pytest.fixture
    def provider(self) -> Provider:
        """Return a provider that accepts every message on its channels."""
        raise NotImplementedError("Give this class a fixture `provider`.")

    @pytest.fixture
    def message_on(self) -> Callable[[str], Message]:
        """Make a message on a channel."""

        def make(channel: str) -> Message:
            return Message(
                id="0198c0de4b7a7c3f9a1e5d2b8f604c11",
                channel=channel,
                phone_number=E164(f"+{PHONE}"),
                code=Code(CODE),
                ttl=60,
                text="" if channel == "flashcall" else f"Your code: {CODE}",
                language="en",
            )

        return make

    @pytest.fixture(params=CHANNELS)
    def message(self, request: pytest.FixtureRequest, message_on: Callable[[str], Message]) -> Message:
        return message_on(request.param)

    def test_it_is_a_provider_with_a_set_of_channels(self, provider: Provider) -> None:
        assert isinstance(provider, Provider)
        assert provider.channels is None or isinstance(provider.channels, frozenset)

    def test_it_finds_nothing_wrong_with_its_own_options(self, provider: Provider) -> None:
        found = provider.check(provider.options, alias="default")
        assert all(isinstance(message, CheckMessage) for message in found)
        assert not [message for message in found if message.level >= ERROR]

    def test_it_accepts_what_it_carries_and_rejects_what_it_does_not(
        self, provider: Provider, message: Message
    ) -> None:
        result = provider.send(message, deadline=DEADLINE)
        assert isinstance(result, Result)
        if provider.channels is None or message.channel in provider.channels:
            assert (result.status, result.error_code) == (Status.ACCEPTED, "")
        else:
            assert (result.status, result.error_code) == (Status.REJECTED, UNSUPPORTED_CHANNEL)

    def test_its_result_is_fit_for_a_row(self, provider: Provider, message: Message) -> None:
        result = provider.send(message, deadline=DEADLINE)
        assert result.error_code in {"", *ERROR_CODES} or re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", result.error_code)
        assert re.fullmatch(r"[A-Za-z0-9._:-]{0,255}", result.provider_message_id)
        assert result.code is None or isinstance(result.code, Code)

    @pytest.mark.parametrize("length", [4, 6, 12])
    @pytest.mark.parametrize("channel", CHANNELS)
    def test_it_draws_codes_of_the_length_that_is_asked_for(
        self, provider: Provider, channel: str, length: int
    ) -> None:
        draw = provider.draw(channel, length)
        assert isinstance(draw, Draw)
        assert len(draw.code.digits) == length
        assert draw.caller_id is None or draw.caller_id.endswith(draw.code.digits)

    def test_it_draws_another_code_each_time(self, provider: Provider) -> None:
        drawn = [provider.draw("flashcall", 6).code.digits for _ in range(20)]
        assert len(set(drawn)) > 15

    def test_it_tells_no_log_the_code_or_the_number(
        self, provider: Provider, message: Message, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.NOTSET)
        provider.send(message, deadline=DEADLINE)
        told = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
        assert CODE not in told
        assert PHONE not in told

    def test_its_result_shows_no_code(self, provider: Provider, message: Message) -> None:
        assert CODE not in repr(provider.send(message, deadline=DEADLINE))

    @pytest.mark.parametrize("text", TEXTS)
    def test_it_raises_nothing_for_any_text(
        self, provider: Provider, message_on: Callable[[str], Message], text: str
    ) -> None:
        assert isinstance(provider.send(replace(message_on("sms"), text=text), deadline=DEADLINE), Result)

    def test_it_carries_fallbacks_where_it_says_so(
        self, provider: Provider, message_on: Callable[[str], Message]
    ) -> None:
        assert isinstance(provider.cascades, bool)
        if provider.cascades:
            cascade = replace(message_on("flashcall"), fallbacks=(message_on("sms"),))
            assert provider.send(cascade, deadline=DEADLINE).status is Status.ACCEPTED

    def test_it_serves_many_threads(self, provider: Provider, message_on: Callable[[str], Message]) -> None:
        channel = "flashcall" if provider.channels is None else min(provider.channels)
        start = threading.Barrier(8)
        results: list[Result] = []

        def send() -> None:
            start.wait(DEADLINE)
            results.append(provider.send(message_on(channel), deadline=DEADLINE))

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        assert [result.status for result in results] == [Status.ACCEPTED] * 8

    def test_it_says_what_became_of_a_message_or_nothing(self, provider: Provider, message: Message) -> None:
        result = provider.send(message, deadline=DEADLINE)
        report = provider.status(result.provider_message_id, deadline=DEADLINE)
        assert provider.follows or report is None
        if report is not None:
            assert isinstance(report, Report)
            assert isinstance(report.status, ReportStatus)
            assert report.provider_message_id == result.provider_message_id
            assert report.cost is None or 0 <= report.cost < 10**6
            assert re.fullmatch(r"[A-Z]{3}|", report.currency)

    @pytest.mark.parametrize("message_id", IDS)
    def test_it_raises_nothing_for_any_id(self, provider: Provider, message_id: str) -> None:
        assert isinstance(provider.status(message_id, deadline=DEADLINE), Report | None)

    @pytest.mark.parametrize("secret", ["", "guess", "ключ", "\ud800", "x" * 10_000])
    def test_it_accepts_no_secret_that_is_guessed(self, provider: Provider, secret: str) -> None:
        assert provider.accepts(secret) is False

    @pytest.mark.parametrize("body", REPORTS)
    def test_it_takes_nonsense_for_no_report(self, provider: Provider, body: bytes) -> None:
        assert provider.reported(body) is None
