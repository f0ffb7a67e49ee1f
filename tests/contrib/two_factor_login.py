"""Logging in by django-two-factor-auth with a flash call as second step. Run by `test_contrib.py`."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from django_flashcall.contrib.otp.models import FlashCallDevice
from django_flashcall.models import PhoneStatus

pytestmark = pytest.mark.django_db(transaction=True)

LOGIN, SETUP = reverse("two_factor:login"), reverse("two_factor:setup")


@pytest.fixture
def user(user: Any) -> Any:
    user.set_password("sunflower")
    user.save()
    return user


@pytest.fixture
def device(user: Any, phone: str) -> FlashCallDevice:
    return FlashCallDevice.objects.create(user=user, name="default", phone_number=phone)  # type: ignore[no-any-return]


def password(client: Client) -> Any:
    step = {"auth-username": "olena", "auth-password": "sunflower", "login_view-current_step": "auth"}
    return client.post(LOGIN, step)


def token(client: Client, entered: str) -> Any:
    return client.post(LOGIN, {"token-otp_token": entered, "login_view-current_step": "token"})


def test_the_password_places_the_call(client: Client, device: FlashCallDevice, outbox: list[Any]) -> None:
    answer = password(client)
    assert "We are calling your phone" in answer.content.decode()
    assert [message.channel for message in outbox] == ["flashcall"]
    assert "_auth_user_id" not in client.session


def test_the_right_code_logs_in(client: Client, device: FlashCallDevice, code: Any) -> None:
    password(client)
    answer = token(client, code())
    assert answer.status_code == 302, answer.content.decode()
    assert client.session["_auth_user_id"] == str(device.user_id)
    assert client.session["otp_device_id"] == device.persistent_id


def test_a_wrong_code_does_not_and_places_no_second_call(
    client: Client, device: FlashCallDevice, code: Any, wrong: Any, outbox: list[Any]
) -> None:
    password(client)
    answer = token(client, wrong(code()))
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session
    assert len(outbox) == 1
    assert token(client, code()).status_code == 302


def test_a_reload_places_no_second_call(client: Client, device: FlashCallDevice, code: Any, outbox: list[Any]) -> None:
    password(client)
    password(client)
    assert len(outbox) == 1
    assert token(client, code()).status_code == 302


def test_a_wrong_password_places_no_call(client: Client, device: FlashCallDevice, outbox: list[Any]) -> None:
    client.post(LOGIN, {"auth-username": "olena", "auth-password": "x", "login_view-current_step": "auth"})
    assert not outbox


def test_setting_it_up_in_the_wizard(client: Client, user: Any, phone: str, code: Any, outbox: list[Any]) -> None:
    client.force_login(user)
    assert "Flash call" in client.post(SETUP, {"setup_view-current_step": "welcome"}).content.decode()
    client.post(SETUP, {"setup_view-current_step": "method", "method-method": "call"})
    answer = client.post(SETUP, {"setup_view-current_step": "number", "number-number": "050 123 45 03"})
    assert [str(message.phone_number) for message in outbox] == [phone], answer.content.decode()
    answer = client.post(SETUP, {"setup_view-current_step": "validation", "validation-token": code()})
    assert answer.status_code == 302, answer.content.decode()
    device = FlashCallDevice.objects.get()
    assert device.confirmed
    assert PhoneStatus.objects.for_user(user).get().phone_number == phone


def test_a_number_that_is_not_called(client: Client, user: Any, outbox: list[Any]) -> None:
    client.force_login(user)
    client.post(SETUP, {"setup_view-current_step": "welcome"})
    client.post(SETUP, {"setup_view-current_step": "method", "method-method": "call"})
    for number in ("+48601234567", "101", "x", "+380900123456"):
        answer = client.post(SETUP, {"setup_view-current_step": "number", "number-number": number})
        assert answer.status_code == 200
        assert "errorlist" in answer.content.decode()
    assert not outbox
    assert not FlashCallDevice.objects.exists()
