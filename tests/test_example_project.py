"""The example site, its client, and what `make demo` runs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from django_flashcall import services
from django_flashcall.models import PhoneStatus, VerificationAttempt
from example_project import settings as example_settings

ROOT = Path(__file__).resolve().parent.parent
SIGNUP = "/accounts/signup/"
STEPS = [
    "Ask for a call to +38050",
    "pending: flashcall, 4 digits, 3 checks.",
    "A call from +380",
    "invalid_code: 2 checks left.",
    "verified: +38050",
    "is a user now, with the number +380•••••••",
    "Refused: a proof is redeemed once.",
    "(change_phone)",
    "A call from +380",
    "verified: +38050",
    "POST /api/phone/phones/ -> 200",
    "verified by flashcall at",
    "Done: two numbers were proved, and each proof was used once.",
]


def python(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.Popen[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "DJANGO_"))}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=cwd,
        env=plain | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return the exit status and what was written, without a traceback."""
    output, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors, errors
    return process.returncode, output, errors


def assert_in_order(lines: list[str], text: str) -> None:
    position = 0
    for line in lines:
        assert line in text[position:], f"{line!r} is missing, or too early, in:\n{text}"
        position = text.index(line, position) + len(line)


@pytest.fixture
def proof(attempt: VerificationAttempt, code: Callable[[], str]) -> str:
    """A fresh proof of the phone for signup."""
    proof = services.verify(attempt.pk, code=code()).proof
    assert proof
    return proof


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def wrong_site(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a site that answers everything with the status and the body of the parameter."""
    status, body = request.param

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_signup_makes_a_user_who_owns_the_number(proof: str, phone: str) -> None:
    reply = APIClient().post(SIGNUP, {"username": "olena", "proof": proof}, format="json")
    assert (reply.status_code, reply.json()) == (201, {"username": "olena", "phone_number": "+380•••••••03"})
    assert [status.phone_number for status in PhoneStatus.objects.filter(user__username="olena")] == [phone]


def test_a_proof_signs_up_once_and_the_second_user_is_taken_back(proof: str) -> None:
    client = APIClient()
    client.post(SIGNUP, {"username": "olena", "proof": proof}, format="json")
    reply = client.post(SIGNUP, {"username": "taras", "proof": proof}, format="json")
    assert (reply.status_code, reply.json()) == (400, {"proof": ["This proof cannot be used."]})
    assert not get_user_model().objects.filter(username="taras").exists()


@pytest.mark.parametrize(
    "refused",
    [
        {"username": "taken"},
        pytest.param({"username": "ｔａｋｅｎ"}, id="taken-when-normalized"),
        {"username": "olena", "password": "short"},
        {"password": "long enough for a user"},
    ],
)
def test_a_refused_signup_leaves_the_proof_usable(proof: str, refused: dict[str, str], settings: Any) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = example_settings.AUTH_PASSWORD_VALIDATORS
    get_user_model().objects.create_user("taken")
    client = APIClient()
    assert client.post(SIGNUP, {**refused, "proof": proof}, format="json").status_code == 400
    assert client.post(SIGNUP, {"username": "olena", "proof": proof}, format="json").status_code == 201


@pytest.mark.slow
def test_the_demo_goes_from_a_number_to_a_redeemed_proof() -> None:
    status, output, errors = finish(python("-m", "example_project.demo", "--once"))
    assert (status, errors) == (0, "")
    assert_in_order(STEPS, output)


@pytest.mark.slow
def test_the_demo_serves_what_it_names_until_it_is_interrupted() -> None:
    demo = python("-m", "example_project.demo")
    assert demo.stdout is not None
    lines = list(iter(demo.stdout.readline, "Ctrl-C stops it.\n"))
    places = re.findall(r"(http://127\.0\.0\.1:[0-9]+\S*/) ", "".join(lines))
    assert len(places) == 3
    for place in places:
        with urllib.request.urlopen(place) as page:
            assert page.status == 200
    os.killpg(demo.pid, signal.SIGINT)
    assert finish(demo) == (0, "\nStopped.\n", "")


@pytest.mark.slow
def test_the_demo_takes_the_next_port_where_the_first_is_taken() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 8000))
            other.listen()
        except OSError:
            pass  # something else has it already
        status, output, _errors = finish(python("-m", "example_project.demo", "--once"))
    assert status == 0
    assert re.search(r"The example site is at http://127\.0\.0\.1:80(?!00)[0-9]{2},", output)


@pytest.mark.slow
def test_the_demo_has_the_port_it_is_given_or_says_why_not(busy_port: int) -> None:
    status, _output, errors = finish(python("-m", "example_project.demo", "--once", f"--port={busy_port}"))
    assert status == 1
    assert f"The site cannot have port {busy_port}: Address already in use." in errors


@pytest.mark.slow
def test_the_demo_fails_where_a_step_goes_wrong(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "example_project", tmp_path / "example_project")
    (tmp_path / "example_project" / "accounts" / "urls.py").write_text("urlpatterns = []\n")
    demo = python("-m", "example_project.demo", cwd=tmp_path, PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]))
    status, output, errors = finish(demo)
    assert status == 1
    assert_in_order(STEPS[:5], output)
    assert "Stopped: POST /accounts/signup/ answered 404 instead of 201" in errors


@pytest.mark.parametrize(
    ("wrong_site", "complaint"),
    [
        ((500, b"oops"), "answered 500 instead of 201: oops"),
        ((201, b"<html>"), "did not answer in JSON: <html>"),
        ((201, b"{}"), "the last answer is not what it should be (KeyError('status'))"),
        ((201, b"[]"), "the last answer is not what it should be (TypeError("),
    ],
    indirect=["wrong_site"],
)
def test_the_client_says_what_a_site_got_wrong(wrong_site: str, complaint: str) -> None:
    status, _output, errors = finish(python("-m", "example_project.client", wrong_site))
    assert status == 1
    assert complaint in errors


def test_the_client_says_that_no_site_answers() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        status, _output, errors = finish(python("-m", "example_project.client", address))
    assert status == 1
    assert f"Stopped: {address} does not answer" in errors


@pytest.mark.parametrize("manage", [["-m", "example_project.manage"], [str(ROOT / "example_project" / "manage.py")]])
def test_the_command_line_finds_nothing_wrong(manage: list[str], tmp_path: Path) -> None:
    cwd = ROOT if manage[0] == "-m" else tmp_path
    url = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    status, output, errors = finish(python(*manage, "check", "--fail-level", "WARNING", cwd=cwd, DATABASE_URL=url))
    assert status == 0, errors
    assert "no issues" in output


def test_our_part_of_the_settings_is_at_most_60_lines() -> None:
    settings = (ROOT / "example_project" / "settings.py").read_text()
    ours = settings.partition("# --- What django-flashcall adds ---")[2]
    assert 0 < len(ours.splitlines()) <= 60
