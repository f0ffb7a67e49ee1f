"""What the pages name is there: settings, checks, error codes, signals, functions, fields."""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path

import pytest
from django.conf import global_settings

from django_flashcall import conf, refusals, services
from django_flashcall.providers import smsbat_checks
from django_flashcall.providers.base import Status
from tests import doc_tables
from tests.docs.markdown import OURS, PAGES, ROOT, blocks, prose, title

QUOTED = re.compile(r"`([^`\n]+)`")
OTHERS = {
    # keys of ours below the first level
    *("CLASS", "OPTIONS", "SEND", "ID", "PARAMETERS", "LANGUAGES", "FLASHCALL", "RESULTS"),
    # Django's, its drivers', other packages'
    *("PHONENUMBER_DEFAULT_REGION", "DIRS", "REMOTE_ADDR", "IMMEDIATE", "DEFAULT_THROTTLE_RATES", "ATOMIC_REQUESTS"),
    # Android's
    *("PHONE_STATE", "READ_PHONE_STATE", "READ_CALL_LOG", "EXTRA_INCOMING_NUMBER"),
    # the environment's
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE"),
    # HTTP's and the pages' own
    *("GET", "POST", "DELETE", "ERROR", "UPDATE", "ARGS", "README", "CHANGELOG"),
}
SETTINGS = {
    *conf.DEFAULTS,
    *conf.PURPOSE_FLAGS,
    *smsbat_checks.DEFAULTS,
    *Status.__members__,
    *(name for name in vars(global_settings) if name.isupper()),
    *OTHERS,
}
SOURCE = "".join(
    path.read_text()
    for part in ("django_flashcall", "example_project", "benchmarks")
    for path in (ROOT / part).rglob("*.py")
)
TEMPLATES = {path.stem for path in (ROOT / "django_flashcall" / "templates").rglob("*.*")}
PERMISSIONS = {"view_verificationattempt", "view_phonestatus", "view_limit"}
"""Django's own, which no code of ours names; `test_docs_admin` looks them up."""
WORDS = {*re.findall(r"\w+", SOURCE), *TEMPLATES, *PERMISSIONS, "permission_classes"}

pages = pytest.mark.parametrize("page", OURS, ids=title)


@pages
def test_settings(page: Path) -> None:
    named = {word for quoted in QUOTED.findall(prose(page)) for word in re.findall(r"\b[A-Z][A-Z_]{2,}\b", quoted)}
    assert named <= SETTINGS


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_checks(page: Path) -> None:
    ids = set(re.findall(r"`(flashcall\.[EW]\d+)`", doc_tables.checks({})))
    assert set(re.findall(r"flashcall\.[EW]\d+", page.read_text())) <= ids


@pages
def test_names_in_lower_case(page: Path) -> None:
    named = {word for quoted in QUOTED.findall(prose(page)) for word in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", quoted)}
    shown = "".join(block.text for block in blocks(page))  # what it speaks of besides is in its own code
    assert named <= WORDS | {*re.findall(r"\w+", shown)}


@pages
def test_dotted_names(page: Path) -> None:
    for name in set(re.findall(r"\bdjango_flashcall(?:\.\w+)+", page.read_text())):
        assert pkgutil.resolve_name(name)
    for name in re.findall(r"\bservices\.(\w+)\(", page.read_text()):
        assert hasattr(services, name)


@pages
def test_error_codes(page: Path) -> None:
    assert set(re.findall(r'"error": "(\w+)"', page.read_text())) <= refusals.STATUS.keys()
