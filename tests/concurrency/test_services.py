"""What holds when everything happens at once: threads, real connections, committed rows."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from django_flashcall import services
from django_flashcall.exceptions import AttemptClosed, DeliveryFailed, InvalidProof, PhoneTaken, RateLimited
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.providers import memory
from django_flashcall.providers.base import Message
from tests.concurrency.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def statuses(outcomes: list[Any]) -> Counter[str]:
    return Counter(str(getattr(outcome, "status", outcome)) for outcome in outcomes)


def guesses(number: int) -> list[str]:
    """Return wrong codes: a right one never begins with a zero, also not that of a resend."""
    return [f"{guess:04}" for guess in range(number)]


def test_of_fifty_guesses_three_are_evaluated(attempt: VerificationAttempt) -> None:
    calls = [partial(services.verify, attempt.pk, code=guess) for guess in guesses(50)]
    outcomes = together(calls)
    assert statuses(outcomes) == {"invalid_code": 3, "exhausted": 47}
    assert sorted(one.checks_left for one in outcomes if one.status == "invalid_code") == [0, 1, 2]
    attempt.refresh_from_db()
    assert attempt.checks == 3


def test_exhausting_is_told_once(attempt: VerificationAttempt, sent_signals: list[Any]) -> None:
    together(partial(services.verify, attempt.pk, code=guess) for guess in guesses(20))
    assert Counter(name for name, _ in sent_signals)["attempt_exhausted"] == 1


def test_fifty_right_codes_verify_once(attempt: VerificationAttempt, code: Any, sent_signals: list[Any]) -> None:
    outcomes = together([partial(services.verify, attempt.pk, code=code())] * 50)
    assert statuses(outcomes) == {"verified": 50}
    assert len({outcome.proof for outcome in outcomes}) == 1
    assert Counter(name for name, _ in sent_signals)["attempt_verified"] == 1


@pytest.mark.parametrize("trial", range(5))
def test_no_wrong_code_is_ever_told_verified(attempt: VerificationAttempt, code: Any, trial: int) -> None:
    right = code()
    wrongs = guesses(18)
    calls = [
        partial(services.verify, attempt.pk, code=one)
        for pair in zip(wrongs, [right] * 18, strict=True)
        for one in pair
    ]
    outcomes = together(calls)
    for outcome in outcomes[::2]:
        assert outcome.status in {"invalid_code", "exhausted", "already_verified"}
        assert outcome.proof is None
    rights = statuses(outcomes[1::2])
    assert set(rights) <= {"verified", "exhausted", "already_verified"}
    attempt.refresh_from_db()
    assert attempt.checks <= 3
    assert (attempt.status == "verified") == (rights["verified"] > 0)


@pytest.mark.parametrize("rows", ["absent", "there"])
def test_twenty_requests_for_one_number_place_one_call(phone: str, outbox: list[Message], age: Any, rows: str) -> None:
    if rows == "there":
        services.request_verification(phone)
        age(31)
        outbox.clear()
        VerificationAttempt.objects.all().delete()
    outcomes = together([partial(services.request_verification, phone)] * 20)
    limited = [outcome for outcome in outcomes if isinstance(outcome, RateLimited)]
    assert len(outbox) == VerificationAttempt.objects.count() == Delivery.objects.count() == 1
    assert [type(outcome) for outcome in outcomes if outcome not in limited] == [VerificationAttempt]
    assert {one.scope for one in limited} == {"cooldown"}
    assert Limit.objects.filter(scope="phone", maximum=5).get().count == (1 if rows == "absent" else 2)


def test_a_shared_limit_lets_exactly_its_number_through_and_the_others_spend_nothing(
    flashcall: Any, outbox: list[Message]
) -> None:
    flashcall(LIMITS={"prefix": "", "site": "", "ip": "", "region": "7/h"})
    numbers = [f"+3805012345{n}" for n in range(10, 40)]
    outcomes = together(partial(services.request_verification, number) for number in numbers)
    assert Counter(type(outcome) for outcome in outcomes) == {VerificationAttempt: 7, RateLimited: 23}
    assert len(outbox) == 7
    assert Limit.objects.get(scope="region").count == 7
    assert Limit.objects.filter(scope="phone", maximum=5, count=1).count() == 7
    assert not Limit.objects.filter(scope="cooldown", count__gt=1).exists()


def test_what_is_granted_in_parallel_is_bound_by_the_rate(phone: str, flashcall: Any) -> None:
    flashcall(COOLDOWN=0, LIMITS={"phone": "", "prefix": "", "phone_failures": "7/d"})
    outcomes = together([partial(services.request_verification, phone)] * 12)
    assert Counter(type(outcome) for outcome in outcomes) == {VerificationAttempt: 3, RateLimited: 9}
    assert sorted(VerificationAttempt.objects.values_list("max_checks", flat=True)) == [1, 3, 3]


def test_twenty_redeems_of_one_proof_succeed_once(attempt: VerificationAttempt, code: Any, user: Any) -> None:
    proof = services.verify(attempt.pk, code=code()).proof

    def consume() -> VerificationAttempt:
        with transaction.atomic():
            return services.redeem(proof, purpose="signup", user=user)

    outcomes = together([consume] * 20)
    assert Counter(type(outcome) for outcome in outcomes) == {VerificationAttempt: 1, InvalidProof: 19}
    assert PhoneStatus.objects.get().user == user


def prove(phone: str, users: list[Any], code: Any) -> list[Any]:
    """Let each user verify the number; return the calls that redeem their proofs."""
    calls = []
    for user in users:
        attempt = services.request_verification(phone)
        proof = services.verify(attempt.pk, code=code()).proof
        calls.append(partial(services.redeem, proof, purpose="signup", user=user))
    return calls


@pytest.fixture
def eight_users(db: None) -> list[Any]:
    return [get_user_model().objects.create_user(f"user{number}") for number in range(8)]


def test_a_number_that_users_take_from_each_other_is_told_each_time_from_whom(
    phone: str, code: Any, flashcall: Any, eight_users: list[Any], sent_signals: list[Any]
) -> None:
    flashcall(COOLDOWN=0, LIMITS={"phone": ""})
    together(prove(phone, eight_users, code))
    taken = [arguments["previous_user"] for name, arguments in sent_signals if name == "phone_transferred"]
    assert sorted([*taken, PhoneStatus.objects.get().user_id]) == sorted(user.pk for user in eight_users)


@pytest.mark.parametrize("known", [False, True], ids=["unknown before", "known before"])
def test_of_users_who_prove_one_number_one_gets_it(
    phone: str, code: Any, flashcall: Any, eight_users: list[Any], known: bool
) -> None:
    flashcall(ALLOW_TRANSFER=False, COOLDOWN=0, LIMITS={"phone": ""})
    if known:
        PhoneStatus.objects.create(phone_number=phone)
    outcomes = together(prove(phone, eight_users, code))
    assert Counter(type(outcome) for outcome in outcomes) == {VerificationAttempt: 1, PhoneTaken: 7}
    (winner,) = (outcome.user for outcome in outcomes if isinstance(outcome, VerificationAttempt))
    assert PhoneStatus.objects.get().user == winner
    assert VerificationAttempt.objects.filter(redeemed_at__isnull=False).count() == 1


def test_a_doubled_click_on_use_sms_sends_one_sms(
    attempt: VerificationAttempt, age: Any, outbox: list[Message]
) -> None:
    age(20)
    outcomes = together([partial(services.fall_back, attempt.pk, channel="sms")] * 10)
    assert Counter(type(outcome) for outcome in outcomes) == {VerificationAttempt: 1, RateLimited: 9}
    assert [message.channel for message in outbox] == ["flashcall", "sms"]
    assert Limit.objects.filter(scope="phone", maximum=5).get().count == 2


def test_falling_back_beside_verifying_does_no_harm(attempt: VerificationAttempt, age: Any, code: Any) -> None:
    right = code()
    age(20)
    wrongs = guesses(8)
    calls: list[Any] = [partial(services.verify, attempt.pk, code=guess) for guess in wrongs]
    calls += [partial(services.fall_back, attempt.pk)] * 4
    calls += [partial(services.verify, attempt.pk, code=right)] * 4
    outcomes = together(calls)
    unexpected = [one for one in outcomes if isinstance(one, Exception) and "Attempt" not in type(one).__name__]
    assert [one for one in unexpected if not isinstance(one, RateLimited)] == []
    attempt.refresh_from_db()
    assert attempt.checks <= 3
    assert not any(outcome.proof for outcome in outcomes[:8])


def test_resending_beside_guesses_does_no_harm(
    attempt: VerificationAttempt, flashcall: Any, outbox: list[Message]
) -> None:
    flashcall(COOLDOWN=0, FALLBACK_AFTER=0, LIMITS={"phone": ""})
    VerificationAttempt.objects.update(max_checks=1000)
    wrongs = guesses(10)

    def guess() -> list[Any]:
        return [services.verify(attempt.pk, code=wrong).status for wrong in wrongs]

    def resend() -> list[Any]:
        return [services.fall_back(attempt.pk, channel="flashcall").standing.state for _ in range(5)]

    outcomes = together([guess] * 8 + [resend] * 4)
    assert outcomes == [["invalid_code"] * 10] * 8 + [["pending"] * 5] * 4
    assert len(outbox) == 1 + 20
    attempt.refresh_from_db()
    assert attempt.checks == 80


def test_a_chain_of_fallbacks_beside_guesses_does_no_harm(
    attempt: VerificationAttempt, age: Any, outbox: list[Message]
) -> None:
    memory.fail("sms")
    age(20)
    calls: list[Any] = [partial(services.verify, attempt.pk, code=guess) for guess in guesses(10)]
    outcomes = together(calls + [partial(services.fall_back, attempt.pk, channel="sms")] * 5)
    assert statuses(outcomes[:10])["invalid_code"] == 3
    # Who sent an SMS hears that it was refused, or how the attempt ended meanwhile; the others are early or late.
    kinds = Counter(type(outcome) for outcome in outcomes[10:])
    assert set(kinds) <= {DeliveryFailed, VerificationAttempt, RateLimited, AttemptClosed}
    assert kinds[DeliveryFailed] + kinds[VerificationAttempt] == len(outbox) - 1
    assert Delivery.objects.filter(status="created").count() == 0
