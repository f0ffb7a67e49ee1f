"""The contract that ships with the package, over each provider that does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from django_flashcall.provider_contract import ProviderContract
from django_flashcall.providers.console import ConsoleProvider
from django_flashcall.providers.function import FunctionProvider
from django_flashcall.providers.memory import MemoryProvider

ROOT = Path(__file__).resolve().parents[2]


class TestSMSBAT(ProviderContract):
    @pytest.fixture
    def provider(self, provider_of):
        return provider_of(WEBHOOK_SECRETS=["abcdefghijklmnopqrstuv"])


class TestSMSBATWithVoice(ProviderContract):
    @pytest.fixture
    def provider(self, provider_of):
        return provider_of(VOICE_TYPE="speechcall")


class TestConsole(ProviderContract):
    @pytest.fixture
    def provider(self, settings):
        settings.DEBUG = True
        return ConsoleProvider({})


class TestMemory(ProviderContract):
    @pytest.fixture
    def provider(self):
        return MemoryProvider({})


class TestFunction(ProviderContract):
    @pytest.fixture
    def provider(self):
        return FunctionProvider({"SEND": lambda channel, number, text: None})


class TestFunctionOfOneChannel(ProviderContract):
    @pytest.fixture
    def provider(self):
        return FunctionProvider({"SEND": lambda channel, number, text: None, "CHANNELS": ["sms"]})


OF_A_SITE = """
import pytest
from django_flashcall.providers.base import Provider, Report, ReportStatus, Result, Status
from django_flashcall.provider_contract import ProviderContract


class Good(Provider):
    channels = frozenset({"sms"})

    def send(self, message, *, deadline):
        if message.channel != "sms":
            return Result(status=Status.REJECTED, error_code="unsupported_channel")
        return Result(status=Status.ACCEPTED)


class Bad(Provider):
    cascades = True

    def draw(self, channel, length):
        return super().draw(channel, 4)

    def send(self, message, *, deadline):
        if message.fallbacks:
            return Result(status=Status.REJECTED, error_code="rejected")
        print(message.text.encode())
        import logging
        logging.getLogger("bad").warning("%s", message.code.digits)
        return Result(status=Status.ACCEPTED, provider_message_id="an id")

    def status(self, provider_message_id, *, deadline):
        provider_message_id.encode()
        return Report(provider_message_id="another", status=ReportStatus.DELIVERED)

    def accepts(self, secret):
        return True

    def reported(self, body):
        return body.decode()


class TestGood(ProviderContract):
    @pytest.fixture
    def provider(self):
        return Good({})


class TestBad(ProviderContract):
    @pytest.fixture
    def provider(self):
        return Bad({})


class TestNone(ProviderContract):
    pass
"""


@pytest.mark.slow
def test_a_site_runs_it_over_its_own_provider(tmp_path):
    (tmp_path / "test_ours.py").write_text(OF_A_SITE)
    run = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rA",
        "--tb=line",
        "-p",
        "no:cacheprovider",
        f"--rootdir={tmp_path}",
        tmp_path,
    ]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, cwd=tmp_path, env=environment)
    ended = re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\w+)::(\w+)", done.stdout, re.MULTILINE)
    broken = {(group, test) for end, group, test in ended if end != "PASSED"}
    contract = {name for name in vars(ProviderContract) if name.startswith("test_")}
    assert {test for group, test in broken if group == "TestGood"} == set(), done.stdout
    assert {test for group, test in broken if group == "TestNone"} == contract
    assert {test for group, test in broken if group == "TestBad"} == {
        "test_it_draws_codes_of_the_length_that_is_asked_for",
        "test_it_tells_no_log_the_code_or_the_number",
        "test_its_result_is_fit_for_a_row",
        "test_it_raises_nothing_for_any_text",
        "test_it_carries_fallbacks_where_it_says_so",
        "test_it_says_what_became_of_a_message_or_nothing",
        "test_it_raises_nothing_for_any_id",
        "test_it_accepts_no_secret_that_is_guessed",
        "test_it_takes_nonsense_for_no_report",
    }
    # A failure shows its values, as in a test's own file.
    assert "assert 4 == 6" in done.stdout
