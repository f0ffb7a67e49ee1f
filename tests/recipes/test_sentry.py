"""docs/recipes/sentry.md, with the real sentry-sdk: no event has a code, a number or a proof."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from django_flashcall.contrib.sentry import scrubbed
from tests.recipes.pages import ROOT, Page

PAGE = Page("sentry")
NEITHER, SCRUBBED, OWN_FIELDS = PAGE.blocks("python")
AS_INSTALLED = "import sentry_sdk\nsentry_sdk.init(dsn=os.environ['SENTRY_DSN'])"
TRACED = {"traces_sample_rate": 1.0}


def told(init: str, **options: Any) -> dict[str, Any]:
    """Return what a site that initialised Sentry so told it when things went wrong."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE_"))}
    environment = plain | {"SENTRY_OPTIONS": json.dumps(options)}
    command = [sys.executable, "-m", "tests.recipes.sentry_site"]
    done = subprocess.run(command, cwd=ROOT, env=environment, input=init, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["statuses"] == [500, 500, 201, 201, 503, 503, 200, 500, 503, 404, 500]
    return found


def leaks(found: dict[str, Any]) -> set[str]:
    text = json.dumps(found["events"], ensure_ascii=False)
    return {name for name, secret in found["secrets"].items() if secret in text}


def variables(found: dict[str, Any]) -> str:
    raised = [value for event in found["events"] for value in event.get("exception", {}).get("values", ())]
    return json.dumps([value.get("stacktrace") for value in raised])


@pytest.mark.slow
def test_as_it_is_installed_it_has_them() -> None:
    found = told(AS_INSTALLED)
    assert {"code", "proof", "number", "number in a form", "number in a sentence", "webhook's secret"} <= leaks(found)
    assert len(found["events"]) >= 8


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, TRACED], ids=["errors", "traces"])
@pytest.mark.parametrize("init", [NEITHER, SCRUBBED], ids=["neither", "scrubbed"])
def test_no_event_has_one(init: str, options: dict[str, Any]) -> None:
    found = told(init, **options)
    assert leaks(found) == set()
    assert len(found["events"]) >= 8


@pytest.mark.slow
def test_what_has_nothing_to_do_with_it_keeps_its_variables() -> None:
    assert "marker-of-a-variable" in variables(told(SCRUBBED))
    assert "marker-of-a-variable" not in variables(told(NEITHER))


def test_fields_of_ones_own_are_added_as_it_is_shown() -> None:
    known: dict[str, Any] = {"scrubbed": scrubbed}
    exec(OWN_FIELDS, known)
    event = {"request": {"data": {"mobile": "050 123 45 03", "name": "Olena"}}}
    assert known["before_send"](event, {}) == {"request": {"data": {"mobile": "[Filtered]", "name": "Olena"}}}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"request": None, "exception": None, "threads": {"values": None}},
        {"request": {"data": "not JSON"}, "stacktrace": {"frames": None}},
        {"exception": {"values": [{"stacktrace": None}, {"stacktrace": {"frames": [{"module": None, "vars": {}}]}}]}},
    ],
)
def test_an_event_of_any_shape_is_let_through(event: dict[str, Any]) -> None:
    assert scrubbed(copy.deepcopy(event), {}) == event


def test_a_secret_is_found_however_deep() -> None:
    event = {"request": {"data": {"people": [{"phone_number": "0501234503"}, {"name": "Olena"}]}}}
    assert scrubbed(event)["request"]["data"] == {"people": [{"phone_number": "[Filtered]"}, {"name": "Olena"}]}


def raised(module: str) -> dict[str, Any]:
    """An exception in a module, with a variable."""
    frame = {"module": module, "vars": {"entered": "4821"}}
    return {"values": [{"type": "KeyError", "value": "x", "stacktrace": {"frames": [frame]}}]}


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        ({"exception": raised("django_flashcall.services.verifying")}, False),
        ({"threads": raised("django_flashcall.services.verifying")}, False),
        ({"exception": raised("shop.views"), "request": {"data": {"proof": "x"}}}, False),
        ({"exception": raised("shop.views"), "request": {"data": {"name": "Olena"}}}, True),
        ({"exception": raised("django_flashcallers.views")}, True),
    ],
)
def test_what_is_about_a_verification_has_no_variables(event: dict[str, Any], kept: bool) -> None:
    assert ("4821" in json.dumps(scrubbed(event, {}))) is kept


@pytest.mark.django_db
def test_no_sentence_quotes_a_proof(proof: Any) -> None:
    fresh = proof("+380501234503", "signup")
    event = {"logentry": {"formatted": f"no {fresh}!"}, "breadcrumbs": {"values": [{"message": f"?proof={fresh}"}]}}
    assert scrubbed(event) == {
        "logentry": {"formatted": "no [Filtered]!"},
        "breadcrumbs": {"values": [{"message": "?proof=[Filtered]"}]},
    }
