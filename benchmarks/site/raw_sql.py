"""The statements of the app, written by hand and in its order. `make bench` stops where they are no longer the same."""

SCOPES = ["cooldown 1/30s", "phone 1", "phone 2", "ip 1", "prefix 1", "site 1", "site 2"]
"""The rates that a new attempt is counted in. The row of the provider's breaker is read with theirs."""
ALLOWED = 100_000_000

KEYS = ", ".join(["%s"] * len(SCOPES))

READ = f"""
SELECT key, count, ends_at - statement_timestamp(),
    (SELECT user_id FROM flashcall_phonestatus
     WHERE phone_number = %s AND user_id IS NOT NULL AND verified_at IS NOT NULL LIMIT 1),
    EXISTS (SELECT 1 FROM flashcall_phonestatus
            WHERE phone_number = %s AND blocked_until > statement_timestamp() LIMIT 1)
FROM flashcall_limit WHERE key IN ({KEYS}, %s)
"""
ROW = "(%s, %s, '', %s, %s, 1, statement_timestamp() + %s)"
TAKE = f"""
INSERT INTO flashcall_limit (key, scope, label, maximum, period, count, ends_at)
VALUES {", ".join([ROW] * len(SCOPES))}
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN flashcall_limit.ends_at <= statement_timestamp() THEN 1 ELSE flashcall_limit.count + 1 END,
    ends_at = CASE WHEN flashcall_limit.ends_at <= statement_timestamp()
        THEN statement_timestamp() + flashcall_limit.period ELSE flashcall_limit.ends_at END
WHERE flashcall_limit.ends_at <= statement_timestamp()
    OR flashcall_limit.count
        < CASE flashcall_limit.key WHEN %s THEN %s WHEN %s THEN %s ELSE flashcall_limit.maximum END
"""
GRANT = """
SELECT status, checks, max_checks, expires_at - statement_timestamp(), continue_until - statement_timestamp()
FROM flashcall_verificationattempt
WHERE NOT id = %s AND phone_number = %s AND NOT owner AND expires_at > statement_timestamp() - interval '1 day'
ORDER BY created_at DESC, id DESC
"""
LEAVE_CHECKS = "UPDATE flashcall_verificationattempt SET max_checks = %s WHERE id = %s"
ADD_ATTEMPT = """
INSERT INTO flashcall_verificationattempt
    (id, phone_number, phone_digest, region, purpose, user_id, owner, context_digest, language, status, checks,
     max_checks, ip_address, user_agent, idempotency_digest, created_at, expires_at, continue_until)
VALUES (%s, %s, %s, %s, 'signup', NULL, false, '', %s, 'pending', 0, %s, %s, %s, NULL,
    statement_timestamp(), statement_timestamp() + interval '90 s', statement_timestamp() + interval '600 s')
"""
ADD_DELIVERY = """
INSERT INTO flashcall_delivery
    (id, attempt_id, channel, fallbacks, provider, status, code_digest, code_length, error_code, provider_message_id,
     currency, delivered_channel, polls, created_at, expires_at, due_at)
VALUES (%s, %s, 'flashcall', '', 'default', 'created', %s, 4, '', '', '', '', 0,
    statement_timestamp(), statement_timestamp() + interval '90 s', statement_timestamp() + interval '30 s')
"""
SETTLE = """
UPDATE flashcall_delivery SET status = 'accepted', error_code = '', provider_message_id = %s, code_digest = %s,
    due_at = statement_timestamp() + interval '5 s'
WHERE id = %s AND status = 'created'
"""
STANDING = """
SELECT a.id, a.status, a.purpose, a.phone_number, a.checks, a.max_checks, d.channel, d.status, d.code_digest,
    d.code_length, statement_timestamp() - d.created_at, d.expires_at - statement_timestamp(),
    a.expires_at - statement_timestamp(), a.continue_until - statement_timestamp(),
    statement_timestamp() - a.verified_at,
    a.region, a.user_id, a.owner, a.context_digest, a.language, a.redeemed_at, d.id, d.attempt_id, d.provider,
    d.expires_at
FROM flashcall_delivery d JOIN flashcall_verificationattempt a ON d.attempt_id = a.id
WHERE d.attempt_id = %s ORDER BY d.created_at, d.id
"""
SPEND_CHECK = """
UPDATE flashcall_verificationattempt SET checks = checks + 1
WHERE id = %s AND checks = %s AND status = 'pending' AND checks < max_checks AND expires_at > statement_timestamp()
"""
