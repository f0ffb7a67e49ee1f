"""How often codes are sent and guessed."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.conf import DEFAULTS, secrets
from django_flashcall.exceptions import RateLimited
from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt
from django_flashcall.providers.base import Message
from django_flashcall.services import Client, limit_keys

pytestmark = pytest.mark.django_db

NONE = dict.fromkeys(["phone", "owner", "ip", "user", "prefix", "region", "site", "phone_failures"], "")
HOME = Client(ip_address="93.184.216.34")


@pytest.fixture
def only(flashcall: Any) -> Any:
    """Apply only the limits that are named, and no cooldown."""
    return lambda **limits: flashcall(LIMITS={**NONE, **limits}, COOLDOWN=0)


@pytest.fixture
def numbers() -> Any:
    """Mobile numbers of UA, all different, no two neighbours."""
    return (f"+38050{n:03}4503" for n in count(100))


@pytest.fixture
def owner(user: Any, phone: str, flashcall: Any, age: Any, code: Any) -> Any:
    """The verified owner of `phone`."""
    attempt = services.request_verification(phone)
    services.redeem(services.verify(attempt.pk, code=code()).proof, purpose="signup", user=user)
    Limit.objects.all().delete()
    VerificationAttempt.objects.all().delete()
    return user


def test_two_requests_for_a_number_are_a_cooldown_apart(phone: str, age: Any, outbox: list[Message]) -> None:
    services.request_verification(phone)
    with pytest.raises(RateLimited) as limited:
        services.request_verification(phone)
    assert (limited.value.scope, limited.value.retry_after) == ("cooldown", 30)
    age(30)
    services.request_verification(phone)
    assert len(outbox) == 2


@pytest.mark.parametrize("scope", ["phone", "ip", "user", "prefix", "region", "site"])
def test_each_scope_refuses_what_is_over_it(
    scope: str, only: Any, numbers: Any, phone: str, user: Any, age: Any, outbox: list[Message]
) -> None:
    only(**{scope: "3/h"} if scope != "site" else {"site": "4/h"})  # a stranger has nine tenths of the site's
    same = {"phone": [phone] * 5, "prefix": [f"+38050123450{n}" for n in range(5)]}
    targets = iter(same.get(scope, numbers))
    for _ in range(3):
        services.request_verification(next(targets), user=user, client=HOME)
    with pytest.raises(RateLimited) as limited:
        services.request_verification(next(targets), user=user, client=HOME)
    assert limited.value.scope == scope
    assert 3590 <= limited.value.retry_after <= 3600
    age(3600)
    services.request_verification(next(targets), user=user, client=HOME)
    assert len(outbox) == 4


def test_all_spellings_of_a_number_count_as_one(only: Any, phone: str, outbox: list[Message]) -> None:
    only(phone="3/h")
    for spelling in ("0501234503", "+380 50 123-45-03", "00380501234503"):
        services.request_verification(spelling)
    for spelling in (phone, "\u202a+380501234503\u202c", "(050) 123 45 03", "+３８０５０１２３４５０３"):
        with pytest.raises(RateLimited):
            services.request_verification(spelling)
    assert len(outbox) == 3


def test_a_limit_without_a_rate_limits_nothing(only: Any, phone: str, outbox: list[Message]) -> None:
    only()
    for _ in range(20):
        services.request_verification(phone, client=HOME)
    assert len(outbox) == 20


def test_a_site_without_limits_goes_on_over_another_channel(
    only: Any, phone: str, age: Any, outbox: list[Message]
) -> None:
    only()
    attempt = services.request_verification(phone)
    age(20)
    services.fall_back(attempt.pk)
    assert [message.channel for message in outbox] == ["flashcall", "sms"]


def test_every_rate_of_a_scope_holds(only: Any, phone: str, age: Any) -> None:
    only(phone="2/10m, 3/d")
    for _ in range(2):
        services.request_verification(phone)
    with pytest.raises(RateLimited) as limited:
        services.request_verification(phone)
    assert limited.value.retry_after <= 600
    age(600)
    services.request_verification(phone)
    age(600)
    with pytest.raises(RateLimited) as limited:
        services.request_verification(phone)
    assert limited.value.retry_after > 80_000


def test_a_refused_request_spends_nothing_of_any_limit(only: Any, phone: str, numbers: Any) -> None:
    only(phone="1/h", ip="2/h")
    services.request_verification(phone, client=HOME)
    for _ in range(5):
        with pytest.raises(RateLimited):
            services.request_verification(phone, client=HOME)
    services.request_verification(next(numbers), client=HOME)
    assert Limit.objects.get(scope="ip").count == 2


def test_a_refusal_is_told_once(only: Any, phone: str, sent_signals: list[Any]) -> None:
    only(phone="1/h")
    services.request_verification(phone)
    with pytest.raises(RateLimited):
        services.request_verification(phone)
    hits = [arguments["scope"] for name, arguments in sent_signals if name == "limit_hit"]
    assert hits == ["phone"]


def test_another_address_has_a_limit_of_its_own(only: Any, numbers: Any) -> None:
    only(ip="1/h")
    services.request_verification(next(numbers), client=HOME)
    services.request_verification(next(numbers), client=Client(ip_address="93.184.216.35"))
    services.request_verification(next(numbers), client=Client())
    services.request_verification(next(numbers), client=Client())
    with pytest.raises(RateLimited):
        services.request_verification(next(numbers), client=HOME)


def test_a_household_of_ipv6_is_one_address(only: Any, numbers: Any) -> None:
    only(ip="1/h")
    services.request_verification(next(numbers), client=Client(ip_address="2a01:4f8:1:2::1"))
    with pytest.raises(RateLimited):
        services.request_verification(next(numbers), client=Client(ip_address="2a01:4f8:1:2:ffff::9"))


def test_limit_rows_tell_nothing_of_what_they_count(phone: str) -> None:
    services.request_verification(phone, client=HOME)
    for limit in Limit.objects.all():
        assert phone not in repr(vars(limit))
        assert "93.184" not in repr(vars(limit))
        assert len(limit.key) == 64
        assert limit.label == ("UA" if limit.scope == "region" else "")


class TestOwner:
    """Strangers cannot lock an owner out."""

    def test_strangers_do_not_use_up_the_owners_sends(
        self, owner: Any, stranger: Any, phone: str, only: Any, outbox: list[Message]
    ) -> None:
        only(phone="1/h", owner="2/h")
        services.request_verification(phone)
        for somebody in (None, stranger):
            with pytest.raises(RateLimited):
                services.request_verification(phone, user=somebody)
        services.request_verification(phone, user=owner)
        services.request_verification(phone, user=owner)
        with pytest.raises(RateLimited) as limited:
            services.request_verification(phone, user=owner)
        assert limited.value.scope == "owner"

    def test_strangers_do_not_hold_the_owner_by_the_cooldown(
        self, owner: Any, phone: str, outbox: list[Message]
    ) -> None:
        services.request_verification(phone)
        services.request_verification(phone, user=owner)
        assert len(VerificationAttempt.objects.filter(owner=True)) == 1

    @pytest.mark.parametrize("scope", ["prefix", "region"])
    def test_prefix_and_region_never_refuse_the_owner(self, owner: Any, phone: str, only: Any, scope: str) -> None:
        only(**{scope: "1/h"})
        services.request_verification("+380501234599")
        with pytest.raises(RateLimited):
            services.request_verification("+380501234598")
        services.request_verification(phone, user=owner)
        assert Limit.objects.get(scope=scope).count == 2

    def test_a_tenth_of_the_site_is_kept_for_owners(self, owner: Any, phone: str, only: Any, numbers: Any) -> None:
        only(site="10/h")
        for _ in range(9):
            services.request_verification(next(numbers))
        with pytest.raises(RateLimited):
            services.request_verification(next(numbers))
        services.request_verification(phone, user=owner)
        with pytest.raises(RateLimited) as limited:
            services.request_verification(phone, user=owner)
        assert limited.value.scope == "site"

    def test_strangers_guesses_do_not_use_up_the_owners(
        self, owner: Any, phone: str, only: Any, wrong: Any, code: Any
    ) -> None:
        only(phone_failures="3/d")
        attempt = services.request_verification(phone)
        for _ in range(3):
            services.verify(attempt.pk, code=wrong(code()))
        with pytest.raises(RateLimited):
            services.request_verification(phone)
        mine = services.request_verification(phone, user=owner, purpose="login")
        assert mine.max_checks == 3
        assert services.verify(mine.pk, code=code(), user=owner).proof

    def test_whoever_lost_the_number_is_no_owner_of_it(self, owner: Any, stranger: Any, phone: str) -> None:
        PhoneStatus.objects.update(user=stranger)
        assert not services.request_verification(phone, user=owner).owner


class TestFailures:
    """Checks are granted: the setting is the true bound, whatever is opened in parallel."""

    def test_what_is_granted_never_exceeds_the_rate(self, only: Any, phone: str) -> None:
        only(phone_failures="7/d")
        granted = [services.request_verification(phone).max_checks for _ in range(3)]
        assert granted == [3, 3, 1]
        with pytest.raises(RateLimited) as limited:
            services.request_verification(phone)
        assert limited.value.scope == "phone_failures"

    def test_unspent_checks_come_free_when_the_attempt_cannot_go_on(self, only: Any, phone: str, age: Any) -> None:
        only(phone_failures="3/d")
        services.request_verification(phone)
        with pytest.raises(RateLimited) as limited:
            services.request_verification(phone)
        assert 590 <= limited.value.retry_after <= 600
        age(600)
        assert services.request_verification(phone).max_checks == 3

    def test_spent_checks_count_for_the_whole_window(
        self, only: Any, phone: str, code: Any, wrong: Any, age: Any
    ) -> None:
        only(phone_failures="3/d")
        attempt = services.request_verification(phone)
        for _ in range(2):
            services.verify(attempt.pk, code=wrong(code()))
        age(86_000)
        assert services.request_verification(phone).max_checks == 1
        age(600)
        assert services.request_verification(phone).max_checks == 3

    def test_a_canceled_attempt_counts_only_what_it_spent(self, only: Any, phone: str, code: Any, wrong: Any) -> None:
        only(phone_failures="3/d")
        attempt = services.request_verification(phone)
        services.verify(attempt.pk, code=wrong(code()))
        services.cancel(attempt.pk)
        assert services.request_verification(phone).max_checks == 2

    def test_a_success_clears_what_went_before(self, only: Any, phone: str, code: Any, wrong: Any) -> None:
        only(phone_failures="4/d")
        first = services.request_verification(phone)
        for _ in range(3):
            services.verify(first.pk, code=wrong(code()))
        second = services.request_verification(phone)
        assert second.max_checks == 1
        assert services.verify(second.pk, code=code()).proof
        assert services.request_verification(phone).max_checks == 3

    def test_a_new_code_resets_nothing(self, only: Any, phone: str, code: Any, wrong: Any) -> None:
        only(phone_failures="9/d")
        evaluated = 0
        for _ in range(4):
            try:
                attempt = services.request_verification(phone)
            except RateLimited:
                break
            while services.verify(attempt.pk, code=wrong(code())).status == "invalid_code":
                evaluated += 1
        assert evaluated == 9

    def test_another_number_has_codes_of_its_own(self, only: Any, phone: str, numbers: Any) -> None:
        only(phone_failures="3/d")
        services.request_verification(phone)
        assert services.request_verification(next(numbers)).max_checks == 3

    def test_every_rate_of_the_failures_holds(self, only: Any, phone: str, code: Any, wrong: Any, age: Any) -> None:
        only(phone_failures="2/10m, 3/d")
        first = services.request_verification(phone)
        assert first.max_checks == 2
        for _ in range(2):
            services.verify(first.pk, code=wrong(code()))
        age(1200)
        second = services.request_verification(phone)
        assert second.max_checks == 1
        services.verify(second.pk, code=wrong(code()))
        age(1200)
        with pytest.raises(RateLimited) as limited:
            services.request_verification(phone)
        assert limited.value.retry_after > 80_000

    def test_the_wait_is_for_checks_that_come_free(
        self, only: Any, phone: str, code: Any, wrong: Any, age: Any
    ) -> None:
        only(phone_failures="3/d")
        canceled = services.request_verification(phone)
        services.cancel(canceled.pk)
        age(600)
        exhausted = services.request_verification(phone)
        for _ in range(3):
            services.verify(exhausted.pk, code=wrong(code()))
        with pytest.raises(RateLimited) as limited:
            services.request_verification(phone)
        # A day after the last code could have been entered.
        assert 86_400 < limited.value.retry_after <= 86_490

    def test_the_wait_is_for_the_first_that_comes_free(self, only: Any, phone: str, age: Any) -> None:
        only(phone_failures="6/d")
        services.request_verification(phone)
        age(300)
        services.request_verification(phone)
        with pytest.raises(RateLimited) as limited:
            services.request_verification(phone)
        assert 290 <= limited.value.retry_after <= 300


def test_a_fallback_where_there_is_no_limit_at_all(attempt: VerificationAttempt, flashcall: Any, age: Any) -> None:
    flashcall(LIMITS=dict.fromkeys(DEFAULTS["LIMITS"], ""))
    age(20)
    assert services.fall_back(attempt.pk).standing.newest.channel == "sms"


def test_only_the_rates_of_a_scope_make_its_keys() -> None:
    rate = timedelta(minutes=10)
    assert limit_keys.possible([("ip", "93.184.216.34")], [("phone", 5, rate)]) == set()
    assert limit_keys.key(secrets()[0], "ip", "5/10m", "::1") in limit_keys.possible([("ip", "::1")], [("ip", 5, rate)])


def test_a_key_stays_the_same_from_release_to_release() -> None:
    """Else every limit would start anew with a release."""
    written = "a39c65c6f1d9b269245c417ed6d1ed59722a0e74ba53686e59ded491745107ba"
    assert limit_keys.key("secret", "phone", "3/10m", "+380501234503") == written
