"""The OpenAPI document: all that is in it happens, and all that happens is in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.urls import include, path
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from django_flashcall.api.views import VerificationsView
from django_flashcall.refusals import DETAIL, STATUS
from tests.api.client import ROOT, Case, document, documented_cases, operations
from tests.api.stage import PLAYS, Stage
from tests.api.stage_of_all import PLAYS_OF_ALL

pytestmark = pytest.mark.django_db

ROOT_FOLDER = Path(__file__).resolve().parents[2]
ALL_PLAYS = PLAYS_OF_ALL | PLAYS


@pytest.mark.parametrize("case", ALL_PLAYS, ids=lambda case: "-".join(str(part) for part in case if part))
def test_what_is_documented_happens(case: Case, request: pytest.FixtureRequest) -> None:
    assert ALL_PLAYS[case](Stage(request)).case == case


def test_what_happens_is_documented_and_nothing_else() -> None:
    assert documented_cases() == set(ALL_PLAYS)


def test_every_error_code_happens_somewhere() -> None:
    assert {error for _operation, _status, error in ALL_PLAYS if error} == set(STATUS) == set(DETAIL)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.1"])
def test_the_document_is_well_formed_and_nothing_in_it_was_guessed(version: str) -> None:
    reset_generator_stats()
    with patched_settings({"OAS_VERSION": version}):
        generator = SchemaGenerator(patterns=[path("phone/", include("django_flashcall.api.urls"))])
        generated = generator.get_schema(request=None, public=True)
        validate_schema(generated)
    assert generated["openapi"] == version
    assert not GENERATOR_STATS


@pytest.mark.parametrize("name", [name for name, operation in operations().items() if "requestBody" in operation])
def test_every_request_has_an_example(name: str) -> None:
    (content,) = operations()[name]["requestBody"]["content"].values()
    assert content["examples"]


@pytest.mark.parametrize("name", operations())
def test_its_examples_are_what_they_are_examples_of(name: str) -> None:
    operation = operations()[name]
    for message in [operation.get("requestBody", {}), *operation["responses"].values()]:
        for content in message.get("content", {}).values():
            validator = Draft202012Validator({**content["schema"], "components": document()["components"]})
            for example in content.get("examples", {}).values():
                validator.validate(example["value"])


def test_its_names_are_its_own() -> None:
    assert all(name.startswith("flashcall_") for name in operations())
    assert all(name.startswith("Flashcall") for name in document()["components"]["schemas"])


def test_a_sites_own_view_made_of_ours_is_documented_too() -> None:
    class SiteView(VerificationsView):
        """Where our site starts attempts."""

    patterns = [path("start/", SiteView.as_view())]
    generated: dict[str, Any] = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
    assert set(generated["paths"]["/start/"]["post"]["responses"]) == set(operations()["flashcall_start"]["responses"])


def test_a_host_may_do_without_drf_spectacular() -> None:
    script = """
import sys
sys.modules["drf_spectacular"] = None
from tests import settings as ours
values = {name: getattr(ours, name) for name in dir(ours) if name.isupper()}
values["INSTALLED_APPS"] = [name for name in ours.INSTALLED_APPS if name != "drf_spectacular"]
values["REST_FRAMEWORK"] = {}
import django
from django.conf import settings
settings.configure(**values)
django.setup()
import django_flashcall.api.urls
print("django_flashcall.api.schema" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT_FOLDER)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_the_paths_are_those_of_the_api() -> None:
    assert set(document()["paths"]) == {
        f"{ROOT}verifications/",
        f"{ROOT}verifications/{{attempt_id}}/",
        f"{ROOT}verifications/{{attempt_id}}/verify/",
        f"{ROOT}verifications/{{attempt_id}}/fallback/",
        f"{ROOT}phones/",
    }
