"""A client's end of the wire: each request on a connection of its own, which may break."""

from __future__ import annotations

import json
import random
import socket
from dataclasses import dataclass
from typing import Any

from tests.storm.ledger import Ledger

HOST = "127.0.0.1"
PATIENCE = 30
"""Seconds for an answer: more than a site may wait for its provider."""
JSON = "application/json"


class Broken(Exception):
    """No whole answer came."""


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    body: Any

    @property
    def error(self) -> str:
        """The error code; empty where it has none."""
        return str(self.body.get("error", "")) if isinstance(self.body, dict) else ""

    @property
    def retry_after(self) -> float | None:
        """Seconds, where it says them."""
        return self.body.get("retry_after") if isinstance(self.body, dict) else None


def public_address() -> str:
    """Return an address that can be a client's own."""
    return f"93.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}"


class Client:
    """Somebody with an address, who asks the site and writes down what is answered."""

    def __init__(self, port: int, ledger: Ledger, who: str, address: str | None = None) -> None:
        self._port = port
        self._address = address or public_address()
        self.ledger = ledger
        self.who = who

    def ask(self, method: str, path: str, body: object = None, *, key: str = "", basic: str = "") -> Answer:
        """Send a request and return its answer. Raises Broken."""
        request = _name(method, path)
        try:
            status, text = _exchange(self._port, self._message(method, path, body, key, basic))
        except OSError as error:
            self.ledger.answered(self.who, request, 0, "")
            raise Broken(type(error).__name__) from None
        answer = Answer(status, _read(text))
        self.ledger.answered(self.who, request, status, answer.error)
        if (answer.body is None and status != 204) or (status >= 500 and not (status == 503 and answer.error)):
            self.ledger.fault(f"{request} answered {status}: {text[:300]!r}")
        return answer

    def ask_and_hang_up(self, method: str, path: str, body: object = None, *, key: str = "") -> None:
        """Send a request and close the connection before the answer comes."""
        with socket.create_connection((HOST, self._port), PATIENCE) as connected:
            connected.sendall(self._message(method, path, body, key, ""))
        self.ledger.did("replies lost")

    def throw(self, data: bytes) -> None:
        """Send bytes that need not be HTTP, and look what comes back."""
        try:
            with socket.create_connection((HOST, self._port), 5) as connected:
                connected.sendall(data)
                connected.shutdown(socket.SHUT_WR)
                head = connected.recv(65536)
        except OSError:
            return
        if head.startswith(b"HTTP/1.1 5") and not head.startswith(b"HTTP/1.1 503"):
            self.ledger.fault(f"{data[:80]!r} was answered {head[:80]!r}")

    def verify(self, attempt_id: str, code: str) -> Answer:
        """Enter a code, and write down what was said of it."""
        self.ledger.enters(attempt_id, code)
        answer = self.ask("POST", f"/phone/verifications/{attempt_id}/verify/", {"code": code})
        if answer.status == 200:
            self.ledger.judged(attempt_id, code, right=True)
        elif answer.error == "invalid_code":
            self.ledger.judged(attempt_id, code, right=False)
        return answer

    def redeem(self, path: str, proof: str, *, username: str, key: str) -> Answer:
        """Ask to be let in for a proof."""
        answer = self.ask("POST", path, {"username": username, "proof": proof}, key=key)
        if answer.status == 200:
            self.ledger.let_in(proof)
        return answer

    def _message(self, method: str, path: str, body: object, key: str, basic: str) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Connection: close", f"X-Forwarded-For: {self._address}"]
        lines += [f"Content-Type: {JSON}", f"Content-Length: {len(content)}"] if body is not None else []
        lines += [f"Idempotency-Key: {key}"] if key else []
        lines += [f"Authorization: Basic {basic}"] if basic else []
        return "\r\n".join([*lines, "", ""]).encode() + content


def fetch(port: int, path: str) -> Any:
    """Return JSON of the provider's, or the site's answer to whether it is up."""
    head = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
    status, text = _exchange(port, head)
    if status != 200:
        raise Broken(str(status))
    return json.loads(text) if text else None


def _exchange(port: int, message: bytes) -> tuple[int, bytes]:
    with socket.create_connection((HOST, port), PATIENCE) as connected:
        connected.sendall(message)
        received = b""
        while part := connected.recv(65536):
            received += part
    head, found, text = received.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    if not found or (length and len(text) < int(length)):
        raise ConnectionError("The connection broke.")
    return int(head[9:12]), text


def _read(text: bytes) -> Any:
    """Return the JSON of an answer, or None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _name(method: str, path: str) -> str:
    """Return a request without what differs between two of its kind."""
    return f"{method} " + "/".join("{id}" if len(part) > 30 else part for part in path.split("/"))
