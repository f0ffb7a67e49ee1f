"""SMSBAT's stand-in, providers that talk to it, and messages for them."""

import logging
import os
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from django_flashcall.codes import Code
from django_flashcall.phones import E164
from django_flashcall.providers.base import Message
from django_flashcall.providers.smsbat import SMSBATProvider
from tests.providers.server import PATIENCE, Server

API_KEY = "key-of-an-account-that-does-not-exist"
PHONE = E164("+380501234503")
MESSAGE_ID = "0198c0de4b7a7c3f9a1e5d2b8f604c11"
UNSIGNED, EXPIRED = Path(__file__).with_name("unsigned.pem"), Path(__file__).with_name("expired.pem")


@pytest.fixture
def smsbat():
    """A server in SMSBAT's place."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def unsigned_smsbat():
    """One that speaks TLS with a certificate that nobody signed."""
    server = Server(showing(UNSIGNED))
    yield server
    server.close()


@pytest.fixture
def expired_smsbat():
    """One whose certificate was good for a year that is over."""
    server = Server(showing(EXPIRED))
    yield server
    server.close()


def showing(certificate):
    """Return the TLS of a server that shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def trusting(provider, certificate):
    """Return the provider, for which this certificate is one that an authority signed."""
    connections = provider._line._end().connections
    assert connections.verify is True
    connections.verify = os.fspath(certificate)
    return provider


@pytest.fixture
def provider_of(smsbat):
    """Make a provider that talks to `smsbat`, unless its options say otherwise."""

    def make(**options):
        return SMSBATProvider({"API_KEY": API_KEY, "SENDER": "YourApp", "BASE_URL": smsbat.url, **options})

    return make


@pytest.fixture
def provider(provider_of):
    return provider_of()


@pytest.fixture
def answered(smsbat, provider_of):
    """Send a message, let the server answer so, and return what became of it."""

    def send(message, body, *, status=200, headers=(), **options):
        smsbat.answers(body, status=status, headers=headers)
        result = provider_of(**options).send(message, deadline=PATIENCE)
        assert len(smsbat.requests) == 1
        return result

    return send


@pytest.fixture
def flash_call():
    """A flash call whose code is ours."""
    return Message(id=MESSAGE_ID, channel="flashcall", phone_number=PHONE, code=Code("482175"), ttl=60)


@pytest.fixture
def drawn_flash_call(flash_call):
    """A flash call from a number that was drawn from a pool."""
    return replace(flash_call, caller_id="+380441482175")


@pytest.fixture
def sms(flash_call):
    return replace(flash_call, channel="sms", ttl=300, text="Your code: 482175")


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    yield
    for record in caplog.get_records("call"):
        told = f"{record.getMessage()} {vars(record)}"
        assert not [secret for secret in (API_KEY, "482175", PHONE.removeprefix("+")) if secret in told], record
