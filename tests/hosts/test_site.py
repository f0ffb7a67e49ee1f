"""What holds of every host: `test_hosts` runs it on each."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core import checks
from django.core.management import call_command

from django_flashcall.models import transactions


def test_the_system_checks_find_no_error() -> None:
    found = checks.run_checks(databases=[transactions.database()])
    assert not [message for message in found if message.level >= checks.ERROR]


@pytest.mark.django_db
def test_no_migration_is_pending() -> None:
    call_command("makemigrations", "flashcall", check=True, dry_run=True, stdout=StringIO())
