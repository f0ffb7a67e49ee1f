"""A flash call as a device of django-otp. Run by `test_contrib.py`."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django_otp import devices_for_user
from django_otp.forms import OTPTokenForm

from django_flashcall import services
from django_flashcall.contrib.otp.models import FlashCallDevice
from django_flashcall.models import Delivery, PhoneStatus, VerificationAttempt
from django_flashcall.services.erasing import erase
from django_flashcall.services.exporting import export
from django_flashcall.services.holdings import Subject

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def device(user: Any, phone: str) -> FlashCallDevice:
    return FlashCallDevice.objects.create(user=user, name="phone", phone_number=phone)  # type: ignore[no-any-return]


def challenge(device: FlashCallDevice) -> OTPTokenForm:
    form = OTPTokenForm(device.user, None, {"otp_device": device.persistent_id, "otp_challenge": "1"})
    assert not form.is_valid()
    device.refresh_from_db()
    return form


def enter(device: FlashCallDevice, entered: str) -> OTPTokenForm:
    return OTPTokenForm(device.user, None, {"otp_device": device.persistent_id, "otp_token": entered})


def test_a_challenge_is_a_call(device: FlashCallDevice, outbox: list[Any]) -> None:
    form = challenge(device)
    assert [message.channel for message in outbox] == ["flashcall"]
    text = str(form.errors["__all__"])
    assert "+380•••••••03" in text
    assert "last 4 digits" in text
    assert device.attempt.purpose == "login"
    assert device.attempt.user == device.user


def test_nothing_is_called_before_the_commit(device: FlashCallDevice, outbox: list[Any]) -> None:
    with transaction.atomic():
        device.generate_challenge()
        assert not outbox
    assert outbox


def test_nothing_is_called_after_a_rollback(device: FlashCallDevice, outbox: list[Any]) -> None:
    with transaction.atomic():
        device.generate_challenge()
        transaction.set_rollback(True)
    assert not outbox


def test_the_right_code(device: FlashCallDevice, code: Any) -> None:
    challenge(device)
    form = enter(device, code())
    assert form.is_valid(), form.errors
    assert form.get_user().otp_device == device
    assert VerificationAttempt.objects.get().redeemed_at


def test_a_code_serves_once(device: FlashCallDevice, code: Any) -> None:
    challenge(device)
    assert enter(device, code()).is_valid()
    assert not enter(device, code()).is_valid()


def test_a_wrong_code_spends_a_check(device: FlashCallDevice, code: Any, wrong: Any) -> None:
    challenge(device)
    for spent in (1, 2, 3):
        assert not enter(device, wrong(code())).is_valid()
        assert VerificationAttempt.objects.get().checks == spent
    assert not enter(device, code()).is_valid()


def test_no_code_lies_in_the_device(device: FlashCallDevice, code: Any) -> None:
    challenge(device)
    row = FlashCallDevice.objects.values().get()
    assert code() not in {str(value) for value in row.values()}
    assert set(row) == {"id", "user_id", "name", "confirmed", "phone_number", "attempt_id"}


def test_a_challenge_too_soon_leaves_the_earlier_call(device: FlashCallDevice, outbox: list[Any], code: Any) -> None:
    challenge(device)
    challenge(device)
    assert len(outbox) == 1
    assert enter(device, code()).is_valid()


def test_an_expired_code(device: FlashCallDevice, code: Any, age: Any) -> None:
    challenge(device)
    age(91)
    assert not enter(device, code()).is_valid()


def test_before_any_challenge(device: FlashCallDevice) -> None:
    assert not enter(device, "1234").is_valid()
    assert not device.verify_token(1234)


@pytest.mark.parametrize("entered", ["", "12", "abcd", "١٢٣٤", "1" * 5000, "\x00", None])
def test_what_is_no_code(device: FlashCallDevice, entered: Any) -> None:
    challenge(device)
    assert device.verify_token(entered) is False
    assert VerificationAttempt.objects.get().checks == 0


def test_another_users_device_cannot_be_chosen(device: FlashCallDevice, stranger: Any, code: Any) -> None:
    challenge(device)
    form = OTPTokenForm(stranger, None, {"otp_device": device.persistent_id, "otp_token": code()})
    assert not form.is_valid()


def test_confirming_makes_the_user_the_owner(device: FlashCallDevice, code: Any) -> None:
    device.confirmed = False
    device.save()
    assert list(devices_for_user(device.user)) == []
    device.generate_challenge()
    assert device.attempt.purpose == "change_phone"
    assert device.verify_token(int(code()))
    assert PhoneStatus.objects.for_user(device.user).get().phone_number == device.phone_number


def test_a_fallback_of_the_attempt_counts_as_well(device: FlashCallDevice, outbox: list[Any], age: Any) -> None:
    challenge(device)
    age(20)
    services.fall_back(device.attempt_id, user=device.user)
    assert [message.channel for message in outbox] == ["flashcall", "sms"]
    assert device.verify_token(outbox[-1].code.digits)


def test_a_purged_attempt_leaves_the_device(device: FlashCallDevice) -> None:
    challenge(device)
    Delivery.objects.all().delete()
    VerificationAttempt.objects.all().delete()
    device.refresh_from_db()
    assert device.attempt is None


@pytest.mark.parametrize("by", ["number", "user"])
def test_a_device_is_held_about_its_user_and_number(device: FlashCallDevice, stranger: Any, by: str) -> None:
    kept = FlashCallDevice.objects.create(user=stranger, name="phone", phone_number="+380671594822")
    challenge(device)
    subject = Subject.of_number(device.phone_number) if by == "number" else Subject.of_user(pk=device.user.pk)
    (shown,) = export(subject)["devices"]
    assert (shown["phone_number"], shown["user"]) == (device.phone_number, device.user.pk)
    assert erase(subject)["devices"] == 1
    assert FlashCallDevice.objects.get() == kept and not VerificationAttempt.objects.exists()


def test_a_limit_that_is_reached_is_no_error(device: FlashCallDevice, flashcall: Any, outbox: list[Any]) -> None:
    flashcall(ALLOWED_REGIONS=["PL"])
    challenge(device)
    assert not outbox
    assert device.attempt is None
