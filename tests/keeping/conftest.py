"""Somebody of whom all kinds of rows are held, and somebody else."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models

from django_flashcall import services
from django_flashcall.services import Client

NUMBER, OTHER = "+380501234503", "+380671594822"
ADDRESS, ADDRESS_6 = "93.184.216.34", "2606:4700:4700:1111::1111"
AGENT = "Browser-of-this-test/1.0"


@dataclass
class Said:
    """What a command wrote, and how it ended."""

    out: str
    err: str
    code: int = 0
    error: str = ""
    json: Any = field(init=False)

    def __post_init__(self) -> None:
        try:
            self.json = json.loads(self.out)
        except ValueError:
            self.json = None


class Terminal(io.StringIO):
    """A place to write to that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Run a command, with what comes over standard input; with `terminal` somebody sits there and types it."""

    def run(name: str, *arguments: str, stdin: str = "", terminal: bool = False) -> Said:
        kind = Terminal if terminal else io.StringIO
        out, err = kind(), kind()
        monkeypatch.setattr(sys, "stdin", kind(stdin))
        monkeypatch.setattr(sys, "stdout", out)  # where input() writes what it asks
        try:
            call_command(name, *arguments, stdout=out, stderr=err)
        except CommandError as error:
            return Said(out.getvalue(), err.getvalue(), error.returncode, str(error))
        return Said(out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def held(outbox: Any, flashcall: Any, user: Any, stranger: Any, age: Any) -> None:
    """A person's number verified and asked for again by a stranger, from two addresses, and another's number."""
    flashcall(LIMITS={"phone": "50/10m, 120/d", "owner": "5/10m, 30/24h", "ip": "100/60m", "prefix": "600/h"})
    client, client_6 = (Client(ip_address=address, user_agent=AGENT) for address in (ADDRESS, ADDRESS_6))
    attempt = services.request_verification(
        NUMBER, user=user, client=client, context="a context", idempotency_key="of-a-single-click"
    )
    proof = services.verify(attempt.pk, code=outbox[-1].code.digits, user=user).proof
    services.redeem(proof, purpose="signup", user=user, context="a context")
    age(60)
    services.request_verification(NUMBER, purpose="login", user=user, client=client_6)
    age(60)
    services.request_verification(NUMBER, client=Client(ip_address="198.41.0.4"))
    attempt = services.request_verification(OTHER, user=stranger, client=Client(ip_address="192.0.32.10"))
    proof = services.verify(attempt.pk, code=outbox[-1].code.digits, user=stranger).proof
    services.redeem(proof, purpose="signup", user=stranger)


def dump() -> str:
    """Return every row of every table of ours as text, as the database has it."""
    lines = []
    for model in apps.get_app_config("flashcall").get_models():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            lines += [f"{model._meta.label} {row}" for row in cursor.fetchall()]
    return "\n".join(map(str, lines))


def columns(model: type[models.Model]) -> set[str]:
    return {column.name for column in model._meta.concrete_fields}
