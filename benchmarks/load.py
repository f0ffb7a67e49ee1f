"""A load generator: so many requests, over so many connections, on loopback, in one thread.

Each connection is kept and has one request under way; the next one leaves when the answer is in. Every status is
checked. The requests are made beforehand, so that little but sockets is left to do while the clock runs.
"""

from __future__ import annotations

import gc
import itertools
import json
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

HOST = "127.0.0.1"
PATIENCE = 30
"""Seconds after which a server that says nothing has failed."""


class Unexpected(Exception):
    """An answer has another status than it must."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


@dataclass(frozen=True)
class Block:
    """What came of some requests."""

    seconds: float
    answers: list[Answer]
    """In the order of the requests."""


def request(method: str, path: str, body: Mapping[str, object] | None = None, *, address: str = "") -> bytes:
    """Return a request as it goes over the wire; `address` is the client that the proxy names."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(content)}"]
    lines += ["Content-Type: application/json"] if content else []
    lines += [f"X-Forwarded-For: {address}"] if address else []
    return "\r\n".join([*lines, "", ""]).encode() + content


class Connection:
    """One connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()

    def send(self, data: bytes) -> None:
        self._received.clear()
        self.socket.sendall(data)

    def receive(self) -> Answer | None:
        """Read what is there and return the answer, or None while it is not whole."""
        part = self.socket.recv(65536)
        if not part:
            raise Unexpected("The server closed a connection.")
        self._received += part
        head_ends = self._received.find(b"\r\n\r\n")
        if head_ends < 0:
            return None
        head = bytes(self._received[:head_ends]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        body = bytes(self._received[head_ends + 4 :])
        return Answer(int(head[9:12]), body) if len(body) >= length else None

    def wait(self) -> Answer:
        while (answer := self.receive()) is None:
            pass
        return answer


class Load:
    """Connections to one server, the same number to each of its worker processes."""

    def __init__(self, port: int, *, connections: int, workers: int) -> None:
        self._connections = _spread(port, connections, workers)
        self._by_number = {connection.socket.fileno(): connection for connection in self._connections}

    def __enter__(self) -> Load:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for connection in self._connections:
            connection.socket.close()

    def run(self, requests: Sequence[bytes], *, expect: int) -> Block:
        """Send every request once. Raises Unexpected for an answer whose status is not `expect`."""
        gc.collect()
        gc.disable()
        started = time.perf_counter()
        answers = self._exchange(requests)
        seconds = time.perf_counter() - started
        gc.enable()
        _refuse_unexpected(answers, expect)
        return Block(seconds, answers)

    def times(self, requests: Sequence[bytes], *, expect: int) -> list[float]:
        """Send as many requests as there are connections, at once; return what each took, in milliseconds."""
        began = time.perf_counter()
        took: list[float] = []
        answers = self._exchange(requests, lambda: took.append(1000 * (time.perf_counter() - began)))
        _refuse_unexpected(answers, expect)
        return took

    def _exchange(self, requests: Sequence[bytes], answered: Callable[[], object] = bool) -> list[Answer]:
        answers: dict[int, Answer] = {}
        under_way: dict[Connection, int] = {}
        waiting = iter(enumerate(requests))

        def send_next(connection: Connection) -> None:
            for index, data in itertools.islice(waiting, 1):
                under_way[connection] = index
                connection.send(data)

        with select.epoll() as poll:
            for number, connection in self._by_number.items():
                poll.register(number, select.EPOLLIN)
                send_next(connection)
            while under_way:
                ready = poll.poll(PATIENCE)
                if not ready:
                    raise Unexpected(f"The server said nothing for {PATIENCE} s.")
                for number, _event in ready:
                    connection = self._by_number[number]
                    if answer := connection.receive():
                        answered()
                        answers[under_way.pop(connection)] = answer
                        send_next(connection)
        return [answers[index] for index in range(len(requests))]


def _spread(port: int, connections: int, workers: int) -> list[Connection]:
    """Open connections until each worker has its share, and close what is over."""
    share = connections // workers
    question = request("GET", "/worker/")
    kept: list[Connection] = []
    taken: Counter[bytes] = Counter()
    for _ in range(200):
        # Several at once, or one worker that is awake already accepts them all.
        batch = [Connection(port) for _ in range(2 * workers)]
        for connection in batch:
            connection.send(question)
        for connection in batch:
            worker = connection.wait().body
            if taken[worker] < share:
                taken[worker] += 1
                kept.append(connection)
            else:
                connection.socket.close()
        if len(kept) == share * workers:
            return kept
    raise Unexpected("The connections cannot be spread over the workers.")


def _refuse_unexpected(answers: Sequence[Answer], expect: int) -> None:
    others = Counter(answer.status for answer in answers if answer.status != expect)
    if others:
        example = next(answer.body for answer in answers if answer.status != expect)
        raise Unexpected(f"Expected {expect} everywhere, and got {dict(others)}, such as {example[:300]!r}.")
