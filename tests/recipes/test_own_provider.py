"""docs/recipes/own-provider.md: the provider that it writes keeps the contract, against a server that speaks HTTP."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import pytest

from django_flashcall.providers import base
from django_flashcall.providers.base import Message, Status
from tests.checks.site import told
from tests.recipes.pages import Page

PROVIDER, SETTINGS, CONTRACT = Page("own-provider").own()

providers = ModuleType("shop.providers")
exec(PROVIDER, vars(providers))


def the_contract() -> Any:
    """Return the test class that the page shows."""
    known: dict[str, Any] = {"__name__": __name__}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "shop", ModuleType("shop"))
        patch.setitem(sys.modules, "shop.providers", providers)
        exec(CONTRACT, known)
    return known["TestOurProvider"]


TestOurProvider = the_contract()


class Messages(ThreadingHTTPServer):
    """Takes messages, or answers as it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.taken: list[tuple[str | None, dict[str, str]]] = []
        self.status = 200
        self.pause = 0.0


class Handler(BaseHTTPRequestHandler):
    server: Messages

    def do_POST(self) -> None:
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append((self.headers["Authorization"], order))
        time.sleep(self.server.pause)  # a server that is slow; nobody waits for it
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def local_server() -> Iterator[Messages]:
    with Messages() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def ours(local_server: Messages) -> Any:
    return providers.OurProvider({"URL": local_server.url, "API_KEY": "for-tests"})  # type: ignore[attr-defined]


@pytest.fixture
def sms() -> Message:
    make: Callable[..., Message] = base.Message
    text = "Your code: 482175"
    return make(id="0" * 32, channel="sms", phone_number="+380501234503", code=base.Code("482175"), ttl=60, text=text)


def test_it_carries_what_it_is_given(ours: Any, sms: Message, local_server: Messages) -> None:
    assert ours.send(sms, deadline=5).status == Status.ACCEPTED
    order = {"id": "0" * 32, "to": "+380501234503", "kind": "sms", "text": "Your code: 482175"}
    assert local_server.taken == [("for-tests", order)]


@pytest.mark.parametrize(
    ("answer", "status", "error_code"),
    [
        (401, Status.REJECTED, base.CREDENTIALS),
        (403, Status.REJECTED, base.CREDENTIALS),
        (400, Status.REJECTED, base.REJECTED),
        (429, Status.REJECTED, base.REJECTED),
        (302, Status.UNKNOWN, base.SERVER_ERROR),
        (500, Status.UNKNOWN, base.SERVER_ERROR),
    ],
)
def test_what_an_answer_means(
    ours: Any, sms: Message, local_server: Messages, answer: int, status: Status, error_code: str
) -> None:
    local_server.status = answer
    result = ours.send(sms, deadline=5)
    assert (result.status, result.error_code) == (status, error_code)


def test_an_answer_that_does_not_come_may_be_one(ours: Any, sms: Message, local_server: Messages) -> None:
    local_server.pause = 0.5
    assert ours.send(sms, deadline=0.1).status == Status.UNKNOWN
    assert len(local_server.taken) == 1


def test_a_server_that_is_not_there_took_nothing(sms: Message) -> None:
    nobody = providers.OurProvider({"URL": "http://127.0.0.1:9", "API_KEY": "k"})  # type: ignore[attr-defined]
    assert nobody.send(sms, deadline=5).status == Status.UNREACHABLE


def test_its_settings_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESSAGES_API_KEY", "a-key")
    monkeypatch.setitem(sys.modules, "shop", ModuleType("shop"))
    monkeypatch.setitem(sys.modules, "shop.providers", providers)
    known: dict[str, Any] = {"os": os}
    exec(SETTINGS, known)
    assert told(known["FLASHCALL"]) == []
    del known["FLASHCALL"]["PROVIDERS"]["default"]["OPTIONS"]["API_KEY"]
    assert [message.id for message in told(known["FLASHCALL"])] == ["shop.E001"]
