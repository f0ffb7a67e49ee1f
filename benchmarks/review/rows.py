"""The rows of a site in use: forty days of attempts with one and a half deliveries each, made by PostgreSQL itself.

People ask at day more than at night, for numbers of four countries, some again and again; six of ten enter the code,
flash calls that fail go on by SMS, what is delivered costs something, and every second verified number has an owner.
"""

from __future__ import annotations

from benchmarks import databases

DAYS = 40

# Each attempt's chance is drawn from a hash of its number, so that every run makes the same rows.
ATTEMPTS = """
INSERT INTO flashcall_verificationattempt
    (id, phone_number, phone_digest, region, purpose, user_id, owner, context_digest, language, status, checks,
     max_checks, created_at, expires_at, continue_until, verified_at, redeemed_at, ip_address, user_agent)
SELECT
    (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
        || '8' || substr(md5(n::text), 4, 15))::uuid,
    number, encode(sha256(number::bytea), 'hex'), region,
    CASE WHEN chance < 60 THEN 'signup' WHEN chance < 85 THEN 'login' WHEN chance < 95 THEN 'change_phone'
        ELSE 'transaction' END,
    CASE WHEN chance >= 50 THEN n %% %(users)s + 1 END, chance >= 80, '', 'uk',
    CASE WHEN verified THEN 'verified' WHEN chance < 64 THEN 'canceled' ELSE 'pending' END,
    CASE WHEN chance >= 92 THEN 3 ELSE n %% 3 END, 3, at, at + interval '5 min', at + interval '10 min',
    CASE WHEN verified THEN at + interval '25 s' END, CASE WHEN verified THEN at + interval '30 s' END,
    ('93.184.' || n %% 200 || '.' || chance)::inet, 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101'
FROM generate_series(1, %(attempts)s) n,
    LATERAL (SELECT ('x' || substr(md5('chance' || n), 1, 6))::bit(24)::int %% 100 AS chance) drawn,
    LATERAL (SELECT chance < 60 AND n %% 20 > 0 AS verified) entered,
    LATERAL (SELECT CASE WHEN chance < 80 THEN 'UA' WHEN chance < 90 THEN 'PL' WHEN chance < 96 THEN 'DE' ELSE 'MD' END,
        CASE WHEN chance < 80 THEN '+38067' WHEN chance < 90 THEN '+48512' WHEN chance < 96 THEN '+49151'
            ELSE '+37369' END) AS place (region, code),
    LATERAL (SELECT code || lpad((n * 7 %% (%(attempts)s * 2 / 3))::text, 7, '0') AS number) called,
    LATERAL (SELECT now() - (%(attempts)s - n) * %(seconds)s * interval '1 s'
        - abs(sin(n * 0.001)) * interval '1 s' - interval '2 min' AS at) moment
"""
DELIVERIES = """
INSERT INTO flashcall_delivery
    (id, attempt_id, channel, fallbacks, provider, status, code_digest, code_length, created_at, expires_at,
     provider_message_id, error_code, currency, cost, delivered_at, delivered_channel, polls, due_at)
SELECT
    (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(channel || a.id), 1, 3)
        || '8' || substr(md5(channel || a.id), 4, 15))::uuid,
    a.id, channel, '', 'default', sent.status, encode(sha256(a.id::text::bytea), 'hex'),
    CASE channel WHEN 'sms' THEN 6 ELSE 4 END, at, at + interval '90 s', md5(channel || a.id),
    CASE sent.status WHEN 'rejected' THEN 'rejected' ELSE '' END,
    CASE sent.status WHEN 'delivered' THEN 'UAH' ELSE '' END,
    CASE sent.status WHEN 'delivered' THEN CASE channel WHEN 'sms' THEN 0.69 ELSE 0.19 END END,
    CASE sent.status WHEN 'delivered' THEN at + interval '6 s' END, '', 4, NULL
FROM flashcall_verificationattempt a,
    LATERAL (SELECT ('x' || substr(md5('fate' || a.id), 1, 6))::bit(24)::int %% 100 AS fate) drawn,
    LATERAL (VALUES
        ('flashcall', created_at, CASE WHEN fate < 80 THEN 'delivered' WHEN fate < 90 THEN 'undeliverable'
            WHEN fate < 96 THEN 'unknown' WHEN fate < 98 THEN 'rejected' ELSE 'failed' END),
        ('sms', created_at + interval '22 s', CASE WHEN fate < 95 THEN 'delivered' ELSE 'undeliverable' END)
    ) AS sent (channel, at, status)
WHERE channel = 'flashcall' OR fate >= 50
ORDER BY at
"""
USERS = """
INSERT INTO auth_user
    (id, username, password, first_name, last_name, email, is_superuser, is_staff, is_active, date_joined)
SELECT n, 'user' || n, '', '', '', '', false, false, true, now() FROM generate_series(1, %(users)s) n
ON CONFLICT DO NOTHING
"""
USERS_END = "SELECT setval(pg_get_serial_sequence('auth_user', 'id'), max(id)) FROM auth_user"
PHONES = """
INSERT INTO flashcall_phonestatus (phone_number, user_id, verified_at, verified_channel, blocked_until, block_reason)
SELECT number, row_number() OVER () %% %(users)s + 1, at, 'flashcall',
    CASE WHEN row_number() OVER () %% 500 = 0 THEN now() + interval '3 days' END,
    CASE WHEN row_number() OVER () %% 500 = 0 THEN 'reported by its owner' ELSE '' END
FROM (SELECT phone_number AS number, max(verified_at) AS at FROM flashcall_verificationattempt
    WHERE status = 'verified' GROUP BY phone_number ORDER BY 2 LIMIT %(attempts)s / 2) verified
"""
LIMITS = """
INSERT INTO flashcall_limit (key, scope, label, maximum, period, count, ends_at)
SELECT encode(sha256((rate || n)::bytea), 'hex'), 'phone', '', maximum, length, n %% maximum + n %% 40 / 39,
    now() + length - n * interval '2 s'
FROM generate_series(1, %(attempts)s / 25) n,
    LATERAL (VALUES ('5/10m', 5, interval '10 min'), ('12/d', 12, interval '1 day')) AS rates (rate, maximum, length)
"""


def fill(database: str, *, attempts: int) -> None:
    """Put so many attempts, with what belongs to them, into an empty database."""
    parameters = {"attempts": attempts, "seconds": DAYS * 86400 / attempts, "users": max(attempts // 4, 1)}
    with databases.connect(database) as connection:
        connection.execute("SET session_replication_role = replica")  # foreign keys hold, and need not be looked up
        connection.execute("SET synchronous_commit = off")
        for statement in (USERS, USERS_END, ATTEMPTS, DELIVERIES, PHONES, LIMITS):
            connection.execute(statement, parameters)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def count(database: str) -> tuple[int, int]:
    """Return how many attempts and deliveries there are."""
    with databases.connect(database) as connection:
        tables = ("flashcall_verificationattempt", "flashcall_delivery")
        attempts, deliveries = (connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables)
    return attempts[0], deliveries[0]  # type: ignore[index]
