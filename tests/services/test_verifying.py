"""Judging a code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from django_flashcall import services
from django_flashcall.exceptions import AttemptClosed, AttemptNotFound
from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.models.ids import uuid7
from django_flashcall.providers.base import Message
from django_flashcall.services import OutcomeStatus

pytestmark = pytest.mark.django_db


def test_the_right_code_verifies(attempt: VerificationAttempt, code: Any, sent_signals: list[Any]) -> None:
    outcome = services.verify(attempt.pk, code=code())
    assert (outcome.status, outcome.attempt) == (OutcomeStatus.VERIFIED, attempt)
    assert outcome.proof
    attempt.refresh_from_db()
    assert (attempt.status, attempt.checks) == ("verified", 0)
    assert attempt.verified_at is not None


def test_verifying_is_told_after_the_commit(
    attempt: VerificationAttempt,
    code: Any,
    sent_signals: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        services.verify(attempt.pk, code=code())
        assert "attempt_verified" not in dict(sent_signals)
    assert dict(sent_signals)["attempt_verified"]["attempt"] == attempt


@pytest.mark.parametrize("spelling", ["{}", " {} ", "{0[0]} {0[1]} {0[2]}-{0[3]}"])
def test_a_code_may_be_typed_with_separators(attempt: VerificationAttempt, code: Any, spelling: str) -> None:
    assert services.verify(attempt.pk, code=spelling.format(code())).status == OutcomeStatus.VERIFIED


@pytest.mark.parametrize("spelling", ["+38044123{}", "38044123{}", "0038044123{}", "044123{}", "044 123 {}", "{}"])
def test_the_number_that_called_verifies(attempt: VerificationAttempt, code: Any, spelling: str) -> None:
    assert services.verify(attempt.pk, caller_id=spelling.format(code())).status == OutcomeStatus.VERIFIED


def test_a_wrong_code_spends_a_check(attempt: VerificationAttempt, code: Any, wrong: Callable[[str], str]) -> None:
    outcome = services.verify(attempt.pk, code=wrong(code()))
    assert (outcome.status, outcome.checks_left, outcome.proof) == (OutcomeStatus.INVALID_CODE, 2, None)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.checks) == ("pending", 1)


def test_the_last_wrong_code_exhausts(
    attempt: VerificationAttempt,
    code: Any,
    wrong: Callable[[str], str],
    sent_signals: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        left = [services.verify(attempt.pk, code=wrong(code())).checks_left for _ in range(3)]
    assert left == [2, 1, 0]
    assert [name for name, _ in sent_signals].count("attempt_exhausted") == 1
    assert services.verify(attempt.pk, code=code()).status == OutcomeStatus.EXHAUSTED


@pytest.mark.parametrize("entered", ["123", "12345", "", "abcd", "١٢٣٤", "12.3x", 1234, ["1234"], "1" * 5000])
def test_what_cannot_be_a_code_spends_nothing(attempt: VerificationAttempt, entered: Any) -> None:
    assert services.verify(attempt.pk, code=entered).status == OutcomeStatus.MALFORMED
    attempt.refresh_from_db()
    assert attempt.checks == 0


def test_nothing_entered_is_the_sites_mistake(attempt: VerificationAttempt) -> None:
    with pytest.raises(TypeError):
        services.verify(attempt.pk)
    with pytest.raises(TypeError):
        services.verify(attempt.pk, code="1234", caller_id="1234")


def test_an_expired_code_is_not_accepted(attempt: VerificationAttempt, code: Any, age: Any) -> None:
    age(91)
    assert services.verify(attempt.pk, code=code()).status == OutcomeStatus.EXPIRED
    attempt.refresh_from_db()
    assert (attempt.status, attempt.checks) == ("pending", 0)


def test_a_code_is_accepted_until_it_expires(attempt: VerificationAttempt, code: Any, age: Any) -> None:
    age(80)
    assert services.verify(attempt.pk, code=code()).status == OutcomeStatus.VERIFIED


def test_the_right_code_again_gives_the_same_proof(attempt: VerificationAttempt, code: Any) -> None:
    first, second = (services.verify(attempt.pk, code=code()) for _ in range(2))
    assert (second.status, second.proof) == (OutcomeStatus.VERIFIED, first.proof)


def test_the_right_code_again_after_a_lost_reply_on_the_last_check(
    attempt: VerificationAttempt, code: Any, wrong: Callable[[str], str]
) -> None:
    for _ in range(2):
        services.verify(attempt.pk, code=wrong(code()))
    first = services.verify(attempt.pk, code=code())
    assert services.verify(attempt.pk, code=code()).proof == first.proof


def test_a_verified_attempt_is_no_oracle(attempt: VerificationAttempt, code: Any, wrong: Callable[[str], str]) -> None:
    """Whoever has only the id of a verified attempt has no more guesses at its code than before."""
    services.verify(attempt.pk, code=code())
    for _ in range(3):
        assert services.verify(attempt.pk, code=wrong(code())).status == OutcomeStatus.ALREADY_VERIFIED
    assert services.verify(attempt.pk, code=code()).status == OutcomeStatus.ALREADY_VERIFIED


@pytest.mark.parametrize("passed", [601, 3600])
def test_the_right_code_again_is_too_late_once_the_proof_is_too_old(
    attempt: VerificationAttempt, code: Any, age: Any, passed: int
) -> None:
    services.verify(attempt.pk, code=code())
    age(passed)
    assert services.verify(attempt.pk, code=code()).status == OutcomeStatus.ALREADY_VERIFIED


def test_the_right_code_again_gives_nothing_once_the_proof_is_redeemed(
    attempt: VerificationAttempt, code: Any, user: Any
) -> None:
    services.redeem(services.verify(attempt.pk, code=code()).proof, purpose="signup", user=user)
    assert services.verify(attempt.pk, code=code(), user=user).status == OutcomeStatus.ALREADY_VERIFIED


@pytest.mark.parametrize("unknown", ["", "zzz", None, 7, uuid7(), "x" * 36, "\x00" * 36])
def test_an_unknown_attempt_is_not_found(unknown: Any) -> None:
    assert services.verify(unknown, code="1234").status == OutcomeStatus.NOT_FOUND


@pytest.mark.parametrize("spelling", ["{%s}", "urn:uuid:%s", "  %s"])
def test_an_id_has_one_spelling(attempt: VerificationAttempt, spelling: str) -> None:
    assert services.verify(spelling % attempt.pk, code="1234").status == OutcomeStatus.NOT_FOUND
    assert services.verify(str(attempt.pk).upper(), code="1234").status == OutcomeStatus.NOT_FOUND
    assert services.verify(attempt.pk.hex, code="1234").status == OutcomeStatus.NOT_FOUND


@pytest.mark.parametrize("state", ["pending", "verified", "canceled", "exhausted", "expired"])
def test_another_users_attempt_is_not_found_in_any_state(
    phone: str, user: Any, stranger: Any, code: Any, wrong: Any, age: Any, state: str
) -> None:
    attempt = services.request_verification(phone, user=user)
    if state == "verified":
        services.verify(attempt.pk, code=code(), user=user)
    elif state == "canceled":
        services.cancel(attempt.pk, user=user)
    elif state == "exhausted":
        VerificationAttempt.objects.update(checks=3)
    elif state == "expired":
        age(91)
    assert services.get_attempt(attempt.pk, user=user).standing.state == state
    for other in (stranger, None):
        assert services.verify(attempt.pk, code=code(), user=other).status == OutcomeStatus.NOT_FOUND
        with pytest.raises(AttemptNotFound):
            services.get_attempt(attempt.pk, user=other)


def test_whoever_signs_in_on_the_way_may_go_on(attempt: VerificationAttempt, code: Any, user: Any) -> None:
    assert services.verify(attempt.pk, code=code(), user=user).status == OutcomeStatus.VERIFIED


def test_the_second_step_of_a_login_is_entered_by_somebody_who_is_not_signed_in_yet(
    phone: str, user: Any, stranger: Any, code: Any
) -> None:
    attempt = services.request_verification(phone, purpose="login", user=user)
    assert services.verify(attempt.pk, code=code(), user=stranger).status == OutcomeStatus.NOT_FOUND
    assert services.verify(attempt.pk, code=code()).status == OutcomeStatus.VERIFIED


def test_a_canceled_attempt_takes_no_code(attempt: VerificationAttempt, code: Any) -> None:
    services.cancel(attempt.pk)
    services.cancel(attempt.pk)
    assert services.verify(attempt.pk, code=code()).status == OutcomeStatus.CANCELED


def test_a_verified_attempt_cannot_be_canceled(attempt: VerificationAttempt, code: Any) -> None:
    services.verify(attempt.pk, code=code())
    with pytest.raises(AttemptClosed):
        services.cancel(attempt.pk)


def test_the_code_of_a_refused_delivery_is_not_accepted(attempt: VerificationAttempt, code: Any) -> None:
    Delivery.objects.update(status="rejected")
    assert services.verify(attempt.pk, code=code()).status == OutcomeStatus.FAILED


@pytest.mark.parametrize("status", ["created", "accepted", "unknown", "delivered"])
def test_the_code_of_a_delivery_that_may_have_come_is_accepted(
    attempt: VerificationAttempt, code: Any, status: str
) -> None:
    Delivery.objects.update(status=status)
    assert services.verify(attempt.pk, code=code()).status == OutcomeStatus.VERIFIED


def test_a_late_call_still_counts_after_an_sms_was_asked_for(
    attempt: VerificationAttempt, outbox: list[Message], age: Any
) -> None:
    age(21)
    services.fall_back(attempt.pk)
    call, sms = outbox
    assert (call.channel, sms.channel, len(sms.code)) == ("flashcall", "sms", 6)
    assert services.verify(attempt.pk, code=call.code.digits).status == OutcomeStatus.VERIFIED


def test_a_caller_id_is_judged_against_calls_only(
    attempt: VerificationAttempt, outbox: list[Message], age: Any
) -> None:
    age(21)
    services.fall_back(attempt.pk)
    sms = outbox[-1].code.digits
    outcome = services.verify(attempt.pk, caller_id="+38050" + sms)
    assert (outcome.status, outcome.checks_left) == (OutcomeStatus.INVALID_CODE, 2)


def test_key_rotation_keeps_live_codes(attempt: VerificationAttempt, code: Any, settings: Any, user: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key", [settings.SECRET_KEY]
    outcome = services.verify(attempt.pk, code=code())
    assert outcome.status == OutcomeStatus.VERIFIED
    services.redeem(outcome.proof, purpose="signup", user=user)


def test_without_the_old_key_a_live_code_is_just_wrong(attempt: VerificationAttempt, code: Any, settings: Any) -> None:
    settings.SECRET_KEY = "another-key"
    assert services.verify(attempt.pk, code=code()).status == OutcomeStatus.INVALID_CODE


@pytest.mark.django_db(transaction=True)
def test_verify_refuses_a_transaction_that_could_give_the_check_back(
    attempt: VerificationAttempt, code: Any, wrong: Any
) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="non_atomic_requests"):
        services.verify(attempt.pk, code=code())
    with transaction.atomic():
        outcome = services.verify(attempt.pk, code=wrong(code()), durable=False)
        transaction.set_rollback(True)
    assert outcome.status == OutcomeStatus.INVALID_CODE
    attempt.refresh_from_db()
    assert attempt.checks == 0


@pytest.mark.django_db(transaction=True)
def test_asking_refuses_a_transaction(attempt: VerificationAttempt, phone: str, outbox: list[Message]) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="non_atomic_requests"):
        services.request_verification(phone)
    with transaction.atomic(), pytest.raises(RuntimeError, match="non_atomic_requests"):
        services.fall_back(attempt.pk)
    assert len(outbox) == 1
