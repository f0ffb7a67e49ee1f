"""manage.py flashcall_check --to: one verification, with somebody at the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from django_flashcall import proofs
from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.proofs import Proof
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Result, Status
from tests.management.terminal import POOL


@pytest.mark.django_db
def test_the_right_code_verifies_and_tells_that_our_digits_rang(run: Any, phone: str, code: Any) -> None:
    written, failure = run(code, to=phone)
    assert failure is None
    assert "flashcall: accepted by the provider." in written
    assert "+380•••••••03 is called; 4 digits count." in written
    assert "90 s left." in written
    assert "Verified over flashcall." in written
    assert "the code we chose (mode B)" in written
    assert "Ask the provider" not in written
    assert VerificationAttempt.objects.get().purpose == "signup"


@pytest.mark.django_db
def test_the_whole_number_that_rang_verifies(run: Any, phone: str, code: Any) -> None:
    written, failure = run(lambda: f"+38 044 123-{code()}", to=phone)
    assert failure is None
    assert "Verified over flashcall." in written


@pytest.mark.django_db
def test_a_national_number_that_rang_verifies(run: Any, phone: str, code: Any) -> None:
    assert run(lambda: f"044123{code()}", to=phone)[1] is None


@pytest.mark.django_db
@pytest.mark.usefixtures("pool")
def test_a_pool_that_rang_is_told(run: Any, phone: str) -> None:
    written, failure = run(POOL[0], to=phone)
    assert failure is None
    assert "from the caller ID that was drawn from CALLER_IDS (mode A)" in written


@pytest.mark.django_db
@pytest.mark.parametrize("entered", ["{}", "+38044123{}"])
def test_another_number_tells_that_our_digits_do_not_ring_and_what_to_ask(
    run: Any, phone: str, code: Any, wrong: Any, entered: str
) -> None:
    written, failure = run(lambda: entered.format(wrong(code())), to=phone)
    assert "That is not the code. Checks left: 2." in written
    assert "does not ring from the digits that we choose (mode B). It needs CALLER_IDS" in written
    assert written.count("Ask the provider:") == 1
    assert failure == "Nothing was verified."


@pytest.mark.django_db
@pytest.mark.usefixtures("pool")
def test_another_number_tells_that_the_pool_does_not_ring(run: Any, phone: str) -> None:
    written, _failure = run(POOL[1], to=phone)
    assert "does not ring from the caller ID that was asked for (mode A)" in written


@pytest.mark.django_db
def test_a_wrong_code_of_a_message_tells_nothing_of_the_ring(run: Any, phone: str, code: Any, wrong: Any) -> None:
    written, _failure = run(lambda: wrong(code()), to=phone, channel="sms")
    assert "That is not the code." in written
    assert "If a number" not in written


@pytest.mark.django_db
def test_the_last_wrong_code_fails(run: Any, phone: str, code: Any, wrong: Any) -> None:
    mistake = lambda: wrong(code())  # noqa: E731
    _written, failure = run(mistake, mistake, mistake, code, to=phone)
    assert failure == "Nothing was verified: no check is left."


@pytest.mark.django_db
def test_what_can_be_no_code_costs_no_check(run: Any, phone: str, code: Any) -> None:
    written, failure = run("hello", "12", code, to=phone)
    assert written.count("it costs no check. Checks left: 3.") == 2
    assert failure is None


@pytest.mark.django_db
def test_another_channel_can_be_typed(run: Any, phone: str, code: Any, age: Any) -> None:
    def later() -> str:
        age(21)
        return "sms"

    written, failure = run(later, code, to=phone)
    assert failure is None
    assert "+380•••••••03 is sent a code over sms; 6 digits count." in written
    assert "Verified over sms." in written
    assert "Ask the provider:" in written


@pytest.mark.django_db
def test_resend_rings_again(run: Any, phone: str, code: Any, age: Any) -> None:
    def later() -> str:
        age(31)
        return "resend"

    _written, failure = run(later, code, to=phone)
    assert failure is None
    assert [delivery.channel for delivery in Delivery.objects.all()] == ["flashcall", "flashcall"]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["resend", "sms", " sms "])
def test_what_is_too_early_is_told_and_the_code_still_counts(run: Any, phone: str, code: Any, typed: str) -> None:
    written, failure = run(typed, code, to=phone)
    assert re.search(r"Not yet: try again in [1-9][0-9] s\.", written)
    assert failure is None


@pytest.mark.django_db
def test_an_empty_line_ends_it_only_when_the_code_has_expired(
    run: Any, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])

    def when_it_has_expired() -> str:
        clock[0] += 91
        return ""

    written, failure = run("", "", when_it_has_expired, lambda: pytest.fail("asked again"), to=phone)
    assert failure == "Nothing was verified."
    assert written.count("90 s left.") == 3
    assert VerificationAttempt.objects.get().status == "canceled"


@pytest.mark.django_db
def test_an_expired_code_can_be_followed_by_another(run: Any, phone: str, code: Any, age: Any) -> None:
    def too_late() -> str:
        age(91)
        return code()

    written, failure = run(too_late, "resend", code, to=phone)
    assert "The code has expired." in written
    assert failure is None


@pytest.mark.django_db
def test_a_refused_channel_is_told_with_its_reason(run: Any, phone: str, code: Any) -> None:
    memory.script("flashcall", Result(status=Status.REJECTED, error_code=base.INVALID_SENDER))
    written, failure = run(code, to=phone)
    assert "flashcall: rejected by the provider. The provider does not take this sender" in written
    assert "Verified over sms." in written
    assert failure is None


@pytest.mark.django_db
def test_an_account_that_is_refused_fails_with_the_reason(run: Any, phone: str) -> None:
    memory.fail(memory.ANY, error_code=base.CREDENTIALS)
    written, failure = run(to=phone)
    assert "flashcall: rejected by the provider. The provider refuses the account." in written
    assert failure == "The provider is unavailable."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "failure"),
    [
        ({"to": "hello"}, "Enter one phone number"),
        ({"to": "+48501234503"}, "Destination not allowed: region."),
        ({"to": "+380501234503", "purpose": "gift"}, "Purpose 'gift' is not in FLASHCALL['PURPOSES']."),
        ({"to": "+380501234503", "channel": "voice"}, "Channel 'voice' is not available."),
    ],
)
def test_a_refusal_fails_with_its_reason(run: Any, options: dict[str, str], failure: str) -> None:
    assert failure in run(**options)[1]


@pytest.mark.django_db
def test_the_purpose_can_be_chosen(run: Any, phone: str, code: Any) -> None:
    assert run(code, to=phone, purpose="transaction", channel="sms")[1] is None
    assert VerificationAttempt.objects.get().purpose == "transaction"


@pytest.mark.django_db
def test_neither_number_nor_code_nor_proof_is_written(
    run: Any, phone: str, code: Any, wrong: Any, flashcall: Callable[..., None]
) -> None:
    flashcall(CODE_LENGTH={"flashcall": 8})
    ring, typo = lambda: f"+380{code()}", lambda: f"+380{wrong(code())}"
    written, failure = run(typo, ring, to=phone)
    assert failure is None
    for secret in (phone, phone[4:], code(), wrong(code())):
        assert secret not in written
    assert proofs.sign(Proof(VerificationAttempt.objects.get().pk, "flashcall")) not in written
