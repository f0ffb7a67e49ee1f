"""What holds of every host: `test_hosts` runs it on each."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core import checks
from django.core.management import call_command
from django.db import connections, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_flashcall import services
from django_flashcall.models import PhoneStatus, VerificationAttempt, transactions
from tests.api.client import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def using() -> str:
    """The database that has our tables."""
    return transactions.database()


def test_the_system_checks_find_no_error(using: str) -> None:
    found = checks.run_checks(databases=[using])
    assert not [message for message in found if message.level >= checks.ERROR]


def test_no_migration_is_pending() -> None:
    call_command("makemigrations", "flashcall", check=True, dry_run=True, stdout=StringIO())


def test_our_tables_are_on_one_database(attempt: VerificationAttempt, using: str) -> None:
    homes = {
        alias
        for alias in connections
        if connections[alias].vendor != "unknown"
        and any(name.startswith("flashcall_") for name in connections[alias].introspection.table_names())
    }
    assert homes == {using}


@pytest.mark.django_db(transaction=True)
def test_what_counts_refuses_a_transaction_on_our_database(
    attempt: VerificationAttempt, phone: str, code: Any, outbox: list[Any], using: str
) -> None:
    with transaction.atomic(using=using):
        for ask in (
            lambda: services.verify(attempt.pk, code=code()),
            lambda: services.request_verification(phone),
            lambda: services.fall_back(attempt.pk),
        ):
            with pytest.raises(RuntimeError, match="non_atomic_requests"):
                ask()
    assert len(outbox) == 1


def test_a_consumer_that_rolls_our_database_back_leaves_the_proof_unused(
    attempt: VerificationAttempt, code: Any, user: Any, using: str
) -> None:
    proof = services.verify(attempt.pk, code=code()).proof
    with transaction.atomic(using=using):
        services.redeem(proof, purpose="signup", user=user)
        transaction.set_rollback(True, using=using)
    assert not PhoneStatus.objects.exists()
    services.redeem(proof, purpose="signup", user=user)


def test_verifying_is_told_when_our_database_has_committed(
    attempt: VerificationAttempt, code: Any, sent_signals: list[Any], using: str
) -> None:
    with TestCase.captureOnCommitCallbacks(using=using, execute=True):
        services.verify(attempt.pk, code=code())
        assert "attempt_verified" not in dict(sent_signals)
    assert dict(sent_signals)["attempt_verified"]["attempt"] == attempt


def test_a_code_costs_two_statements_all_of_them_on_our_database(
    attempt: VerificationAttempt, code: Any, wrong: Any, using: str
) -> None:
    with CaptureQueriesContext(connections[using]) as captured:
        services.verify(attempt.pk, code=wrong(code()))
    assert [query["sql"].split()[0] for query in captured] == ["SELECT", "UPDATE"]


def test_the_addresses_on_a_page_are_below_the_sites_own(client: Any, settings: Any) -> None:
    settings.DEBUG = True
    root = (settings.FORCE_SCRIPT_NAME or "") + "/"
    page = client.get(reverse("flashcall_sandbox:handset"), {"number": "+380501234503"}).content.decode()
    addresses = re.findall(r' (?:href|src|action|data-events)="([^"?]+)', page)
    assert len(addresses) == 5
    assert all(address.startswith((f"{root}sandbox/", f"{root}static/")) for address in addresses)


def test_the_whole_way(api: Api, phone: str, user: Any, code: Any, age: Any, outbox: list[Any]) -> None:
    api.force_login(user)
    attempt_id = api.start(phone).body["id"]
    age(20)
    assert api.fallback(attempt_id).status_code == 201
    proof = api.verify(attempt_id, code=code()).body["proof"]
    assert [api.own(proof).status_code for _ in range(2)] == [200, 400]
    assert [one["phone_number"] for one in api.phones().body] == [phone]
    assert [message.channel for message in outbox] == ["flashcall", "sms"]
