"""How often a server had to end somebody's transaction."""

from __future__ import annotations

from django.db import connection

COUNT = {
    "postgresql": "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
    "mysql": "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'Innodb_deadlocks'",
    "sqlite": "SELECT 0",
}
"""By vendor. SQLite has one writer, and so no deadlock."""


def deadlocks() -> int:
    """Return the deadlocks that the server has counted so far."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT[connection.vendor])
        return int(cursor.fetchone()[0])
