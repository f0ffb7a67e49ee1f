"""For a host with ATOMIC_REQUESTS: DRF rolls back requests, and not the transaction that a test runs in.

DRF takes any transaction for the request's, and would leave the test without a database.
"""

from __future__ import annotations

from django.db import connections
from rest_framework import views


def set_rollback() -> None:
    for connection in connections.all():
        blocks = [block for block in connection.atomic_blocks if not block._from_testcase]
        if connection.settings_dict["ATOMIC_REQUESTS"] and blocks:
            connection.set_rollback(True)


views.set_rollback = set_rollback
