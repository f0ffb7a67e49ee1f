"""The example site's RISK_CHECK, against a server that answers as Turnstile's does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import RequestFactory

from django_flashcall import services
from django_flashcall.exceptions import Refused
from django_flashcall.models import Delivery, Limit, VerificationAttempt
from django_flashcall.providers.base import Message
from django_flashcall.services import Client
from example_project import risk
from tests.api.client import Api

pytestmark = pytest.mark.django_db

SECRET = "1x0000000000000000000000000000000AA"
SOLVED, SOLVED_TOO = "0.solved-by-a-person", "0.solved-by-a-person-too"


class Turnstile(ThreadingHTTPServer):
    """Knows the answers that were solved, each of which is good once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.solved = {SOLVED, SOLVED_TOO}
        self.asked: list[dict[str, str]] = []
        self.answer: bytes | None = None
        """What it answers whatever it is asked."""
        self.url = f"http://127.0.0.1:{self.server_port}/turnstile/v0/siteverify"

    def judge(self, asked: dict[str, str]) -> dict[str, Any]:
        self.asked.append(asked)
        if asked.get("secret") != SECRET:
            return {"success": False, "error-codes": ["invalid-input-secret"]}
        if asked.get("response") not in self.solved:
            return {"success": False, "error-codes": ["timeout-or-duplicate"]}
        self.solved.remove(asked["response"])
        return {"success": True, "error-codes": [], "hostname": "example.com", "action": ""}


class Handler(BaseHTTPRequestHandler):
    server: Turnstile

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        told = self.server.judge({name: value for name, (value,) in parse_qs(body).items()})
        answer = json.dumps(told).encode() if self.server.answer is None else self.server.answer
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def turnstile(monkeypatch: pytest.MonkeyPatch, settings: Any, flashcall: Callable[..., None]) -> Iterator[Turnstile]:
    flashcall(RISK_CHECK="example_project.risk.turnstile")
    settings.TURNSTILE_SECRET_KEY = SECRET
    with Turnstile() as server:
        monkeypatch.setattr(risk, "SITEVERIFY", server.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def api(db: None) -> Callable[..., Api]:
    """A client that sends the widget's answer."""
    return lambda answer: Api(REMOTE_ADDR="93.184.216.34", HTTP_X_TURNSTILE_RESPONSE=answer)


def test_a_person_is_let_through(api: Any, phone: str, turnstile: Turnstile, outbox: list[Message]) -> None:
    assert api(SOLVED).start(phone).status_code == 201
    assert turnstile.asked == [{"secret": SECRET, "response": SOLVED, "remoteip": "93.184.216.34"}]
    assert len(outbox) == 1


@pytest.mark.parametrize("answer", ["", "0.solved-by-nobody", "x" * 2049, "\x00", "é" * 9])
def test_nobody_else_is_and_nothing_is_spent(
    api: Any, phone: str, answer: str, turnstile: Turnstile, outbox: list[Message]
) -> None:
    response = api(answer).start(phone)
    assert (response.status_code, response.body["error"]) == (403, "refused")
    assert not outbox and not VerificationAttempt.objects.exists() and not Limit.objects.exists()
    assert all(0 < len(asked["response"]) <= 2048 for asked in turnstile.asked)


def test_an_answer_is_good_for_one_request(api: Any, phone: str, age: Any, outbox: list[Message]) -> None:
    started = api(SOLVED).start(phone).body["id"]
    age(20)
    assert api(SOLVED).fallback(started).status_code == 403
    assert api(SOLVED_TOO).fallback(started).status_code == 201
    assert [message.channel for message in outbox] == ["flashcall", "sms"]


def test_what_a_limit_refuses_costs_no_answer(api: Any, phone: str, turnstile: Turnstile) -> None:
    api(SOLVED).start(phone)
    assert api(SOLVED_TOO).start(phone).status_code == 429
    assert len(turnstile.asked) == 1


def test_a_repeated_request_needs_no_second_answer(api: Any, phone: str, turnstile: Turnstile) -> None:
    client = api(SOLVED)
    client.credentials(HTTP_IDEMPOTENCY_KEY="2d1f7b0e-5a57-4f0e-9d55")
    assert [client.start(phone).status_code for _ in range(2)] == [201, 201]
    assert len(turnstile.asked) == 1


def test_a_form_posts_it_by_itself(phone: str) -> None:
    request = RequestFactory().post("/phone/", {"phone_number": phone, "cf-turnstile-response": SOLVED})
    assert services.request_verification(phone, client=Client.from_request(request)).standing.state == "pending"
    with pytest.raises(Refused):
        services.request_verification("+380501234504", client=Client.from_request(request))


def test_what_the_sites_own_code_starts_needs_none(phone: str, user: Any, turnstile: Turnstile) -> None:
    services.request_verification(phone, purpose="login", user=user)
    assert turnstile.asked == []


@pytest.mark.parametrize(
    "told", [b"", b"<html>", b"null", b'{"success": "true"}', b'{"success": 1}', b"[true]", b"\xff"]
)
def test_nobody_is_let_through_by_an_answer_that_is_none(
    api: Any, phone: str, turnstile: Turnstile, told: bytes, outbox: list[Message]
) -> None:
    turnstile.answer = told
    assert api(SOLVED).start(phone).status_code == 403
    assert not outbox


def test_nobody_is_let_through_where_turnstile_cannot_be_asked(
    api: Any, phone: str, turnstile: Turnstile, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(risk, "SITEVERIFY", "http://127.0.0.1:9/")
    assert api(SOLVED).start(phone).status_code == 403
    assert "Turnstile cannot be asked (ConnectionError)" in caplog.text
    assert SECRET not in caplog.text and SOLVED not in caplog.text
    assert not Delivery.objects.exists()
