"""What the site around the package has to be."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage
from django.db import connections

from django_flashcall.models import transactions
from django_flashcall.problems import problem


def time_zones() -> Iterator[CheckMessage]:
    """Judge USE_TZ."""
    if not settings.USE_TZ:
        yield problem("flashcall.E006", "USE_TZ")


def sqlite() -> Iterator[CheckMessage]:
    """Judge how the database that holds our tables begins its transactions. Nothing is connected."""
    alias = transactions.database()
    connection = connections[alias]
    options = connection.settings_dict["OPTIONS"]
    immediate = str(options.get("transaction_mode")).upper() in {"IMMEDIATE", "EXCLUSIVE"}
    if connection.vendor == "sqlite" and connection.settings_dict["ATOMIC_REQUESTS"] and not immediate:
        yield problem("flashcall.W007", f"DATABASES[{alias!r}]")
