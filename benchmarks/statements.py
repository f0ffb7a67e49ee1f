"""Whether ours and the view written by hand send the same statements: without that, their ratio says nothing.

`python -m benchmarks.statements`, on the database that BENCHMARK_DATABASE names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import django
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import databases

TABLE = re.compile(r"flashcall_[a-z]+", re.ASCII)


def refuse_differences(database: str) -> None:
    """Raise AssertionError unless ours and the one written by hand send the same to the same tables, in one order."""
    databases.reset(database)
    ours, raw = _sent("flashcall", database, "+380670000001"), _sent("raw", database, "+380670000002")
    for call, statements in ours.items():
        assert statements == raw[call], f"{call}: {statements} is not {raw[call]}"
    databases.reset(database)


def _sent(prefix: str, database: str, number: str) -> dict[str, list[str]]:
    """Return the statements of each call."""
    client = Client(headers={"X-Forwarded-For": "93.184.216.34"})
    path = f"/{prefix}/verifications/"

    def post(path: str, body: dict[str, str], status: int) -> dict[str, str]:
        answer = client.post(path, json.dumps(body), content_type="application/json")
        assert answer.status_code == status, answer.content
        return dict(answer.json())

    def captured(call: Callable[[], object]) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            call()
        return [_outline(query["sql"]) for query in queries]

    body = {"phone_number": number}
    post(path, {"phone_number": f"{number[:-4]}9999"}, 201)  # the rows of the site's limits, and compiled queries
    databases.pass_cooldown(database)
    new = captured(lambda: post(path, body, 201))
    databases.pass_cooldown(database)
    known = captured(lambda: post(path, body, 201))
    databases.pass_cooldown(database)
    attempt = post(path, body, 201)["id"]
    wrong = captured(lambda: post(f"{path}{attempt}/verify/", {"code": "0000"}, 400))
    return {"new number": new, "known number": known, "wrong code": wrong}


def _outline(statement: str) -> str:
    """Return what a statement does to which tables."""
    verb, tables = statement.split()[0], sorted(set(TABLE.findall(statement)))
    return " ".join([verb, *tables])


if __name__ == "__main__":
    django.setup()
    refuse_differences(connection.settings_dict["NAME"])
