"""What README.md shows is run here, or held against what it speaks of."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.module_loading import import_string
from rest_framework.test import APIClient

from django_flashcall import services
from django_flashcall.api.urls import urlpatterns
from django_flashcall.models import PhoneStatus, VerificationAttempt

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
INSTALL, _, API = README.partition("## The API")

VARYING = {"id", "expires_at", "expires_in", "next_channel_in", "resend_in", "proof"}


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[str]:
    return re.findall(r"^\$ (.*)$", "".join(blocks("console", text)), re.MULTILINE)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A new Django project that followed the section on installation."""
    run(["-m", "django", "startproject", "site_of_a_reader", "."], tmp_path)
    for name, ours in zip(["settings.py", "urls.py"], blocks("python", INSTALL), strict=True):
        with (tmp_path / "site_of_a_reader" / name).open("a") as file:
            file.write(ours)
    return tmp_path


def run(arguments: list[str], cwd: Path) -> str:
    """Run Python in `cwd` and return what it printed."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    environment = plain | {"PYTHONPATH": str(ROOT), "SMSBAT_API_KEY": "a-key"}
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("command", [command for command in commands(README) if command.startswith("make")])
def test_make_knows_the_command(command: str) -> None:
    subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.slow
def test_a_site_that_follows_the_readme_works(site: Path) -> None:
    shown = [shlex.split(command)[1:] for command in commands(INSTALL) if command.startswith("python manage.py")]
    migrate, check, prove = shown
    assert "Applying flashcall.0001_initial... OK" in run(migrate, site)
    assert "no issues" in run([*check, "--fail-level", "WARNING"], site)
    assert prove[1:] == ["flashcall_check", "--to", "+380501234503"]
    assert "--to" in run(["manage.py", "flashcall_check", "--help"], site)  # a real call is not for a test


@pytest.mark.parametrize("name", sorted(set(re.findall(r"django_flashcall\.[\w.]*\.[A-Z]\w+", README))))
def test_every_class_that_is_named_exists(name: str) -> None:
    assert import_string(name)


def test_the_table_has_every_endpoint_and_no_other() -> None:
    told = set(re.findall(r"^\| `([A-Z]+) (\S+)` \|", API, re.MULTILINE))
    served = {
        (method, str(pattern.pattern).replace("<str:attempt_id>", "{id}"))
        for pattern in urlpatterns
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if hasattr(pattern.callback.cls, method.lower())  # type: ignore[union-attr]
    }
    assert told == served


@pytest.mark.django_db
def test_the_api_answers_as_it_is_shown(code: Callable[[], str], wrong: Callable[[str], str]) -> None:
    session = "".join(block for block in blocks("console", API))
    exchanges = re.findall(r"^\$ curl ([^\n]*)\n(\{\n.*?\n\})$", session, re.DOTALL | re.MULTILINE)
    assert len(exchanges) == session.count("$ ") == 3
    real: dict[str, str] = {}
    for arguments, shown in exchanges:
        reply = curl(arguments, real)
        expected = json.loads(shown)
        assert {**expected, **{key: reply[key] for key in VARYING & expected.keys()}} == reply
        real |= {"4821": code(), "4822": wrong(code())}
        if "id" in reply:
            real[expected["id"]] = reply["id"]


def curl(arguments: str, real: dict[str, str]) -> dict[str, Any]:
    """Send what a command line of curl says, with the real id and codes for those that are shown."""
    for shown, value in real.items():
        arguments = arguments.replace(shown, value)
    url, header, content_type, data, body = shlex.split(arguments)
    assert (header, content_type, data) == ("-H", "Content-Type: application/json", "-d")
    reply: dict[str, Any] = APIClient().post(urlsplit(url).path, json.loads(body), format="json").json()
    return reply


@pytest.mark.django_db
def test_the_python_that_is_shown_runs(attempt: VerificationAttempt, phone: str, code: Callable[[], str]) -> None:
    known = {
        "User": get_user_model(),
        "services": services,
        "transaction": transaction,
        "username": "taras",
        "proof": services.verify(attempt.pk, code=code()).proof,
    }
    redeem, start = blocks("python", API)
    exec(redeem, known)
    assert [status.phone_number for status in PhoneStatus.objects.for_user(known["user"])] == [phone]
    known["phone_number"] = "+380671234567"
    exec(start, known)
    assert known["attempt"].purpose == "login"
