"""Thousands of cases made of the OpenAPI document: none is answered otherwise than it says, and none with a 500."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.servers.basehttp import WSGIRequestHandler
from django.test import Client

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

EXAMPLES = 480
"""Random ones, for each operation and caller."""
FEWEST = 1700
"""Cases for each of the three callers, so 5,100 altogether."""
STATUSES = {200, 201, 204, 400, 403, 404, 405, 409, 410, 415, 422, 429, 503}
OF_THE_SIGNED_IN = {422}
CHECKS = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "object_level_authorization",
    "max_response_time",
}
PASSWORD = "a-word-that-only-olena-knows"
HIGH = "1000000/h"


@pytest.fixture
def site(flashcall: Any) -> None:
    """Limits that leave room for thousands of cases, but for a number's own."""
    flashcall(
        PROVIDERS={"default": {"CLASS": "tests.api.contract.PredictableProvider"}},
        LIMITS={"phone": "20/h", "owner": "20/h", "ip": HIGH, "user": HIGH, "prefix": HIGH, "site": HIGH},
        COOLDOWN=0,
        FALLBACK_AFTER=0,
        RISK_CHECK="tests.api.contract.risk_check",
    )


@pytest.fixture(params=["anonymous", "by password", "by session"])
def caller(request: pytest.FixtureRequest) -> dict[str, str]:
    """How olena says who she is, if she does."""
    olena = get_user_model().objects.create_user("olena", password=PASSWORD)
    client = Client()
    client.force_login(olena)
    return {
        "anonymous": {},
        "by password": {"password": PASSWORD},
        "by session": {"session": client.session.session_key or ""},
    }[request.param]


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server of a test send a body without waiting for its head to be acknowledged, which takes 40 ms."""
    monkeypatch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)


def test_every_case_is_answered_as_documented(
    site: None, prompt: None, live_server: Any, caller: dict[str, str]
) -> None:
    """What an anonymous caller may not do is looked at beside one with a password; a cookie that we send is unknown to
    schemathesis as a way to sign in. An attempt that was canceled can still be read, so it is not looked for as gone.
    Webhooks are addresses that only a provider has; they are not in the document, and have tests of their own.
    """
    from tests.api.contract import run  # which takes two seconds, and most runs of the suite leave this test out

    outcome = run(live_server.url, EXAMPLES, **caller)
    statuses: Counter[int] = Counter()
    for (_operation, status), count in outcome.answers.items():
        statuses[status] += count
    counted = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    print(f"{outcome.cases} cases: {counted}; {sum(outcome.checks.values())} checks")
    assert not outcome.failures, f"{len(outcome.failures)} failures:\n\n" + "\n\n".join(outcome.failures[:10])
    assert outcome.checks.keys() >= (CHECKS | {"ignored_auth"} if "password" in caller else CHECKS)
    assert outcome.cases >= FEWEST
    assert statuses.keys() >= (STATUSES if caller else STATUSES - OF_THE_SIGNED_IN)
