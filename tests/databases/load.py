"""A site that has been in use for a month, made in a few seconds by PostgreSQL itself."""

from __future__ import annotations

from django.db import connection

from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt

ATTEMPTS, DELIVERIES, LIMITS, STATUSES, USERS = 200_000, 300_000, 50_000, 100_000, 1_000
BUSY = "+380501234503"
"""A number with many attempts: one in each hour."""
TABLES = {
    "attempts": VerificationAttempt._meta.db_table,
    "deliveries": Delivery._meta.db_table,
    "limits": Limit._meta.db_table,
    "statuses": PhoneStatus._meta.db_table,
    "users": PhoneStatus._meta.get_field("user").related_model._meta.db_table,
}

LOAD = """
SET session_replication_role = replica;  -- foreign keys hold, and need not be looked up

INSERT INTO {users} (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
    date_joined)
SELECT n, '', false, 'user' || n, '', '', '', false, true, now() FROM generate_series(1, {USERS}) n;

INSERT INTO {statuses} (phone_number, user_id, verified_at, verified_channel, block_reason)
SELECT '+38063' || lpad(n::text, 7, '0'), n % {USERS} + 1, now() - n * interval '20 s', 'flashcall', ''
FROM generate_series(1, {STATUSES}) n;

INSERT INTO {attempts} (id, phone_number, phone_digest, region, purpose, user_id, owner, context_digest, language,
    status, checks, max_checks, created_at, expires_at, continue_until, verified_at, user_agent)
SELECT md5('attempt' || n)::uuid, CASE WHEN n % 280 = 0 THEN '{BUSY}' ELSE '+38063' || lpad((n / 2)::text, 7, '0') END,
    encode(sha256(n::text::bytea), 'hex'), 'UA', 'signup', NULL, false, '', 'uk',
    CASE WHEN n % 3 = 0 THEN 'verified' ELSE 'pending' END, n % 3, 3, start, start + interval '90 s',
    start + interval '10 min', CASE WHEN n % 3 = 0 THEN start + interval '20 s' END, 'Mozilla/5.0'
FROM generate_series(1, {ATTEMPTS}) n, LATERAL (SELECT now() - n * interval '13 s') AS at (start);

INSERT INTO {deliveries} (id, attempt_id, channel, fallbacks, provider, status, code_digest, code_length, created_at,
    expires_at, provider_message_id, error_code, currency, delivered_channel, polls, due_at)
SELECT md5('delivery' || n)::uuid, md5('attempt' || (n % {ATTEMPTS} + 1))::uuid,
    CASE WHEN n > {ATTEMPTS} THEN 'sms' ELSE 'flashcall' END, '', 'default', 'accepted',
    encode(sha256(n::text::bytea), 'hex'), 4, start, start + interval '90 s', md5(n::text), '', '', '', 16,
    CASE WHEN n % 2 = 0 THEN now() + interval '1 h' + n * interval '1 s' END
FROM generate_series(1, {DELIVERIES}) n, LATERAL (SELECT now() - (n % {ATTEMPTS} + 1) * interval '13 s') AS at (start);

INSERT INTO {limits} (key, scope, label, maximum, period, count, ends_at)
SELECT encode(sha256(n::text::bytea), 'hex'), 'phone', '', 5, interval '10 min', n % 5, now() - n * interval '5 s'
FROM generate_series(1, {LIMITS}) n;

SET session_replication_role = DEFAULT;
ANALYZE {attempts}, {deliveries}, {limits}, {statuses}, {users};
"""


def load() -> None:
    sizes = {name: value for name, value in globals().items() if name.isupper() and name not in {"LOAD", "TABLES"}}
    with connection.cursor() as cursor:
        cursor.execute(LOAD.format(**TABLES, **sizes))


def unload() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES.values())} CASCADE")
