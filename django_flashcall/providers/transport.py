"""One request within one deadline, and, of a POST, the certainty of whether it left.

requests alone would not do. Its timeout is that of each read, so that a dripping answer outlives it. It inflates what
it is sent. It hands our headers to wherever a redirect points. Its exceptions do not say whether the request had gone.
"""

from __future__ import annotations

import http.client
import io
import os
import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from django_flashcall import __version__

ANSWER_LIMIT = 64 * 1024
"""Bytes of the longest answer that is read. Nothing is decompressed, so that none grows behind this."""


class NotSent(Exception):
    """The request did not leave, so that it cannot have had an effect."""


class NoAnswer(Exception):
    """The request left, and no whole answer came: its effect is unknown."""

    def __init__(self, *, timed_out: bool) -> None:
        super().__init__()
        self.timed_out = timed_out


class TooManyInFlight(Exception):
    """As many requests as may be are waiting for their answers. Nothing was sent."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes = field(repr=False)
    """Empty where it is longer than ANSWER_LIMIT."""
    retry_after: float | None
    """Seconds that it asks us to wait, from 1 to 60; None where it does not say, or nothing that can be read."""


class Line:
    """The way to one server, for a process and its threads: so many requests at a time, over connections that are kept.

    `headers` is called once a process, and what it returns is kept nowhere else than on the connections. No exception
    has a cause or a text, because those would show URL, headers and body.
    """

    def __init__(self, url: str, *, headers: Callable[[], Mapping[str, str]], in_flight: int) -> None:
        self._url = url
        self._headers = headers
        self._in_flight = in_flight
        self._ends: dict[int, _End] = {}

    def post(self, path: str, document: bytes, *, until: float) -> Answer:
        """Post JSON to a path and return the answer, before `until` of `time.monotonic()`.

        Where no connection is made, it tries once more. Raises NotSent, NoAnswer or TooManyInFlight.
        """
        with self._slot() as connections:
            try:
                return self._posted(connections, path, document, until)
            except NotSent:
                return self._posted(connections, path, document, until)

    def get(self, path: str, *, until: float) -> Answer:
        """Get a path and return the answer, before `until` of `time.monotonic()`. Raises NoAnswer or TooManyInFlight.

        It has no effect at the other end, so that it does not matter whether it left.
        """
        with self._slot() as connections:
            with suppress(Exception), connections.get(self._url + path, timeout=_timeout(until), stream=True) as reply:
                return _read(reply)
            raise NoAnswer(timed_out=until <= time.monotonic())

    @contextmanager
    def _slot(self) -> Iterator[requests.Session]:
        end = self._end()
        if not end.slots.acquire(blocking=False):
            raise TooManyInFlight
        try:
            yield end.connections
        finally:
            end.slots.release()

    def _end(self) -> _End:
        # By process: neither a connection nor a semaphore survives a fork.
        pid = os.getpid()
        return self._ends.get(pid) or self._ends.setdefault(pid, _End(self._headers(), self._in_flight))

    def _posted(self, connections: requests.Session, path: str, document: bytes, until: float) -> Answer:
        url, body, timeout = self._url + path, _Body(document, until), _timeout(until)
        json = {"Content-Type": "application/json"}
        # Whatever breaks, all that counts is whether the body had begun to leave.
        with suppress(Exception), connections.post(url, body, headers=json, timeout=timeout, stream=True) as reply:
            return _read(reply)
        raise NoAnswer(timed_out=until <= time.monotonic()) if body.begun else NotSent


class _End:
    """What one process has of a line."""

    def __init__(self, headers: Mapping[str, str], in_flight: int) -> None:
        self.slots = threading.BoundedSemaphore(in_flight)
        self.connections = _Connections()
        self.connections.trust_env = False  # a proxy or .netrc of the environment would see or replace the key
        self.connections.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.connections.mount("https://", _Adapter(pool_maxsize=in_flight))
        self.connections.mount("http://", _Adapter(pool_maxsize=in_flight))
        self.connections.headers.update(
            {
                "User-Agent": f"django-flashcall/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                **headers,
            }
        )


class _Connections(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: no redirect is followed, because the key would go with it to any host.

        `allow_redirects=False` is not as much: it still reads the whole answer, however long.
        """


class _Body(io.BytesIO):
    """A request's body, which knows when it begins to leave, and which does not after the deadline.

    It is asked for when the connection is made and the headers are sent; without it the server has no request.
    """

    def __init__(self, document: bytes, until: float) -> None:
        super().__init__(document)
        self._until = until
        self.begun = False

    def read(self, size: int | None = -1, /) -> bytes:
        if not self.begun and self._until <= time.monotonic():
            raise TimeoutError
        self.begun = True
        return super().read(size)


class _Incoming(io.RawIOBase):
    """What comes from a socket, until the socket's timeout is over, as a whole and not for each read."""

    def __init__(self, connected: socket.socket, raw: io.RawIOBase) -> None:
        self._socket = connected
        self._raw = raw
        # Set by urllib3 to what Timeout(total=...) has left.
        self._until = time.monotonic() + (connected.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _HTTPResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Incoming(sock, self.fp.detach()))


class _Resolving:
    """A connection that bounds the look-up of its host's name, which knows no timeout.

    It tries one address of each family, so that one of the two may be dead.
    """

    _dns_host: str
    port: int
    timeout: Any

    def _new_conn(self) -> socket.socket:
        host, addresses = self._dns_host, _addresses(self._dns_host, self.port, self.timeout)
        try:
            for address in addresses[:-1]:
                self._dns_host = address
                with suppress(HTTPError):
                    return self._connect()
            self._dns_host = addresses[-1]
            return self._connect()
        finally:
            self._dns_host = host

    def _connect(self) -> socket.socket:
        return super()._new_conn()  # type: ignore[misc, no-any-return]  # of the class that this is mixed into


class _HTTPConnection(_Resolving, HTTPConnection):
    response_class = _HTTPResponse


class _HTTPSConnection(_Resolving, HTTPSConnection):
    response_class = _HTTPResponse


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


def _addresses(host: str, port: int, seconds: float) -> list[str]:
    """Return an address of each family that the name has. Raises OSError, and TimeoutError after `seconds`.

    The thread that asks is left behind where it takes longer; it ends when the system's resolver gives up.
    """
    found: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            found.put(error)

    threading.Thread(target=look_up, name="flashcall-look-up", daemon=True).start()
    try:
        answers = found.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answers, OSError):
        raise answers
    return list({family: address[0] for family, _, _, _, address in reversed(answers)}.values())


def _timeout(until: float) -> Any:  # requests hands a Timeout on to urllib3, which its types do not say
    left = max(0.001, until - time.monotonic())
    # A quarter for each of: the look-up of the name, a first address that is dead, another, and TLS.
    return Timeout(total=left, connect=left / 4)


def _read(response: requests.Response) -> Answer:
    body = b""
    # To the end, because only there it shows that an answer is shorter than it says.
    while part := response.raw.read(ANSWER_LIMIT + 1 - len(body), decode_content=False):
        body += part
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and len(body) < min(int(announced), ANSWER_LIMIT):
        raise NoAnswer(timed_out=False)  # urllib3 1.26 does not mind
    return Answer(
        status=response.status_code,
        body=body if len(body) <= ANSWER_LIMIT else b"",
        retry_after=retry_after(response.headers.get("Retry-After", "").strip()),
    )


def retry_after(header: str) -> float | None:
    """Return the seconds of a Retry-After header, which may be a date (RFC 9110, 10.2.3), or None; from 1 to 60."""
    if re.fullmatch(r"[0-9]{1,18}", header):
        seconds = float(header)
    else:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 1.0), 60.0)
