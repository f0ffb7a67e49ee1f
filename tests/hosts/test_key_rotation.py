"""A site changes its SECRET_KEY while people are on their way.

With the former key among SECRET_KEY_FALLBACKS nobody notices. Without it what was under way is worth nothing, and says
so. Limits and breakers are counted under the present key alone, so they start anew either way; wrong codes are counted
on the attempts of a number, and those stay.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.exceptions import IdempotencyMismatch, InvalidProof, ProviderUnavailable, RateLimited
from django_flashcall.models import Limit, VerificationAttempt
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Message
from tests.api.client import Api
from tests.api.stage import Stage

pytestmark = pytest.mark.django_db

KEY = "5f1c2a9e-one-try-of-one-person"

Rotate = Callable[..., None]


@pytest.fixture
def rotate(settings: Any) -> Rotate:
    """Give the site another key, and keep the former ones or drop them."""
    numbers = count()

    def change(*, keep: bool) -> None:
        former = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        settings.SECRET_KEY = f"another-key-number-{next(numbers)}"
        settings.SECRET_KEY_FALLBACKS = former if keep else []

    return change


class TestWithTheFormerKeys:
    def test_whoever_is_on_the_way_arrives(self, api: Api, stage: Stage, rotate: Rotate, outbox: list[Message]) -> None:
        api.force_login(stage.user)
        api.credentials(HTTP_IDEMPOTENCY_KEY=KEY)
        attempt_id = stage.aged(20)
        rotate(keep=True)
        assert api.start("+380501234503").body["id"] == api.status(attempt_id).body["id"] == attempt_id
        assert api.fallback(attempt_id).status_code == 201
        rotate(keep=True)
        call, sms = (message.code.digits for message in outbox)
        first = api.verify(attempt_id, code=call).body["proof"]
        rotate(keep=True)
        second = api.verify(attempt_id, code=sms).body["proof"]
        assert [api.own(proof).status_code for proof in (first, second)] == [200, 400]
        assert len(api.phones().body) == 1

    def test_a_wrong_code_stays_wrong(self, api: Api, started: str, stage: Stage, rotate: Rotate) -> None:
        rotate(keep=True)
        assert api.verify(started, code=stage.wrong(stage.code())).body["checks_left"] == 2

    def test_a_context_is_still_the_same(self, phone: str, user: Any, code: Any, rotate: Rotate) -> None:
        asked = {"purpose": "transaction", "user": user, "context": "pay 10 to B"}
        attempt = services.request_verification(phone, idempotency_key=KEY, **asked)
        proof = services.verify(attempt.pk, code=code(), user=user).proof
        rotate(keep=True)
        assert services.request_verification(phone, idempotency_key=KEY, **asked) == attempt
        for context in ("", "pay 1000 to B"):
            with pytest.raises(IdempotencyMismatch):
                services.request_verification(phone, idempotency_key=KEY, **{**asked, "context": context})
            with pytest.raises(InvalidProof):
                services.redeem(proof, **{**asked, "context": context})
        assert services.redeem(proof, **asked) == attempt

    def test_a_key_of_idempotency_is_free_after_a_day(self, phone: str, age: Any, rotate: Rotate) -> None:
        first = services.request_verification(phone, idempotency_key=KEY)
        rotate(keep=True)
        age(86_401)
        second = services.request_verification(phone, idempotency_key=KEY)
        assert second != first
        assert services.request_verification(phone, idempotency_key=KEY) == second


class TestWithoutThem:
    def test_a_live_code_is_just_wrong(self, api: Api, started: str, stage: Stage, rotate: Rotate) -> None:
        rotate(keep=False)
        assert api.status(started).body["status"] == "pending"
        answers = [api.verify(started, code=stage.code()).body for _ in range(4)]
        assert [answer.get("checks_left") for answer in answers] == [2, 1, 0, None]
        assert answers[-1]["error"] == "exhausted"

    def test_a_resend_makes_a_code_that_works(self, api: Api, stage: Stage, rotate: Rotate) -> None:
        attempt_id = stage.aged(30)
        rotate(keep=False)
        assert api.fallback(attempt_id, channel="flashcall").status_code == 201
        assert api.verify(attempt_id, code=stage.code()).status_code == 200

    def test_a_proof_is_none(self, api: Api, stage: Stage, rotate: Rotate) -> None:
        proof = stage.proof()
        rotate(keep=False)
        assert api.own(proof).case == ("flashcall_own_phone", 403, None)  # the session is worth nothing, too
        api.force_login(stage.user)
        assert api.own(proof).case == ("flashcall_own_phone", 400, "invalid_proof")
        assert VerificationAttempt.objects.get().redeemed_at is None

    def test_a_verified_attempt_says_no_more_than_that_it_is(self, api: Api, stage: Stage, rotate: Rotate) -> None:
        attempt_id = stage.verified()
        rotate(keep=False)
        assert api.verify(attempt_id, code=stage.code()).case == ("flashcall_verify", 409, "already_verified")

    def test_a_signed_in_callers_attempt_is_nobodys(self, api: Api, stage: Stage, rotate: Rotate) -> None:
        api.force_login(stage.user)
        attempt_id = stage.aged(30)
        rotate(keep=False)
        for answer in (api.status(attempt_id), api.verify(attempt_id, code=stage.code()), api.fallback(attempt_id)):
            assert (answer.status_code, answer.body["error"]) == (404, "not_found")

    def test_a_key_of_idempotency_is_new(self, phone: str, rotate: Rotate, outbox: list[Message]) -> None:
        first = services.request_verification(phone, idempotency_key=KEY)
        rotate(keep=False)
        second = services.request_verification(phone, idempotency_key=KEY)
        assert second != first
        assert len(outbox) == 2

    def test_neither_is_what_was_two_keys_ago(self, attempt: VerificationAttempt, code: Any, rotate: Rotate) -> None:
        rotate(keep=True)
        rotate(keep=False)
        assert services.verify(attempt.pk, code=code()).status == "invalid_code"


@pytest.mark.parametrize("keep", [True, False])
class TestEitherWay:
    def test_limits_start_anew(self, phone: str, flashcall: Any, age: Any, rotate: Rotate, keep: bool) -> None:
        flashcall(LIMITS={"phone": "1/h"})
        services.request_verification(phone)
        rotate(keep=keep)
        services.request_verification(phone)
        with pytest.raises(RateLimited):
            services.request_verification(phone)
        age(31)
        with pytest.raises(RateLimited) as limited:
            services.request_verification(phone)
        assert limited.value.scope == "phone"
        assert set(Limit.objects.values_list("count", flat=True)) == {1}

    def test_wrong_codes_do_not(
        self, phone: str, flashcall: Any, code: Any, wrong: Any, rotate: Rotate, keep: bool
    ) -> None:
        flashcall(LIMITS={"phone_failures": "4/d"})
        attempt = services.request_verification(phone)
        for _ in range(3):
            services.verify(attempt.pk, code=wrong(code()))
        rotate(keep=keep)
        assert services.request_verification(phone).max_checks == 1

    def test_a_provider_that_was_left_alone_is_tried_again(self, phone: str, rotate: Rotate, keep: bool) -> None:
        memory.script("flashcall", base.Result(status=base.Status.REJECTED, error_code=base.CREDENTIALS))
        for number in ("+380671112233", "+380671112244"):
            with pytest.raises(ProviderUnavailable):
                services.request_verification(number)
        rotate(keep=keep)
        assert services.request_verification(phone).standing.state == "pending"

    def test_an_owner_is_an_owner(self, phone: str, user: Any, code: Any, rotate: Rotate, keep: bool) -> None:
        attempt = services.request_verification(phone)
        services.redeem(services.verify(attempt.pk, code=code()).proof, purpose="signup", user=user)
        rotate(keep=keep)
        assert services.request_verification(phone, user=user).owner


def test_a_key_may_be_bytes(phone: str, user: Any, code: Any, settings: Any, rotate: Rotate) -> None:
    settings.SECRET_KEY = b"\xff\x00 a key of bytes"
    attempt = services.request_verification(phone, user=user, context="order-7", idempotency_key=KEY)
    rotate(keep=True)
    proof = services.verify(attempt.pk, code=code(), user=user).proof
    assert services.redeem(proof, purpose="signup", user=user, context="order-7") == attempt
