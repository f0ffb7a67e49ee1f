"""TEST_NUMBERS: nobody is called, nothing of the limits on sends is taken, and checks are what they always are."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.conf import get_config
from django_flashcall.exceptions import DestinationNotAllowed, ProviderUnavailable, RateLimited, Refused
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import in_seconds
from django_flashcall.models.conversion import conversions
from django_flashcall.models.transactions import database
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Message
from django_flashcall.services import Client, limit_keys
from tests.api.client import Api
from tests.concurrency.together import together

pytestmark = pytest.mark.django_db

CODE = "4821"
HOME = Client(ip_address="93.184.216.34")


@pytest.fixture(autouse=True)
def listed(flashcall: Any, phone: str) -> None:
    flashcall(TEST_NUMBERS={phone: CODE})


@pytest.fixture(autouse=True)
def _nobody_is_called(outbox: list[Message], phone: str) -> Any:
    yield
    assert not [message for message in outbox if message.phone_number == phone]


def test_the_code_is_the_one_that_is_listed(phone: str) -> None:
    attempt = services.request_verification(phone, client=HOME)
    delivery = attempt.deliveries.get()
    assert (delivery.provider, delivery.status, delivery.code_length) == ("test-number", "accepted", 4)
    assert CODE not in delivery.code_digest and attempt.masked_phone_number() == "+380•••••••03"
    assert services.verify(attempt.pk, code=CODE).proof


def test_what_is_locked_for_it_refuses_nobody_and_is_found_again(phone: str) -> None:
    services.request_verification(phone, client=HOME)
    row = Limit.objects.get(scope="cooldown")
    assert (row.scope, row.maximum, row.period, row.label) == ("cooldown", 1, timedelta(0), "")
    assert row.key in limit_keys.possible(limit_keys.of_number(phone), Limit.objects.rates(limit_keys.PERSONAL))


def test_who_waits_for_another_request_for_it_is_not_refused(phone: str) -> None:
    """By the clock of a statement that began before another request's turn, that one's window is still to come."""
    services.request_verification(phone, client=HOME)
    Limit.objects.filter(scope="cooldown").update(ends_at=in_seconds(60))
    assert services.request_verification(phone, client=HOME)
    assert Limit.objects.get(scope="cooldown").count == 2


def test_the_whole_way_over_the_api(phone: str, db: None, user: Any) -> None:
    api = Api()
    api.force_login(user)
    body = api.start("050 123 45 03").body
    assert (body["status"], body["channel"], body["code_lengths"]) == ("pending", "flashcall", [4])
    assert api.verify(body["id"], code="4822").body["checks_left"] == 2
    assert api.own(api.verify(body["id"], caller_id="+380441234821").body["proof"]).status_code == 200
    assert PhoneStatus.objects.for_user(user).get().phone_number == phone


def test_it_has_the_same_code_over_every_channel(phone: str, age: Any) -> None:
    attempt = services.request_verification(phone)
    age(20)
    standing = services.fall_back(attempt.pk).standing
    assert [(one.channel, one.code_length, one.provider) for one in standing.deliveries] == [
        ("flashcall", 4, "test-number"),
        ("sms", 4, "test-number"),
    ]
    assert services.verify(attempt.pk, code=CODE).proof


def test_a_code_may_be_longer_than_a_channels(phone: str, flashcall: Any) -> None:
    flashcall(TEST_NUMBERS={phone: "04821750"})
    attempt = services.request_verification(phone)
    assert services.verify(attempt.pk, code=CODE).status == "malformed"
    assert services.verify(attempt.pk, code="0482 1750").proof


def test_no_limit_on_sends_holds_it(phone: str, flashcall: Any, user: Any) -> None:
    flashcall(LIMITS=dict.fromkeys(["phone", "owner", "ip", "user", "prefix", "region", "site"], "1/h"))
    services.request_verification("+380501234504", user=user, client=HOME)
    taken = dict(Limit.objects.values_list("key", "count"))
    for _ in range(20):
        services.verify(services.request_verification(phone, user=user, client=HOME).pk, code=CODE, user=user)
    assert taken.items() <= dict(Limit.objects.values_list("key", "count")).items()
    assert Limit.objects.count() == len(taken) + 1, "only the row that is there to be locked"


def test_it_counts_in_no_report(phone: str, age: Any) -> None:
    services.verify(services.request_verification(phone).pk, code=CODE)
    services.request_verification(phone)
    age(91)
    assert conversions(database(), 7200, least=0) == []
    assert not Limit.objects.filter(scope__startswith="sent").exists()


def test_it_needs_no_provider(phone: str) -> None:
    memory.fail(error_code=base.CREDENTIALS)
    with pytest.raises(ProviderUnavailable):
        services.request_verification("+380501234504")
    assert services.request_verification(phone).standing.state == "pending"


def test_wrong_codes_count_as_on_any_number(phone: str) -> None:
    for _ in range(3):
        attempt = services.request_verification(phone)
        assert [services.verify(attempt.pk, code="1111").checks_left for _ in range(3)] == [2, 1, 0]
        assert services.verify(attempt.pk, code=CODE).status == "exhausted"
    with pytest.raises(RateLimited) as limited:
        services.request_verification(phone)
    assert limited.value.scope == "phone_failures"


@pytest.mark.django_db(transaction=True)
def test_what_is_granted_in_parallel_is_bound_by_the_rate(phone: str) -> None:
    outcomes = together([partial(services.request_verification, phone)] * 12)
    granted = [outcome.max_checks for outcome in outcomes if isinstance(outcome, VerificationAttempt)]
    assert sum(granted) == 9
    assert {type(outcome) for outcome in outcomes} == {VerificationAttempt, RateLimited}


@pytest.mark.parametrize("purpose", ["login", "transaction"])
def test_a_login_and_a_transaction_have_their_own_or_none(flashcall: Any, purpose: str, outbox: list[Message]) -> None:
    phone = "+380501234504"
    flashcall(TEST_NUMBERS={phone: CODE})
    assert services.request_verification(phone, purpose=purpose).standing.newest.provider == "default"
    assert [message.phone_number for message in outbox] == [phone]
    flashcall(PURPOSES={purpose: {"TEST_NUMBERS": {phone: "7777"}}})
    attempt = services.request_verification(phone, purpose=purpose)
    assert services.verify(attempt.pk, code=CODE).status == "invalid_code"
    assert services.verify(attempt.pk, code="7777").proof


def test_a_purpose_may_have_none(phone: str, flashcall: Any) -> None:
    flashcall(PURPOSES={"signup": {"TEST_NUMBERS": {}}, "raffle": {}})
    purposes = get_config().purposes
    assert (dict(purposes["signup"].test_numbers), dict(purposes["raffle"].test_numbers)) == ({}, {phone: CODE})


def test_it_has_to_be_a_destination(phone: str, flashcall: Any) -> None:
    flashcall(ALLOWED_REGIONS=["PL"])
    with pytest.raises(DestinationNotAllowed):
        services.request_verification(phone)


def test_it_may_be_blocked(phone: str) -> None:
    PhoneStatus.objects.create(phone_number=phone, blocked_until=in_seconds(60))
    with pytest.raises(Refused):
        services.request_verification(phone)


def test_the_sites_risk_check_is_asked(phone: str, flashcall: Any) -> None:
    def refuse(phone_number: str, **about: Any) -> None:
        raise Refused

    flashcall(RISK_CHECK=refuse)
    with pytest.raises(Refused):
        services.request_verification(phone)
    assert not Delivery.objects.exists()


def test_neither_number_nor_code_is_shown(phone: str) -> None:
    assert phone in get_config().purpose("signup").test_numbers
    assert phone not in repr(get_config()) and CODE not in repr(get_config())
