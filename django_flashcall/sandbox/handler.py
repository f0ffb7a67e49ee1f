"""The sandbox's HTTP: what is asked, and where the answer comes from."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import unquote

from django_flashcall.phones import E164_NUMBER
from django_flashcall.sandbox import replies
from django_flashcall.sandbox.exchange import Exchange
from django_flashcall.sandbox.fields import BadRequest, Fields
from django_flashcall.sandbox.messages import SentMessage, read_messages
from django_flashcall.sandbox.reports import Kind, Reporter
from django_flashcall.sandbox.scenarios import Answer, scenario

LARGEST_BODY: Final = 2 * 1024 * 1024
"""Bytes."""
BODY_LENGTH = re.compile(r"[0-9]{1,10}", re.ASCII)
KIND = re.compile("|".join(Kind))
LONGEST_SILENCE: Final = 30
"""Seconds after which a connection that gets no answer is closed."""
RETRY_AFTER: Final = "2"
"""Seconds."""


class Server(ThreadingHTTPServer):
    """Listens on the loopback address alone."""

    daemon_threads = True
    # By default 5 connections may wait to be taken, and the sixth of a burst comes through a second later.
    request_queue_size = 128

    def __init__(self, port: int, settles_after: float) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.exchange = Exchange(settles_after)
        self.reporter = Reporter()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients go away before the answer: some of the numbers are for just that.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers one request; the connection carries no second one."""

    server: Server
    timeout = 10
    """Seconds without a byte after which a request is given up."""
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        try:
            body = self._body()
            match unquote(self.path).split("/"):
                case ["", "bat", "messagelist"]:
                    self._check_key()
                    self._take(read_messages(self._json(body)))
                case ["", "handset", number, "reports"] if E164_NUMBER.fullmatch(number):
                    self._report(number, Fields(self._json(body), "body", known=["kind"]))
                case _:
                    raise _not_found()
        except BadRequest as refusal:
            self._refuse(refusal)

    def do_GET(self) -> None:
        try:
            self._send_json(200, self._found())
        except BadRequest as refusal:
            self._refuse(refusal)

    def log_message(self, *args: Any) -> None:
        """Log nothing: the address of a handset has its whole number."""

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not BODY_LENGTH.fullmatch(length):
            raise BadRequest("Content-Length is missing or malformed.", status=411)
        if int(length) > LARGEST_BODY:
            raise BadRequest(f"The body is larger than {LARGEST_BODY} bytes.", status=413)
        return self.rfile.read(int(length))

    def _check_key(self) -> None:
        if not self.headers.get("X-Authorization-Key", "").strip():
            raise BadRequest("X-Authorization-Key is missing.", code="UNAUTHORIZED", status=401)

    def _json(self, body: bytes) -> object:
        if self.headers.get_content_type() != "application/json":
            raise BadRequest("Content-Type must be application/json.", status=415)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise BadRequest("The body is not JSON.") from None

    def _take(self, messages: tuple[SentMessage, ...]) -> None:
        answers = (scenario(message.to, message.type).answer for message in messages)
        fault = next((answer for answer in answers if answer is not Answer.NORMAL), None)
        if fault is not None:
            return self._fail(fault)
        taken = self.server.exchange.take(messages)
        self._send_json(200, replies.message_list(taken))
        # Afterwards, because the site knows a message by the id that is in the answer.
        for carried in taken:
            self.server.reporter.follow(carried)
        return None

    def _report(self, number: str, demand: Fields) -> None:
        kind = Kind(demand.text("kind", KIND))
        messages = self.server.exchange.messages_to(number)
        if not messages or self.server.reporter.url is None:
            raise BadRequest("There is no message to this number, or nobody to report to.", status=409)
        self._send_json(202, {"reports": self.server.reporter.demand(kind, messages)})

    def _fail(self, answer: Answer) -> None:
        match answer:
            case Answer.SERVER_ERROR:
                self._send_json(500, replies.error("INTERNAL_ERROR", "Internal server error"))
            case Answer.TOO_MANY_REQUESTS:
                self._send_json(429, replies.TOO_MANY_REQUESTS, headers={"Retry-After": RETRY_AFTER})
            case Answer.HTML:
                self._send(200, "text/html; charset=utf-8", b"<!DOCTYPE html><title>Maintenance</title>")
            case Answer.ERROR_BODY:
                self._send_json(200, replies.error("INSUFFICIENT_BALANCE", "Insufficient balance"))
            case Answer.SILENCE:
                self._stay_silent()

    def _stay_silent(self) -> None:
        self.connection.settimeout(LONGEST_SILENCE)
        # Reading ends when the client closes the connection.
        with contextlib.suppress(OSError):
            self.connection.recv(1)

    def _found(self) -> dict[str, Any]:
        match unquote(self.path).split("/"):
            case ["", "bat", "message", message_id]:
                self._check_key()
                carried = self.server.exchange.message(message_id)
                if carried is None:
                    raise _not_found()
                return replies.status(carried)
            case ["", "handset", name] if E164_NUMBER.fullmatch(name.removesuffix(".json")):
                events = self.server.exchange.events(name.removesuffix(".json"))
                return {"events": [event.as_json() for event in events]}
            case ["", "handset", number, "reports.json"] if E164_NUMBER.fullmatch(number):
                reporter = self.server.reporter
                return {"reports": None if reporter.url is None else reporter.sent(number)}
            case ["", "handsets.json"]:
                return {"numbers": self.server.exchange.numbers()}
        raise _not_found()

    def _refuse(self, refusal: BadRequest) -> None:
        self._send_json(refusal.status, replies.error(refusal.code, refusal.message))

    def _send_json(self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(body).encode(), headers)

    def _send(self, status: int, content_type: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _not_found() -> BadRequest:
    return BadRequest("There is no such address.", code="NOT_FOUND", status=404)
