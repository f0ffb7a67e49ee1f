"""SMSBAT in a storm: `python -m tests.storm.provider` prints its port. It keeps a list of all that it was sent.

The last four digits of a number choose the fault, as in the sandbox; one more loses its answer on the way.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from django_flashcall.sandbox import replies
from django_flashcall.sandbox.exchange import Carried, DeliveryStatus
from django_flashcall.sandbox.fields import BadRequest
from django_flashcall.sandbox.messages import FLASH_CALL, SentMessage, read_messages
from django_flashcall.sandbox.scenarios import Answer, scenario

REPLY_LOST = "0099"
"""Ends a number whose calls ring, while the connection breaks before the answer. The sandbox gives it no meaning."""
MAY_HAVE_RUNG = {Answer.NORMAL, Answer.SERVER_ERROR, Answer.SILENCE, Answer.HTML}
"""Answers after which nobody can be sure that there was no call."""
ANSWERS: dict[Answer, tuple[int, bytes]] = {
    Answer.SERVER_ERROR: (500, json.dumps(replies.error("INTERNAL_ERROR", "Internal server error")).encode()),
    Answer.TOO_MANY_REQUESTS: (429, json.dumps(replies.TOO_MANY_REQUESTS).encode()),
    Answer.HTML: (200, b"<!DOCTYPE html><title>Maintenance</title>"),
    Answer.ERROR_BODY: (200, json.dumps(replies.error("INSUFFICIENT_BALANCE", "Insufficient balance")).encode()),
}
CODE = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True)
class Call:
    """One call or message that was asked for."""

    id: str
    """The delivery's."""
    to: str
    channel: str
    code: str
    counts: bool
    """It may have been placed, so it is a send. One that was refused is none."""
    arrives: str | None
    """What the handset shows: the number that rings, or a text; None for nothing."""


def call(message: SentMessage) -> Call:
    """Return what becomes of a message."""
    fate = scenario(message.to, message.type)
    sign = message.sender if message.type == FLASH_CALL else message.text
    rings = fate.answer is Answer.NORMAL and fate.accepted and fate.delivered and not fate.withheld
    return Call(
        id=message.customer_id or "",
        to=str(message.to),
        channel=message.type,
        code=message.sender[-4:] if message.type == FLASH_CALL else CODE.findall(message.text or "")[0],
        counts=fate.answer in MAY_HAVE_RUNG and fate.accepted,
        arrives=sign if rings else None,
    )


class Server(ThreadingHTTPServer):
    """Takes messages on the loopback address."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls: list[Call] = []
        self.refused: list[str] = []
        """What was wrong with a request, or with this program."""
        self.lock = threading.Lock()

    def take(self, message: SentMessage) -> Call:
        taken = call(message)
        with self.lock:
            self.calls.append(taken)
        return taken

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if not isinstance(error, ConnectionError):  # of a worker that was killed
            self.refused.append(repr(error))


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server
    timeout = 20
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            (message,) = read_messages(json.loads(body))
        except (BadRequest, ValueError) as error:
            self.server.refused.append(str(error))
            return self._say(400, b"{}")
        return self._answer(message, self.server.take(message))

    def do_GET(self) -> None:
        number = unquote(self.path).strip("/")
        with self.server.lock:
            calls = list(self.server.calls)
        if number == "calls":
            return self._say(200, json.dumps([asdict(one) for one in calls]).encode())
        if number == "refused":
            return self._say(200, json.dumps(self.server.refused).encode())
        seen = [{"channel": one.channel, "shows": one.arrives} for one in calls if one.to == number and one.arrives]
        return self._say(200, json.dumps(seen).encode())

    def log_message(self, *args: Any) -> None:
        """Log nothing."""

    def _answer(self, message: SentMessage, taken: Call) -> None:
        fate = scenario(message.to, message.type)
        if message.to.endswith(REPLY_LOST) and message.type == FLASH_CALL:
            return self.connection.close()
        if fate.answer is Answer.SILENCE:
            with suppress(OSError):  # until the client hangs up
                self.connection.recv(1)
            return None
        if fate.answer is not Answer.NORMAL:
            return self._say(*ANSWERS[fate.answer])
        status = DeliveryStatus.DELIVERED if fate.delivered else DeliveryStatus.UNDELIVERABLE
        carried = Carried(
            list_id=1, id=taken.id, message=message, accepted=fate.accepted, endings=(status,), settled_at=0
        )
        return self._say(200, json.dumps(replies.message_list([carried])).encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "2")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    with Server() as server:
        print(server.server_address[1], flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
