"""Judging a code."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import connections, transaction

from django_flashcall import codes, proofs
from django_flashcall.codes import Code
from django_flashcall.conf import Purpose, secrets
from django_flashcall.exceptions import AttemptClosed, AttemptNotFound
from django_flashcall.models import Delivery, Standing, VerificationAttempt, transactions
from django_flashcall.proofs import Proof
from django_flashcall.services import finding
from django_flashcall.signals import attempt_exhausted, attempt_verified

PENDING, VERIFIED = VerificationAttempt.Status.PENDING, VerificationAttempt.Status.VERIFIED


class OutcomeStatus(StrEnum):
    """What became of an entered code."""

    VERIFIED = "verified"
    INVALID_CODE = "invalid_code"
    MALFORMED = "malformed"
    """It cannot be a code of this attempt. No check was spent."""
    ALREADY_VERIFIED = "already_verified"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    FAILED = "failed"
    CANCELED = "canceled"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Outcome:
    """What `verify` returns. It is returned and not raised, so that no rollback gives a check back."""

    status: OutcomeStatus
    checks_left: int = 0
    attempt: VerificationAttempt | None = None
    """None where nothing was found."""
    proof: str | None = field(default=None, repr=False)
    """Where the status is `verified`."""


def verify(
    attempt_id: object,
    *,
    code: object = None,
    caller_id: object = None,
    user: Any = None,
    durable: bool = True,
) -> Outcome:
    """Judge a code, or the caller ID that rang, and return the outcome.

    Give one of `code` (as typed) and `caller_id` (in any form a network presents it). A wrong one spends a check; the
    right one settles the attempt, once, and `redeem` makes something of its proof. The right one again, while the
    proof is unused and in age, gives the same proof, so that a lost reply loses nothing.

    Raises RuntimeError inside a transaction, where a rollback would give the check back. With `durable=False` it runs
    there all the same: whoever rolls back gives the guesser another guess.
    """
    if (code is None) == (caller_id is None):
        raise TypeError("Give one of code and caller_id.")
    if durable:
        transactions.refuse_inside(transactions.database())
    using = transactions.database()
    return transactions.retried(lambda: _verify(attempt_id, code, caller_id, user, using), using)


def _verify(attempt_id: object, code: object, caller_id: object, user: Any, using: str) -> Outcome:
    lock = False
    while True:
        try:
            standing, rules = finding.find(attempt_id, user=user, lock=lock)
        except AttemptNotFound:
            return Outcome(OutcomeStatus.NOT_FOUND)
        outcome = _judge(standing, rules, code, caller_id)
        if outcome is not None:
            return outcome
        # Somebody else's code was counted between our SELECT and our UPDATE, which can happen `max_checks` times. In
        # a host's transaction only a locking read sees it.
        lock = connections[using].in_atomic_block


def cancel(attempt_id: object, *, user: Any = None) -> None:
    """End an attempt: its codes are no longer accepted. May run in any transaction.

    Raises AttemptNotFound, and AttemptClosed for one that is verified already.
    """
    using = transactions.database()
    standing, _rules = finding.find(attempt_id, user=user)
    attempts = VerificationAttempt.objects.using(using)
    if not transactions.retried(lambda: attempts.cancel(standing.attempt.pk), using):
        standing, _rules = finding.find(attempt_id, user=user)
        if standing.attempt.status == VERIFIED:
            raise AttemptClosed("verified")


def _judge(standing: Standing, rules: Purpose, code: object, caller_id: object) -> Outcome | None:
    """Return the outcome; None if the attempt changed under our hands and has to be read again."""
    attempt, state = standing.attempt, standing.state
    if state == "verified":
        return _judge_again(standing, rules, code, caller_id)
    if state != "pending":
        return Outcome(OutcomeStatus(state), attempt.checks_left, attempt)
    entered = _entered(standing.live, code, caller_id)
    if not entered:
        return Outcome(OutcomeStatus.MALFORMED, attempt.checks_left, attempt)
    attempts = VerificationAttempt.objects.using(transactions.database())
    delivery = _match(entered)
    if delivery is None:
        return _wrong(attempt) if attempts.spend_check(attempt.pk, seen=attempt.checks, status=PENDING) else None
    if not attempts.settle(delivery):
        return None
    attempt.status = VERIFIED
    _after_commit(attempt_verified, attempt)
    return _right(delivery)


def _judge_again(standing: Standing, rules: Purpose, code: object, caller_id: object) -> Outcome | None:
    """Judge a code entered after the right one. The right one gives its proof again; a wrong one spends a check.

    The check is what keeps a verified attempt from being an oracle. A right code spends none, so at least one is left
    when the attempt is verified, and whoever repeats the right code cannot run out.
    """
    attempt = standing.attempt
    already = Outcome(OutcomeStatus.ALREADY_VERIFIED, 0, attempt)
    age = standing.verified_ago
    if attempt.redeemed_at or attempt.checks_left == 0 or age is None or age > rules.proof_max_age:
        return already
    sent = [delivery for delivery in standing.deliveries if not delivery.refused]
    entered = _entered(sent, code, caller_id)
    if not entered:
        return already
    attempts = VerificationAttempt.objects.using(transactions.database())
    delivery = _match(entered)
    if delivery is None:
        return already if attempts.spend_check(attempt.pk, seen=attempt.checks, status=VERIFIED) else None
    return _right(delivery)


def _entered(deliveries: list[Delivery], code: object, caller_id: object) -> list[tuple[Delivery, Code]]:
    """Pair each delivery with the code of its length that was entered for it."""
    if caller_id is not None:
        tails = [(one, codes.tail(caller_id, one.code_length)) for one in deliveries if "flashcall" in one.channels]
        return [(delivery, tail) for delivery, tail in tails if tail is not None]
    digits = codes.tidy(code)
    return [(one, Code(digits)) for one in deliveries if digits and len(digits) == one.code_length]


def _match(entered: list[tuple[Delivery, Code]]) -> Delivery | None:
    """Return the delivery whose code was entered. Every one is compared, so that time tells nothing."""
    hit = None
    for delivery, code in entered:
        digests = [codes.code_digest(key, delivery.attempt_id, code) for key in secrets()]
        if codes.matches(delivery.code_digest, digests):
            hit = delivery
    return hit


def _wrong(attempt: VerificationAttempt) -> Outcome:
    attempt.checks += 1
    if attempt.checks_left == 0:
        _after_commit(attempt_exhausted, attempt)
    return Outcome(OutcomeStatus.INVALID_CODE, attempt.checks_left, attempt)


def _right(delivery: Delivery) -> Outcome:
    attempt = delivery.attempt
    proof = proofs.sign(Proof(attempt.pk, delivery.reached_over))
    return Outcome(OutcomeStatus.VERIFIED, attempt.checks_left, attempt, proof)


def _after_commit(signal: Any, attempt: VerificationAttempt) -> None:
    transaction.on_commit(
        lambda: signal.send_robust(sender=VerificationAttempt, attempt=attempt), using=transactions.database()
    )
