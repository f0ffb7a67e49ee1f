"""A server in SMSBAT's place, over real sockets, which breaks HTTP where a test tells it to."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections import deque
from urllib.parse import unquote

PATIENCE = 30
"""Seconds after which what waits for something has failed."""


class Request:
    """A request as it came over the wire."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self.line, *headers = head.decode("latin-1").split("\r\n")
        self.headers = dict(header.split(": ", 1) for header in headers)
        self.body = json.loads(body) if body else None

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
                _part(self._socket)

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


def status(request: Request, word: str = "delivered") -> dict:
    """Return the document of a message that a request asks about."""
    message_id = unquote(request.line.split()[1].rpartition("/")[2])
    return {"messagelistId": 123456, "messageId": message_id, "deliverystatus": word, "partscount": 1, "cost": 0.05}


class Server:
    """Listens on a loopback port of its own, and accepts and delivers every message, unless told what to play."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connected: list[socket.socket] = []
        self._talking: list[socket.socket] = []
        self._acts = deque()
        self._tls = tls
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = "{}://127.0.0.1:{}".format("https" if tls else "http", self._listener.getsockname()[1])
        self._serving = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

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
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(PATIENCE)
        self._listener.close()
        for connected in [*self.connected, *self._talking]:  # over TLS it is another socket that talks
            with contextlib.suppress(OSError):  # hung up already
                connected.shutdown(socket.SHUT_RDWR)
        for thread in self._serving:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in [self._accepting, *self._serving])

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connected, _ = self._listener.accept()
                self.connected.append(connected)
                self._serving.append(threading.Thread(target=self._serve, args=[connected]))
                self._serving[-1].start()

    def _serve(self, connected: socket.socket) -> None:
        with contextlib.suppress(OSError), connected:  # the client hung up: many tests make it
            talk = self._tls.wrap_socket(connected, server_side=True) if self._tls else connected
            self._talking.append(talk)
            with talk:
                while True:
                    self._play(_received(talk), Connection(talk))

    def _play(self, request: Request, connection: Connection) -> None:
        with self._changed:
            self.requests.append(request)
            act = self._acts.popleft() if self._acts else None
            self._changed.notify_all()
        if act is None:
            connection.say(http(accepted(to=request.message["to"]) if request.body else status(request)))
        else:
            act(connection)


def _received(connected: socket.socket) -> Request:
    data = _part(connected)
    while b"\r\n\r\n" not in data:
        data += _part(connected)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    while len(body) < length:
        body += _part(connected)
    return Request(head, body)


def _part(connected: socket.socket) -> bytes:
    data = connected.recv(65536)
    if not data:
        raise ConnectionError("The client hung up.")
    return data
