"""CASCADE = "provider": one request, one delivery, one code for all channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import F

from django_flashcall import proofs, services
from django_flashcall.exceptions import AttemptClosed, DeliveryFailed, RateLimited
from django_flashcall.models import Delivery, Limit, VerificationAttempt
from django_flashcall.providers import memory
from django_flashcall.providers.base import Message, Result, Status
from django_flashcall.services import ticking
from tests.api.client import Api, about
from tests.following.books import Books

pytestmark = pytest.mark.django_db

CHANNELS = ["flashcall", "sms"]
SIX = {"flashcall": 6, "sms": 6}


class Cascading(memory.MemoryProvider):
    """Keeps what it is given, cascades included."""

    cascades = True


class Plain(memory.MemoryProvider):
    """Keeps what it is given, one message at a time."""

    cascades = False


@pytest.fixture
def outside(flashcall: Callable[..., None]) -> Callable[..., None]:
    """A site whose provider has a cascade and an outbox; to be called with other settings."""

    def change(**values: Any) -> None:
        provider = {"CLASS": f"{__name__}.Cascading"}
        flashcall(**{"PROVIDERS": {"default": provider}, "CASCADE": "provider", "CODE_LENGTH": SIX, **values})

    change()
    return change


@pytest.fixture
def cascade(site: Callable[..., None]) -> None:
    """A site whose provider has a cascade, and books."""
    site({"CASCADES": True}, CASCADE="provider", CODE_LENGTH=SIX)


def test_one_request_has_every_channel_and_one_code(outside: Any, outbox: list[Message], phone: str) -> None:
    attempt = services.request_verification(phone)
    (message,) = outbox
    (fallback,) = message.fallbacks
    assert (message.channel, message.ttl, message.text) == ("flashcall", 60, "")
    assert (fallback.channel, fallback.ttl, fallback.fallbacks) == ("sms", 300, ())
    assert fallback.code == message.code
    assert message.code.digits in fallback.text
    assert {one.phone_number for one in (message, fallback)} == {phone}
    delivery = attempt.deliveries.get()
    assert (delivery.channel, delivery.fallbacks, delivery.id.hex) == ("flashcall", "sms", message.id)


@pytest.mark.parametrize(
    ("ttl", "expected"), [({"flashcall": 90, "sms": 300}, 390), ({"flashcall": 400, "sms": 500}, 600)]
)
def test_its_code_lives_as_long_as_all_of_them_and_ten_minutes_at_most(
    outside: Any, phone: str, ttl: dict[str, int], expected: int
) -> None:
    outside(TTL=ttl)
    assert expected - 10 < services.request_verification(phone).standing.expires_in <= expected


def test_it_is_one_send_in_the_limits(outside: Any, phone: str) -> None:
    services.request_verification(phone)
    assert set(Limit.objects.filter(scope="phone").values_list("count", flat=True)) == {1}


def test_what_the_client_sees(outside: Any, phone: str, code: Any) -> None:
    body = Api().start(phone).body
    assert (body["channel"], body["code_length"], body["code_lengths"]) == ("flashcall", 6, [6])
    assert (body["next_channel"], body["next_channel_in"]) == (None, None)
    assert (body["expires_in"], body["resend_in"]) == (about(390), 30)


@pytest.mark.parametrize("entered", ["code", "caller_id"])
def test_the_code_counts_however_it_came(outside: Any, phone: str, code: Any, entered: str) -> None:
    attempt = services.request_verification(phone)
    value = code() if entered == "code" else f"+38044{code()}"
    assert services.verify(attempt.pk, **{entered: value}).status == "verified"


def test_a_caller_id_counts_where_the_call_comes_later(outside: Any, phone: str, code: Any) -> None:
    outside(CHANNELS=["sms", "flashcall"])
    attempt = services.request_verification(phone)
    assert services.verify(attempt.pk, caller_id=f"+38044{code()}").status == "verified"


def test_who_does_not_want_to_wait_gets_the_channel_that_is_asked_for(
    outside: Any, outbox: list[Message], phone: str, age: Any
) -> None:
    attempt = services.request_verification(phone)
    with pytest.raises(RateLimited) as early:
        services.fall_back(attempt.pk, channel="sms")
    assert (early.value.scope, early.value.retry_after) == ("cooldown", 30)
    age(31)
    services.fall_back(attempt.pk, channel="sms")
    assert [(message.channel, len(message.fallbacks)) for message in outbox] == [("flashcall", 1), ("sms", 0)]
    for message in outbox:
        assert services.verify(attempt.pk, code=message.code.digits).status == "verified"


def test_again_from_the_beginning_ends_the_earlier_one(
    outside: Any, outbox: list[Message], phone: str, age: Any
) -> None:
    attempt = services.request_verification(phone)
    age(31)
    services.fall_back(attempt.pk)
    assert [message.channel for message in outbox] == ["flashcall", "flashcall"]
    assert services.verify(attempt.pk, code=outbox[0].code.digits).status == "invalid_code"
    assert services.verify(attempt.pk, code=outbox[1].code.digits).status == "verified"


def test_a_refused_cascade_goes_on_with_the_next_channel(outside: Any, outbox: list[Message], phone: str) -> None:
    memory.fail("flashcall")
    attempt = services.request_verification(phone)
    assert [message.channel for message in outbox] == ["flashcall", "sms"]
    assert (attempt.standing.state, attempt.standing.newest.channel) == ("pending", "sms")


def test_where_all_is_refused_it_begins_again(outside: Any, phone: str) -> None:
    memory.fail()
    with pytest.raises(DeliveryFailed) as failed:
        services.request_verification(phone)
    assert failed.value.next_channel == "flashcall"


def test_a_provider_without_a_cascade_sends_one_channel(outside: Any, outbox: list[Message], phone: str) -> None:
    outside(PROVIDERS={"default": {"CLASS": f"{__name__}.Plain"}})
    attempt = services.request_verification(phone)
    assert outbox[0].fallbacks == ()
    assert attempt.deliveries.get().fallbacks == ""
    assert Api().status(attempt.pk).body["next_channel"] == "sms"


def test_an_unknown_result_is_followed_by_nothing(outside: Any, outbox: list[Message], phone: str) -> None:
    memory.script("flashcall", Result(status=Status.UNKNOWN))
    body = Api().start(phone).body
    assert (body["status"], body["next_channel"]) == ("pending", None)
    assert len(outbox) == 1


def test_the_channel_that_delivered_is_shown_and_verified(
    cascade: None, due: Delivery, books: Books, sent_signals: Any
) -> None:
    books.write({due.pk.hex: {"status": "delivered", "channel": "sms", "cost": "0.9", "currency": "UAH"}})
    body = Api().status(due.attempt_id).body
    assert (body["status"], body["channel"], body["next_channel"]) == ("pending", "sms", None)
    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.delivered_channel) == ("flashcall", "sms")
    ((_name, arguments),) = sent_signals
    assert arguments["delivery"].reached_over == "sms"


def test_a_proof_says_which_channel_delivered(outside: Any, phone: str, code: Any) -> None:
    attempt = services.request_verification(phone)
    Delivery.objects.update(status="delivered", delivered_channel="sms")
    proof = services.verify(attempt.pk, code=code()).proof
    assert proofs.read(proof).channel == "sms"


def test_what_it_sends_after_the_number_was_verified_changes_nothing(
    cascade: None, due: Delivery, books: Books, age: Any
) -> None:
    VerificationAttempt.objects.update(status="verified", verified_at=F("created_at"))
    books.write({due.pk.hex: {"status": "delivered", "channel": "sms"}})
    age(100)
    ticking.tick(seconds=10)
    assert Delivery.objects.get().delivered_channel == "sms"
    assert VerificationAttempt.objects.get().status == "verified"
    assert books.sent == ["flashcall"]
    with pytest.raises(AttemptClosed):
        services.fall_back(due.attempt_id, channel="sms")


@pytest.mark.parametrize("channel", ["pigeon", "flashcall", None, ""])
def test_a_channel_that_it_never_had_is_not_believed(
    cascade: None, due: Delivery, books: Books, channel: str | None
) -> None:
    books.write({due.pk.hex: {"status": "delivered", "channel": channel}})
    services.follow(due.attempt_id)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.delivered_channel) == ("delivered", "")


@pytest.mark.parametrize("steps", [[], ["flashcall"], ["viber_otp"], ["flashcall", "viber_otp"]], ids=",".join)
def test_a_cascade_that_is_told_of_in_part_is_under_way(
    site: Any, books: Books, phone: str, age: Any, sent_signals: Any, steps: list[str]
) -> None:
    site({"CASCADES": True}, CASCADE="provider", CODE_LENGTH=SIX, CHANNELS=["flashcall", "viber_otp", "sms"])
    attempt = services.request_verification(phone)
    message_id = attempt.deliveries.get().pk.hex
    books.write({message_id: {"status": "undeliverable", "steps": steps}})
    age(6)
    sent_signals.clear()
    assert services.follow(attempt.pk).standing.state == "pending"
    assert books.asked == {message_id: 1}
    assert Delivery.objects.get().status == "accepted"
    assert not sent_signals
    # The SMS that was not told of comes all the same, and is told of the next time.
    books.write({message_id: {"status": "delivered", "steps": [*steps, "sms"], "channel": "sms"}})
    age(7)
    assert services.follow(attempt.pk).standing.newest.delivered_channel == "sms"


@pytest.mark.parametrize("steps", [["sms"], ["flashcall", "sms"]], ids=",".join)
def test_a_cascade_that_is_told_of_to_its_end_is_over(
    cascade: None, due: Delivery, books: Books, steps: list[str]
) -> None:
    books.write({due.pk.hex: {"status": "undeliverable", "steps": steps}})
    assert services.follow(due.attempt_id).standing.state == "failed"
    assert Delivery.objects.get().status == "undeliverable"


@pytest.mark.parametrize("steps", [None, [], ["flashcall"]])
def test_without_a_cascade_there_are_no_steps_to_wait_for(due: Delivery, books: Books, steps: list[str] | None) -> None:
    books.write({due.pk.hex: {"status": "undeliverable", "steps": steps}})
    assert services.follow(due.attempt_id).standing.state == "failed"


def test_when_the_provider_has_tried_them_all_nothing_goes_by_itself(
    cascade: None, due: Delivery, books: Books, site: Any
) -> None:
    site({"CASCADES": True}, CASCADE="provider", CODE_LENGTH=SIX, AUTO_FALLBACK=True)
    books.write({due.pk.hex: "undeliverable"})
    body = Api().status(due.attempt_id).body
    assert (body["status"], body["next_channel"], body["next_channel_in"]) == ("failed", "flashcall", 0)
    ticking.tick(seconds=10)
    assert books.sent == ["flashcall"]
    assert VerificationAttempt.objects.get().status == "pending"
