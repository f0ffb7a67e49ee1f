"""Tests as a site writes them with pytest."""

import pytest
import settings as site
from django.contrib.auth import get_user_model

from django_flashcall import services
from django_flashcall.conf import get_config
from django_flashcall.exceptions import DeliveryFailed, RateLimited, Refused
from django_flashcall.models import PhoneStatus

PHONE = "+380501234503"


@pytest.fixture
def user(db):
    return get_user_model().objects.create_user("olena")


def test_the_outbox_begins_empty(db, flashcall_outbox):
    assert flashcall_outbox == []
    services.request_verification(PHONE)
    assert [message.channel for message in flashcall_outbox] == ["flashcall"]


def test_the_outbox_is_empty_again(flashcall_outbox):
    assert flashcall_outbox == []


def test_the_code(db, flashcall_code):
    first = services.request_verification(PHONE)
    second = services.request_verification("+380501234504")
    assert services.verify(first.pk, code=flashcall_code(first)).status == "verified"
    assert services.verify(second.pk, code=flashcall_code(str(second.pk))).status == "verified"


def test_the_code_of_a_fallback_comes_after_the_first(db, flashcall_code, flashcall_outbox):
    attempt = services.request_verification(PHONE)
    services.fall_back(attempt.pk)
    assert flashcall_outbox[-1].channel == "sms"
    assert flashcall_code(attempt) == flashcall_outbox[-1].code.digits


def test_there_is_no_code_of_nothing(db, flashcall_code):
    with pytest.raises(LookupError):
        flashcall_code("01890000-0000-7000-8000-000000000000")
    with pytest.raises(LookupError):
        flashcall_code("nonsense")


def test_no_limit(db, flashcall_outbox):
    for _ in range(20):
        services.request_verification(PHONE)
        services.request_verification(PHONE, purpose="login")
    assert len(flashcall_outbox) == 40


def test_the_sites_limits(db, flashcall_limits, flashcall_let_pass):
    services.request_verification(PHONE)
    with pytest.raises(RateLimited, match="cooldown"):
        services.request_verification(PHONE)
    flashcall_let_pass(31)
    services.request_verification(PHONE)
    flashcall_let_pass(31)
    with pytest.raises(RateLimited, match="phone"):
        services.request_verification(PHONE)


def test_a_proof(proof, user):
    assert services.redeem(proof(PHONE, "signup"), purpose="signup", user=user).phone_number == PHONE


def test_a_verified_phone(verified_phone, user):
    assert verified_phone(user).user == user
    assert verified_phone(user, "+380501234504").phone_number == "+380501234504"
    assert PhoneStatus.objects.for_user(user).count() == 2


def test_what_is_rejected_falls_back(db, flashcall_next, flashcall_outbox):
    flashcall_next("rejected")
    services.request_verification(PHONE)
    assert [message.channel for message in flashcall_outbox] == ["flashcall", "sms"]


def test_a_provider_that_is_down(db, flashcall_next):
    flashcall_next("down", channel="flashcall")
    flashcall_next("down", channel="sms")
    with pytest.raises(DeliveryFailed):
        services.request_verification(PHONE)


def test_an_answer_that_does_not_come(db, flashcall_next, flashcall_code):
    flashcall_next("no_answer")
    attempt = services.request_verification(PHONE)
    assert attempt.standing.newest.known_status == "unknown"
    assert services.verify(attempt.pk, code=flashcall_code(attempt)).status == "verified"


def test_a_code_that_comes_too_late(db, flashcall_code, flashcall_let_pass):
    attempt, other = services.request_verification(PHONE), services.request_verification("+380501234504")
    flashcall_let_pass(91, attempt)
    assert services.verify(attempt.pk, code=flashcall_code(attempt)).status == "expired"
    assert services.verify(other.pk, code=flashcall_code(other)).status == "verified"


def test_an_override_of_beforehand_does_not_bring_the_providers_back(db, settings, flashcall_outbox):
    settings.FLASHCALL = {**site.FLASHCALL, "CHANNELS": ["sms"]}
    services.request_verification(PHONE)
    assert [message.channel for message in flashcall_outbox] == ["sms"]


def test_the_sites_risk_check_where_a_test_asks_for_it(db, settings):
    services.request_verification(PHONE)
    settings.FLASHCALL = {**settings.FLASHCALL, "RISK_CHECK": site.FLASHCALL["RISK_CHECK"]}
    with pytest.raises(Refused):
        services.request_verification(PHONE)


def test_no_setting_at_all(settings):
    del settings.FLASHCALL
    assert get_config().providers == {}
