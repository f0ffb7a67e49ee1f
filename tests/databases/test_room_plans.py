"""With 200,000 attempts no page and no filter of the admin reads a table of ours from its beginning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from django_flashcall.admin import attempts, finding
from django_flashcall.admin.states import STATES
from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.breakers import RUN, Breaker
from django_flashcall.models.clock import in_seconds
from tests.databases import load
from tests.databases.plans import Plans
from tests.room.conftest import url

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on("postgresql", why="the plans are PostgreSQL's"),
]

LOOKED_THROUGH = 500
"""Attempts that a filter looks through in these tests, so that what goes beyond them is seen at once."""
LIST = "/admin/flashcall/verificationattempt/"


@pytest.fixture(scope="module", autouse=True)
def month(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        load.load()
        yield
        load.unload()


@pytest.fixture
def browser(db: None) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root", id=99_999))
    return client


@pytest.fixture(autouse=True)
def short_look(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (attempts, finding):
        monkeypatch.setattr(module, "LOOKED_THROUGH", LOOKED_THROUGH)


FILTERS = [
    *(f"?state={state}" for state in STATES),
    *("?channel=flashcall", "?channel=sms", "?purpose=login", "?region=UA"),
    *("?state=failed&channel=sms&purpose=signup&region=UA&created=30d", "?q=9999", "?q=user5"),
]


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_reads_no_more_than_it_looks_through(browser: Client, query: str) -> None:
    plans = Plans({load.TABLES["attempts"], load.TABLES["deliveries"]})
    with plans.watch():
        assert browser.get(LIST + query).status_code == 200
    assert plans.statements and not plans.scanned
    assert max(plans.most.values()) <= 10 * LOOKED_THROUGH, plans.most


@pytest.mark.parametrize("query", ["", "?created=30d", "?purpose=login"])
def test_a_list_reads_the_deliveries_of_its_own_rows_alone(browser: Client, query: str) -> None:
    newest = VerificationAttempt.objects.order_by("-pk").values("pk")[:200]
    live = {"status": "pending", "checks": 0, "verified_at": None, "redeemed_at": None, "expires_at": in_seconds(60)}
    assert VerificationAttempt.objects.filter(pk__in=newest).update(**live)  # so their deliveries have to be asked
    plans = Plans({load.TABLES["deliveries"]})
    with plans.watch():
        assert browser.get(LIST + query).status_code == 200
    assert plans.statements and not plans.scanned


def test_the_breakers_are_found_among_the_limits(browser: Client) -> None:
    for _ in range(RUN):
        Breaker("default", 0, 0).count_failure(Limit.objects.all(), "timeout", at_once=False)
    plans = Plans({load.TABLES["limits"]})
    with plans.watch():
        answer = browser.get("/admin/flashcall/limit/?kind=breaker")
    assert [limit.label for limit in answer.context["cl"].result_list] == ["default"]
    assert plans.statements and not plans.scanned
    assert max(plans.most.values()) < 10, plans.most


def test_the_pages_of_an_attempt_and_a_number(browser: Client) -> None:
    attempt = VerificationAttempt.objects.filter(phone_number=load.BUSY).first()
    status = PhoneStatus.objects.get(phone_number="+380630001234")
    for page in (url("change", attempt), url("change", status), browser.get(url("same_number", attempt)).url):
        plans = Plans({load.TABLES[name] for name in ("attempts", "deliveries", "limits", "statuses")})
        with plans.watch():
            assert browser.get(page).status_code == 200
        assert plans.statements and not plans.scanned, page
