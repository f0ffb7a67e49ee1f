"""Whether SMSBAT can be reached, over real sockets; nothing is sent to it."""

import socket
import time
from pathlib import Path

import pytest

from django_flashcall.providers import reach
from django_flashcall.providers.base import Provider
from django_flashcall.providers.memory import MemoryProvider

UNSIGNED = Path(__file__).with_name("unsigned.pem")
PATIENCE = 5
"""Seconds that nothing here takes, but where a test fails."""
SHORT = 0.3
"""Seconds of a deadline that is meant to end."""


@pytest.fixture
def silent_port():
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_server_that_is_there_is_in_reach_and_is_sent_nothing(provider, smsbat):
    assert provider.probe(deadline=PATIENCE) is None
    assert smsbat.requests == []


def test_a_server_with_a_certificate_that_is_trusted_is_in_reach(provider_of, unsigned_smsbat, monkeypatch):
    monkeypatch.setattr(reach, "DEFAULT_CA_BUNDLE_PATH", str(UNSIGNED))
    assert provider_of(BASE_URL=unsigned_smsbat.url).probe(deadline=PATIENCE) is None


def test_a_certificate_that_nobody_signed_is_in_the_way(provider_of, unsigned_smsbat):
    obstacle = provider_of(BASE_URL=unsigned_smsbat.url).probe(deadline=PATIENCE)
    assert obstacle.startswith(unsigned_smsbat.url.removeprefix("https://"))
    assert "certificate verify failed" in obstacle


def test_a_closed_port_is_in_the_way(provider_of):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "refused" in provider_of(BASE_URL=f"http://127.0.0.1:{port}").probe(deadline=PATIENCE)


@pytest.mark.parametrize(("own", "asked"), [(SHORT, PATIENCE), (PATIENCE, SHORT)])
def test_silence_where_tls_was_expected_ends_with_the_shorter_deadline(own, asked, provider_of, silent_port):
    started = time.monotonic()
    provider = provider_of(BASE_URL=f"https://127.0.0.1:{silent_port}", DEADLINE=own)
    assert "timed out" in provider.probe(deadline=asked)
    assert time.monotonic() - started < PATIENCE


@pytest.mark.parametrize("host", ["nowhere.invalid", f"{'a' * 70}.example", ""])
def test_a_name_that_is_no_host_is_in_the_way(host):
    assert reach.obstacle(f"https://{host}/", deadline=SHORT).startswith(f"{host}:443: ")


@pytest.mark.parametrize("provider", [Provider, MemoryProvider])
def test_a_provider_without_a_probe_has_nothing_in_the_way(provider):
    assert provider({}).probe(deadline=SHORT) is None
