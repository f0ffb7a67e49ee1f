"""The databases of the contestants, on the server that DATABASE_URL names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from benchmarks.processes import ROOT, children, environment
from benchmarks.site import bare_sql

TABLES = "flashcall_delivery, flashcall_verificationattempt, flashcall_phonestatus, flashcall_limit, bare_attempt"
MODEL = "benchmark_model"
"""The empty database of which the others are copies."""


def connect(database: str) -> psycopg.Connection:
    server = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}")
    return psycopg.connect(server.geturl().replace("postgres:", "postgresql:", 1), autocommit=True)


def create_model(settings: str = "benchmarks.site.settings") -> None:
    """Create the tables; autovacuum is off, so that it takes nobody's time but that of the resets."""
    with connect("postgres") as server:
        server.execute("ALTER SYSTEM SET autovacuum = off")
        server.execute("SELECT pg_reload_conf()")
        server.execute(f"DROP DATABASE IF EXISTS {MODEL}")
        server.execute(f"CREATE DATABASE {MODEL}")
    command = [sys.executable, "-m", "django", "migrate", "-v0"]
    env = environment(MODEL) | {"DJANGO_SETTINGS_MODULE": settings}
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    with connect(MODEL) as model:
        model.execute(bare_sql.TABLE)


def version() -> str:
    with connect("postgres") as server:
        (version,) = server.execute("SHOW server_version").fetchone()  # type: ignore[misc]
    return str(version)


def create(database: str) -> None:
    with connect("postgres") as server:
        server.execute(f"DROP DATABASE IF EXISTS {database}")
        server.execute(f"CREATE DATABASE {database} TEMPLATE {MODEL}")


def pass_cooldown(database: str) -> None:
    """Let every number be sent to again."""
    with connect(database) as connection:
        connection.execute("UPDATE flashcall_limit SET ends_at = now() WHERE scope = 'cooldown'")
        connection.execute("VACUUM flashcall_limit")


def processes() -> list[int]:
    """Return the ids of the server's processes."""
    with connect("postgres") as server:
        (folder,) = server.execute("SHOW data_directory").fetchone()  # type: ignore[misc]
    postmaster = int((Path(folder) / "postmaster.pid").read_text().split("\n", 1)[0])
    return [postmaster, *children(postmaster)]


def reset(database: str, *, attempts: int = 1_000) -> None:
    """Leave in the tables what `attempts` of other numbers left in the course of 29 days.

    Never none: of an empty table the planner expects that it stays so.
    """
    with connect(database) as connection:
        connection.execute(f"TRUNCATE {TABLES}")
        for statement in STORED:
            connection.execute(statement, {"attempts": attempts, "seconds": 29 * 86400 / attempts})
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


STORED = (
    """
    INSERT INTO flashcall_verificationattempt
        (id, phone_number, phone_digest, region, purpose, owner, context_digest, language, status, checks, max_checks,
         created_at, expires_at, continue_until, verified_at, redeemed_at, ip_address, user_agent)
    SELECT
        (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
            || '8' || substr(md5(n::text), 4, 15))::uuid,
        '+38063' || lpad(n::text, 7, '0'), md5(n::text) || md5((-n)::text), 'UA', 'signup', false, '', 'en',
        CASE WHEN n %% 2 = 0 THEN 'verified' ELSE 'pending' END, n %% 3, 3,
        at, at + interval '90 s', at + interval '600 s',
        CASE WHEN n %% 2 = 0 THEN at + interval '20 s' END, CASE WHEN n %% 2 = 0 THEN at + interval '25 s' END,
        '93.184.216.34', 'benchmark'
    FROM generate_series(1, %(attempts)s) n,
        LATERAL (SELECT now() - (%(attempts)s - n) * %(seconds)s * interval '1 s' - interval '1 hour' AS at) moment
    """,
    """
    INSERT INTO flashcall_delivery
        (id, attempt_id, channel, fallbacks, provider, status, code_digest, code_length, created_at, expires_at,
         provider_message_id, error_code, currency, delivered_channel, polls)
    SELECT id, id, 'flashcall', '', 'default', 'accepted', phone_digest, 4, created_at, expires_at, id::text, '', '',
        '', 0
    FROM flashcall_verificationattempt ORDER BY created_at
    """,
    """
    INSERT INTO auth_user
        (id, username, password, first_name, last_name, email, is_superuser, is_staff, is_active, date_joined)
    SELECT n, n::text, '', '', '', '', false, false, true, now() FROM generate_series(1, %(attempts)s / 2) n
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO flashcall_phonestatus (phone_number, user_id, verified_at, verified_channel, block_reason)
    SELECT phone_number, row_number() OVER (), verified_at, 'flashcall', ''
    FROM flashcall_verificationattempt WHERE status = 'verified'
    """,
    """
    INSERT INTO flashcall_limit (key, scope, label, maximum, period, count, ends_at)
    SELECT md5(rate || phone_number) || md5(phone_number || rate), 'phone', '', 12, interval '1 day', 1,
        created_at + interval '1 day'
    FROM flashcall_verificationattempt, unnest(ARRAY['1/30s', '5/10m', '12/d']) rate
    """,
)
"""Three rows of limits, of which the last one ends a day later, are what a number leaves."""
