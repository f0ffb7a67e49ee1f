"""Cases that schemathesis makes of the OpenAPI document, sent to a running site, and what became of them."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from django_flashcall.codes import Code
from django_flashcall.exceptions import Refused
from django_flashcall.providers.base import Draw, Message, Result
from django_flashcall.providers.base import Status as Sent
from django_flashcall.providers.memory import MemoryProvider
from tests.api.client import ROOT, document

SEED = 20261122
CODES = {"flashcall": "4821", "sms": "482100"}
"""What every code is here, so that some cases are right."""
WRONG = ["4822", "0000", "482101", "+380441234821", "48 21", "٤٨٢١"]
UNREACHABLE, RISKY = "9", "8"
"""Last digits of numbers that no channel reaches, and that the site's RISK_CHECK refuses."""
NUMBERS = [f"+38050123{number}" for number in range(4000, 4120)]
OTHERS = ["0501234567", "+48501234567", "101", "+380441234567", "+380501234567;ext=1", "", "\u0000", "+" * 50]
KEYS = [f"key-of-one-request-{number}" for number in range(6)]
OF_AN_ATTEMPT = f"{ROOT}verifications/{{attempt_id}}/"


class PredictableProvider(MemoryProvider):
    """Draws the codes that the cases know, and reaches all numbers but some."""

    def draw(self, channel: str, length: int) -> Draw:
        return Draw(code=Code(CODES[channel]))

    def send(self, message: Message, *, deadline: float) -> Result:
        if message.phone_number.endswith(UNREACHABLE):
            return Result(status=Sent.REJECTED, error_code="rejected")
        return super().send(message, deadline=deadline)


def risk_check(phone_number: str, **kwargs: Any) -> None:
    if phone_number.endswith(RISKY):
        raise Refused


@dataclass
class Run:
    """What became of the cases of one caller."""

    cases: int = 0
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By operation and status."""
    checks: Counter[str] = field(default_factory=Counter)
    """How often each check was made."""
    failures: list[str] = field(default_factory=list)


def run(site: str, examples: int, *, password: str = "", session: str = "") -> Run:
    """Send the cases of one caller: of the document's examples, of its borders, random ones, and chains of requests.

    The caller is olena with a password or a session, or else anonymous.
    """
    caller: dict[str, Any] = {}
    if password:
        caller["auth"] = {"basic": {"username": "olena", "password": password}}
    if session:
        token = "t" * 32
        caller["headers"] = {"Cookie": f"sessionid={session}; csrftoken={token}", "X-CSRFToken": token}
    config = SchemathesisConfig.from_dict({**_config(examples, tell_auth=not session), **caller, "base-url": site})
    outcome = Run()
    schema = schemathesis.openapi.from_dict(document(), config=config)
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _add(outcome, event.recorder)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            outcome.failures.append(str(event))
    return outcome


def _config(examples: int, *, tell_auth: bool) -> dict[str, Any]:
    refusals = ["2xx", "400", "401", "403", "404", "409", "410", "422", "429", "503"]
    return {
        "seed": SEED,
        "cache": {"enabled": False},
        "dictionaries": {
            "numbers": {"values": [*NUMBERS, *OTHERS]},
            "codes": {"values": [*CODES.values(), *WRONG]},
            "keys": {"values": KEYS},
            "purposes": {"values": ["signup", "change_phone", "login"]},
            "channels": {"values": ["flashcall", "sms", "pigeon"]},
        },
        "parameters": {
            "body.phone_number": {"dictionary": "numbers", "probability": 0.8},
            "body.purpose": {"dictionary": "purposes", "probability": 0.9},
            "body.channel": {"dictionary": "channels", "probability": 0.9},
            "body.code": {"dictionary": "codes", "probability": 0.8},
            "header.Idempotency-Key": {"dictionary": "keys", "probability": 0.3},
        },
        "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
        # A well-formed number or code may still be refused: that is what the refusals are for.
        "checks": {
            "ignored_auth": {"enabled": tell_auth},  # which does not know of a cookie that we send
            "positive_data_acceptance": {"expected-statuses": refusals},
            "not_a_server_error": {"expected-statuses": ["2xx", "4xx", "503"]},
            "max_response_time": 10.0,
        },
        "operations": [
            # What was canceled is still there to be looked at: its state is `canceled`.
            {"include-path": OF_AN_ATTEMPT, "checks": {"use_after_free": {"enabled": False}}}
        ],
    }


def _add(outcome: Run, recorder: Any) -> None:
    for id, interaction in recorder.interactions.items():
        if interaction.response is None:
            continue
        case = recorder.cases[id].value
        outcome.cases += 1
        outcome.answers[case.operation.label, interaction.response.status_code] += 1
        if case.meta and case.meta.generation.mode.is_positive and _is_unreasoned(interaction.response):
            outcome.failures.append(f"{case.as_curl_command()} was well formed, and answered {interaction.response}")
    for node in itertools.chain.from_iterable(recorder.checks.values()):
        outcome.checks[node.name] += 1
        if node.status is Status.FAILURE:
            outcome.failures.append(_described(node))


def _is_unreasoned(response: Any) -> bool:
    """Tell whether it refuses the form of a request, and not what a field of it says."""
    body = response.json() if response.status_code in {400, 415} else {}
    return "detail" in body and "error" not in body


def _described(node: Any) -> str:
    failure = node.failure_info.failure
    return f"{node.name}: {failure.title}\n{failure.message}\n{node.failure_info.code_sample}"
