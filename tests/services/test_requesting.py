"""Asking for a code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from django_flashcall import services
from django_flashcall.exceptions import (
    AttemptClosed,
    AttemptNotFound,
    ChannelUnavailable,
    ConfigurationError,
    DeliveryFailed,
    DestinationNotAllowed,
    ProviderUnavailable,
    RateLimited,
    Refused,
)
from django_flashcall.models import Delivery, PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import in_seconds
from django_flashcall.models.transactions import database
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Message, Result, Status
from django_flashcall.signals import attempt_started

pytestmark = pytest.mark.django_db


def test_a_request_places_one_flash_call(phone: str, outbox: list[Message]) -> None:
    attempt = services.request_verification(phone)
    (message,) = outbox
    assert (message.channel, message.phone_number, message.text, message.ttl) == ("flashcall", phone, "", 60)
    assert len(message.code) == 4
    delivery = attempt.deliveries.get()
    assert (delivery.status, delivery.provider, delivery.id.hex) == ("accepted", "default", message.id)
    assert message.code.digits not in (delivery.code_digest, attempt.phone_digest)


def test_a_fresh_attempt_stands_as_it_was_asked_for(attempt: VerificationAttempt) -> None:
    standing = attempt.standing
    assert (standing.state, attempt.checks_left) == ("pending", 3)
    assert 80 < standing.expires_in <= 90
    assert attempt.region == "UA"


@pytest.mark.parametrize("spelling", ["0501234503", "+380 50 123-45-03", "00380501234503", "(050) 123 45 03"])
def test_a_number_has_one_row_however_it_is_spelled(spelling: str, phone: str) -> None:
    assert services.request_verification(spelling).phone_number == phone


@pytest.mark.parametrize("number", ["", "abc", None, 380501234503, "1" * 1000, "+38050123450", "tel:+380501234503"])
def test_what_is_no_number_is_refused(number: Any, outbox: list[Message]) -> None:
    with pytest.raises(ValidationError):
        services.request_verification(number)
    assert not outbox and not VerificationAttempt.objects.exists()


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+48501234567", "region"),
        ("+380800501234", "line_type"),
        ("+380441234567", "line_type"),
        ("+380900212345", "line_type"),
        ("+380892123456", "line_type"),
        ("112", "short_number"),
    ],
)
def test_a_destination_outside_the_lists_is_refused(number: str, reason: str, outbox: list[Message]) -> None:
    with pytest.raises(DestinationNotAllowed) as refused:
        services.request_verification(number)
    assert refused.value.reason == reason
    assert not outbox and not VerificationAttempt.objects.exists()


@pytest.mark.parametrize("regions", [[], (), set()])
def test_a_site_that_allows_no_region_sends_nowhere(
    phone: str, flashcall: Any, outbox: list[Message], regions: Any
) -> None:
    flashcall(ALLOWED_REGIONS=regions)
    with pytest.raises(DestinationNotAllowed):
        services.request_verification(phone)
    assert not outbox


def test_an_unknown_purpose_is_the_sites_mistake(phone: str) -> None:
    with pytest.raises(ConfigurationError):
        services.request_verification(phone, purpose="party")


def test_a_channel_that_the_purpose_does_not_offer(phone: str, outbox: list[Message]) -> None:
    with pytest.raises(ChannelUnavailable):
        services.request_verification(phone, channel="pigeon")
    assert not outbox


def test_a_blocked_number_is_refused(phone: str, outbox: list[Message]) -> None:
    PhoneStatus.objects.create(phone_number=phone, blocked_until=in_seconds(60))
    with pytest.raises(Refused):
        services.request_verification(phone)
    PhoneStatus.objects.update(blocked_until=in_seconds(-1))
    services.request_verification(phone)
    assert len(outbox) == 1


def refuse_all(phone_number: str, *, purpose: str, channel: str, user: Any, client: Any) -> None:
    raise Refused


@pytest.mark.parametrize("check", [refuse_all, "tests.services.test_requesting.refuse_all"])
def test_the_sites_risk_check_refuses_before_anything_is_spent(
    phone: str, outbox: list[Message], flashcall: Any, check: Any
) -> None:
    flashcall(RISK_CHECK=check)
    with pytest.raises(Refused):
        services.request_verification(phone)
    assert not outbox
    flashcall(RISK_CHECK=None)
    services.request_verification(phone)


@pytest.mark.parametrize("status", [Status.REJECTED, Status.UNREACHABLE])
def test_a_refused_call_falls_back_at_once(phone: str, outbox: list[Message], status: Status) -> None:
    memory.fail("flashcall", status=status)
    attempt = services.request_verification(phone)
    assert [message.channel for message in outbox] == ["flashcall", "sms"]
    assert outbox[0].code.digits != outbox[1].code.digits
    assert attempt.standing.state == "pending"
    assert attempt.standing.newest.channel == "sms"
    assert 290 < attempt.standing.expires_in <= 300
    assert services.verify(attempt.pk, code=outbox[1].code.digits).proof


def test_a_fallback_in_the_same_request_is_one_send(phone: str, flashcall: Any, outbox: list[Message]) -> None:
    flashcall(LIMITS={"phone": "2/h"}, COOLDOWN=0)
    memory.fail("flashcall")
    services.request_verification(phone)
    services.request_verification(phone)
    with pytest.raises(RateLimited):
        services.request_verification(phone)
    assert len(outbox) == 4


def test_a_call_whose_result_is_unknown_is_never_sent_again_by_itself(phone: str, outbox: list[Message]) -> None:
    memory.fail("flashcall", status=Status.UNKNOWN)
    attempt = services.request_verification(phone)
    assert len(outbox) == 1
    assert (attempt.standing.state, attempt.standing.newest.status) == ("pending", "unknown")
    assert services.verify(attempt.pk, code=outbox[0].code.digits).proof


def test_when_no_channel_takes_the_code_the_attempt_can_be_continued(phone: str, outbox: list[Message]) -> None:
    memory.fail()
    with pytest.raises(DeliveryFailed) as failed:
        services.request_verification(phone)
    attempt = VerificationAttempt.objects.get()
    assert (failed.value.attempt_id, failed.value.next_channel) == (str(attempt.pk), "flashcall")
    assert services.get_attempt(attempt.pk).standing.state == "failed"
    memory.clear()
    assert services.fall_back(attempt.pk).standing.state == "pending"
    assert [message.channel for message in outbox] == ["flashcall"]


def test_refused_credentials_are_not_tried_on_another_channel(phone: str, outbox: list[Message]) -> None:
    memory.fail(error_code=base.CREDENTIALS)
    with pytest.raises(ProviderUnavailable):
        services.request_verification(phone)
    assert len(outbox) == 1


def test_another_account_is_tried_when_the_first_ones_credentials_are_refused(
    phone: str, outbox: list[Message], flashcall: Any
) -> None:
    flashcall(
        PROVIDERS={"other": {"CLASS": "django_flashcall.providers.memory.MemoryProvider"}},
        CHANNEL_PROVIDERS={"sms": "other"},
    )
    memory.script("flashcall", Result(status=Status.REJECTED, error_code=base.CREDENTIALS))
    attempt = services.request_verification(phone)
    assert [delivery.provider for delivery in attempt.standing.deliveries] == ["default", "other"]


def test_an_id_that_the_provider_gave_before_changes_no_other_delivery(phone: str) -> None:
    said = Result(status=Status.UNKNOWN, provider_message_id="of-another")
    memory.script("flashcall", Result(status=Status.ACCEPTED, provider_message_id="of-another"), said)
    for number in (phone, "+380671234567"):
        services.request_verification(number)
    kept = Delivery.objects.order_by("id").values_list("status", "provider_message_id")
    assert list(kept) == [("accepted", "of-another"), ("unknown", "of-another")]


def test_a_rejected_number_is_not_hidden_by_a_busy_process(phone: str) -> None:
    """The attempt can go on, so its id is told."""
    memory.script("sms", Result(status=Status.UNREACHABLE, error_code=base.TOO_MANY_IN_FLIGHT))
    memory.fail("flashcall", error_code=base.INVALID_NUMBER)
    with pytest.raises(DeliveryFailed):
        services.request_verification(phone)


class Broken(base.Provider):
    def send(self, message: Message, *, deadline: float) -> Result:
        raise ZeroDivisionError(message.code.digits)


def test_a_provider_that_raises_may_have_sent(phone: str, flashcall: Any, caplog: Any) -> None:
    flashcall(PROVIDERS={"default": {"CLASS": "tests.services.test_requesting.Broken"}})
    attempt = services.request_verification(phone)
    assert attempt.standing.newest.status == "unknown"
    assert "ZeroDivisionError" in caplog.text


class Deliberate(base.Provider):
    def draw(self, channel: str, length: int) -> base.Draw:
        assert not connection.in_atomic_block
        return super().draw(channel, length)

    def send(self, message: Message, *, deadline: float) -> Result:
        return Result(status=Status.ACCEPTED)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_made_while_the_limits_of_the_site_are_held(phone: str, flashcall: Any, age: Any) -> None:
    flashcall(PROVIDERS={"default": {"CLASS": "tests.services.test_requesting.Deliberate"}})
    attempt = services.request_verification(phone)
    age(30)
    assert len(services.fall_back(attempt.pk).standing.deliveries) == 2


def test_a_text_is_written_in_the_language_of_whoever_asks(phone: str, outbox: list[Message]) -> None:
    with translation.override("uk"):
        attempt = services.request_verification(phone, channel="sms")
    assert attempt.language == "uk"
    assert outbox[0].language == "uk"
    assert outbox[0].code.digits in outbox[0].text


def test_the_texts_of_the_purposes_differ(phone: str, outbox: list[Message], flashcall: Any) -> None:
    flashcall(COOLDOWN=0)
    for purpose in ("signup", "login", "transaction", "change_phone"):
        services.cancel(services.request_verification(phone, channel="sms", purpose=purpose).pk)
    texts = [message.text.replace(message.code.digits, "") for message in outbox]
    assert len(set(texts)) == 4


def test_an_sms_for_webotp_ends_with_the_origin_bound_line(phone: str, outbox: list[Message], flashcall: Any) -> None:
    flashcall(WEBOTP_HOST="example.com")
    services.request_verification(phone, channel="sms")
    assert outbox[0].text.endswith(f"\n@example.com #{outbox[0].code.digits}")


def test_what_is_told_when_an_attempt_starts(phone: str, sent_signals: list[Any]) -> None:
    memory.fail("flashcall")
    attempt = services.request_verification(phone)
    assert [name for name, _ in sent_signals] == ["attempt_started", "delivery_failed", "delivery_sent"]
    assert all(arguments["attempt"] == attempt for _, arguments in sent_signals)


class TestFallBack:
    def test_too_early(self, attempt: VerificationAttempt, age: Any, outbox: list[Message]) -> None:
        with pytest.raises(RateLimited) as limited:
            services.fall_back(attempt.pk)
        assert (limited.value.scope, limited.value.retry_after) == ("fallback", 20)
        age(19)
        with pytest.raises(RateLimited):
            services.fall_back(attempt.pk)
        assert len(outbox) == 1

    def test_when_due(self, attempt: VerificationAttempt, age: Any, outbox: list[Message]) -> None:
        age(20)
        standing = services.fall_back(attempt.pk).standing
        assert [message.channel for message in outbox] == ["flashcall", "sms"]
        assert (standing.state, standing.newest.channel, len(standing.live)) == ("pending", "sms", 2)
        assert 290 < standing.expires_in <= 300

    @pytest.mark.parametrize("status", ["rejected", "failed", "undeliverable", "unknown"])
    def test_at_once_when_the_call_failed_or_nobody_knows(
        self, attempt: VerificationAttempt, outbox: list[Message], status: str
    ) -> None:
        Delivery.objects.update(status=status)
        services.fall_back(attempt.pk)
        assert outbox[-1].channel == "sms"

    def test_at_once_when_the_worker_died_during_the_call(
        self, attempt: VerificationAttempt, age: Any, outbox: list[Message]
    ) -> None:
        Delivery.objects.update(status="created", due_at=None)
        age(10)
        with pytest.raises(RateLimited):
            services.fall_back(attempt.pk)
        age(6)
        services.fall_back(attempt.pk)
        assert outbox[-1].channel == "sms"

    def test_a_resend_is_held_by_the_cooldown_and_ends_the_earlier_code(
        self, attempt: VerificationAttempt, age: Any, outbox: list[Message]
    ) -> None:
        age(29)
        with pytest.raises(RateLimited) as limited:
            services.fall_back(attempt.pk, channel="flashcall")
        assert limited.value.scope == "cooldown"
        age(1)
        services.fall_back(attempt.pk, channel="flashcall")
        first, second = outbox
        assert second.channel == "flashcall"
        assert services.verify(attempt.pk, code=first.code.digits).status == "invalid_code"
        assert services.verify(attempt.pk, code=second.code.digits).proof

    def test_all_codes_share_the_checks(
        self, attempt: VerificationAttempt, age: Any, wrong: Any, outbox: list[Message]
    ) -> None:
        services.verify(attempt.pk, code=wrong(outbox[0].code.digits))
        age(20)
        services.fall_back(attempt.pk)
        assert services.verify(attempt.pk, code=wrong(outbox[1].code.digits)).checks_left == 1

    def test_an_expired_attempt_goes_on_for_ten_minutes(
        self, attempt: VerificationAttempt, age: Any, outbox: list[Message]
    ) -> None:
        age(590)
        assert services.get_attempt(attempt.pk).standing.state == "expired"
        standing = services.fall_back(attempt.pk).standing
        assert (standing.state, outbox[-1].channel) == ("pending", "sms")

    def test_not_after_that(self, attempt: VerificationAttempt, age: Any) -> None:
        age(601)
        with pytest.raises(AttemptClosed) as closed:
            services.fall_back(attempt.pk)
        assert closed.value.status == "expired"

    @pytest.mark.parametrize("state", ["verified", "canceled", "exhausted"])
    def test_a_final_attempt_takes_no_further_delivery(
        self, attempt: VerificationAttempt, age: Any, code: Any, state: str, outbox: list[Message]
    ) -> None:
        age(30)
        if state == "verified":
            services.verify(attempt.pk, code=code())
        elif state == "canceled":
            services.cancel(attempt.pk)
        else:
            VerificationAttempt.objects.update(checks=3)
        with pytest.raises(AttemptClosed) as closed:
            services.fall_back(attempt.pk)
        assert (closed.value.status, len(outbox)) == (state, 1)

    def test_an_attempt_whose_channels_are_used_up_begins_again(
        self, attempt: VerificationAttempt, age: Any, outbox: list[Message]
    ) -> None:
        age(20)
        services.fall_back(attempt.pk)
        age(301)
        services.fall_back(attempt.pk)
        assert [message.channel for message in outbox] == ["flashcall", "sms", "flashcall"]

    def test_it_counts_as_a_send(self, phone: str, flashcall: Any, age: Any, outbox: list[Message]) -> None:
        flashcall(LIMITS={"phone": "1/h"})
        attempt = services.request_verification(phone)
        age(20, attempt)
        with pytest.raises(RateLimited) as limited:
            services.fall_back(attempt.pk)
        assert (limited.value.scope, len(outbox)) == ("phone", 1)

    def test_a_channel_that_is_not_offered(self, attempt: VerificationAttempt) -> None:
        with pytest.raises(ChannelUnavailable):
            services.fall_back(attempt.pk, channel="viber_otp")

    def test_another_users_attempt(self, phone: str, user: Any, stranger: Any, age: Any) -> None:
        attempt = services.request_verification(phone, user=user)
        age(20)
        with pytest.raises(AttemptNotFound):
            services.fall_back(attempt.pk, user=stranger)


class TestCascadeOfAFallback:
    """What follows a refused delivery is a delivery as any other of its channel."""

    @pytest.fixture
    def over_sms(self, attempt: VerificationAttempt, age: Any) -> VerificationAttempt:
        """An attempt whose SMS was accepted, and whose next flash call is refused."""
        age(20)
        services.fall_back(attempt.pk)
        age(10)
        memory.fail("flashcall")
        return attempt

    def test_it_keeps_to_the_cooldown_of_its_channel(
        self, over_sms: VerificationAttempt, outbox: list[Message], code: Any
    ) -> None:
        with pytest.raises(DeliveryFailed):
            services.fall_back(over_sms.pk, channel="flashcall")
        assert [message.channel for message in outbox] == ["flashcall", "sms", "flashcall"]
        assert services.verify(over_sms.pk, code=outbox[1].code.digits).proof

    def test_it_ends_the_earlier_code_of_its_channel(
        self, over_sms: VerificationAttempt, age: Any, outbox: list[Message]
    ) -> None:
        age(20)
        standing = services.fall_back(over_sms.pk, channel="flashcall").standing
        assert [message.channel for message in outbox] == ["flashcall", "sms", "flashcall", "sms"]
        assert [delivery.channel for delivery in standing.live].count("sms") == 1
        assert services.verify(over_sms.pk, code=outbox[1].code.digits).status == "invalid_code"


def test_a_provider_that_returns_no_result_may_have_sent(phone: str, outbox: list[Message]) -> None:
    memory.script("flashcall", None)  # type: ignore[arg-type]
    standing = services.request_verification(phone).standing
    assert (standing.newest.status, standing.newest.error_code) == ("unknown", "raised")
    assert len(outbox) == 1


@pytest.fixture
def told(phone: str) -> Iterator[list[VerificationAttempt]]:
    """The attempts that the site is told of when they start."""
    attempts: list[VerificationAttempt] = []

    def receiver(attempt: VerificationAttempt, **_: Any) -> None:
        attempts.append(attempt)

    attempt_started.connect(receiver)
    yield attempts
    attempt_started.disconnect(receiver)


def test_the_times_of_a_new_attempt_are_the_databases(phone: str, told: list[VerificationAttempt]) -> None:
    services.request_verification(phone)
    (new,), read = told, VerificationAttempt.objects.get()
    assert (new.created_at, new.expires_at, new.continue_until) == (
        read.created_at,
        read.expires_at,
        read.continue_until,
    )
    assert new.verified_at is None


def test_to_save_a_new_attempt_undoes_nothing(phone: str, told: list[VerificationAttempt], code: Any) -> None:
    services.request_verification(phone)
    told[0].save()
    services.verify(told[0].pk, code=code())
    with pytest.raises(IntegrityError), transaction.atomic(using=database()):
        told[0].save()
    assert VerificationAttempt.objects.get().status == "verified"
