"""A server in SMSBAT's place, over real sockets, and messages to send to it."""

import contextlib
import json
import logging
import socket
import ssl
import struct
import threading
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest

from django_flashcall.codes import Code
from django_flashcall.phones import E164
from django_flashcall.providers.base import Message
from django_flashcall.providers.smsbat import SMSBATProvider

API_KEY = "key-of-an-account-that-does-not-exist"
PHONE = E164("+380501234503")
MESSAGE_ID = "0198c0de4b7a7c3f9a1e5d2b8f604c11"
UNSIGNED = Path(__file__).with_name("unsigned.pem")
PATIENCE = 5
"""Seconds after which a test that waits for something has failed."""


class Request:
    """A request as it came over the wire."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self.line, *headers = head.decode("latin-1").split("\r\n")
        self.headers = dict(header.split(": ", 1) for header in headers)
        self.body = json.loads(body)

    @property
    def message(self) -> dict:
        (message,) = self.body["messages"]
        return message


class Connection:
    """The server's end of a connection, for a test to play on."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    def say(self, data: bytes) -> None:
        self._socket.sendall(data)

    def drip(self, data: bytes) -> None:
        """Say a byte every 20 ms, so that no single read waits long, until the client hangs up."""
        self._socket.settimeout(0.02)
        for byte in data:
            self.say(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                if not self._socket.recv(1):
                    raise ConnectionError

    def hold(self) -> None:
        """Say nothing until the client hangs up."""
        self._socket.settimeout(PATIENCE)
        self._socket.recv(1)

    def hang_up(self) -> None:
        self._socket.close()

    def reset(self) -> None:
        """Hang up with RST in place of FIN."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


def http(body=b"", *, status=200, headers=(), length=None) -> bytes:
    """Return a whole answer. A body that is not bytes is sent as JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def accepted(**entry) -> dict:
    """Return the document of an accepted message."""
    return {"messagelistId": 123456, "messages": [{"messageId": "abc123def456", "status": "accepted", **entry}]}


class Server:
    """Listens on a loopback port of its own, and accepts every message, unless it is told what to play."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connected: list[socket.socket] = []
        self._acts = deque()
        self._tls = tls
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = "{}://127.0.0.1:{}".format("https" if tls else "http", self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def answers(self, body=b"", **options) -> None:
        """Answer the next request so."""
        self.plays(lambda connection: connection.say(http(body, **options)))

    def plays(self, act) -> None:
        """Call `act` with the next request's connection, in place of an answer."""
        self._acts.append(act)

    def await_requests(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= count, PATIENCE)

    def close(self) -> None:
        for ours in [self._listener, *self.connected]:
            with contextlib.suppress(OSError):  # hung up already
                ours.shutdown(socket.SHUT_RDWR)
            ours.close()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connected, _ = self._listener.accept()
                self.connected.append(connected)
                self._threads.append(threading.Thread(target=self._serve, args=[connected]))
                self._threads[-1].start()

    def _serve(self, connected: socket.socket) -> None:
        with contextlib.suppress(OSError), connected:  # the client hung up: many tests make it
            talk = self._tls.wrap_socket(connected, server_side=True) if self._tls else connected
            with talk:
                while request := _received(talk):
                    self._play(request, Connection(talk))

    def _play(self, request: Request, connection: Connection) -> None:
        with self._changed:
            self.requests.append(request)
            act = self._acts.popleft() if self._acts else None
            self._changed.notify_all()
        if act is None:
            connection.say(http(accepted(to=request.message["to"])))
        else:
            act(connection)


def _received(connected: socket.socket) -> Request | None:
    stream = connected.makefile("rb", buffering=0)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.read(1)
        if not byte:
            return None
        head += byte
    request = head.removesuffix(b"\r\n\r\n")
    length = int(request.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    body = b""
    while len(body) < length:
        body += stream.read(length - len(body))
    return Request(request, body)


@pytest.fixture
def smsbat():
    """A server in SMSBAT's place."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def unsigned_smsbat():
    """One that speaks TLS with a certificate that nobody signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(UNSIGNED)
    server = Server(context)
    yield server
    server.close()


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
