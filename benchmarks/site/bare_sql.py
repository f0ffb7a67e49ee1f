"""The table and the two statements of the bare view."""

TABLE = """
CREATE TABLE bare_attempt (
    id uuid PRIMARY KEY,
    phone_number varchar(16) NOT NULL,
    digest varchar(64) NOT NULL,
    status varchar(8) NOT NULL,
    checks smallint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
)
"""
INSERT = """
INSERT INTO bare_attempt (id, phone_number, digest, status, checks, created_at, expires_at)
VALUES (%s, %s, %s, 'pending', 0, now(), now() + interval '90 seconds')
"""
JUDGE = """
UPDATE bare_attempt
SET checks = checks + 1, status = CASE WHEN digest = %s THEN 'verified' ELSE status END
WHERE id = %s AND status = 'pending' AND checks < 3 AND expires_at > now()
RETURNING status, 3 - checks
"""
