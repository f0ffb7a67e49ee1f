"""`User.phone` follows the verified number."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from django_flashcall import services
from django_flashcall.models import PhoneStatus, VerificationAttempt
from example_project.recipes import users_phone
from example_project.recipes.apps import RecipesConfig
from tests.recipes.client import MALLORYS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_step")]

OTHER = "+380931234577"


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Any:
    """Let what follows a commit follow, as on a site."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def phone_of(user: Any) -> str | None:
    user.refresh_from_db()
    phone: str | None = user.phone
    return phone


@pytest.fixture
def owner(django_user_model: Any, committed: Any, verified_phone: Any, phone: str) -> Any:
    user = django_user_model.objects.create_user("owner")
    with committed():
        verified_phone(user, phone)
    return user


def test_a_verified_number_is_the_users_phone(owner: Any, phone: str) -> None:
    assert phone_of(owner) == phone


def test_so_it_is_by_the_api(owner: Any, site: Any, proof: Any, committed: Any) -> None:
    owner.set_password("p")
    owner.save()
    site.force_authenticate(owner)
    with committed():
        site.send("/api/phone/phones/", proof=proof(OTHER, "change_phone", user=owner), password="p")
    assert phone_of(owner) == OTHER


def test_the_latest_counts(owner: Any, verified_phone: Any, committed: Any) -> None:
    with committed():
        verified_phone(owner, OTHER)
    assert phone_of(owner) == OTHER


def test_a_number_that_goes_to_another_leaves_the_first(
    owner: Any, django_user_model: Any, verified_phone: Any, committed: Any, phone: str
) -> None:
    second = django_user_model.objects.create_user("second")
    with committed():
        verified_phone(second, phone)
    assert (phone_of(owner), phone_of(second)) == (None, phone)


def test_who_has_another_verified_number_falls_back_on_it(
    owner: Any, django_user_model: Any, verified_phone: Any, committed: Any, phone: str, flashcall_let_pass: Any
) -> None:
    flashcall_let_pass(60)
    with committed():
        verified_phone(owner, OTHER)
    second = django_user_model.objects.create_user("second")
    with committed():
        verified_phone(second, OTHER)
    assert (phone_of(owner), phone_of(second)) == (phone, OTHER)


def test_a_number_that_somebody_only_typed_goes_to_who_proves_it(
    django_user_model: Any, verified_phone: Any, committed: Any
) -> None:
    typed = django_user_model.objects.create_user("typed", phone=MALLORYS)
    holder = django_user_model.objects.create_user("holder")
    with committed():
        verified_phone(holder, MALLORYS)
    assert (phone_of(typed), phone_of(holder)) == (None, MALLORYS)


def test_numbers_that_nobody_proved_stay(owner: Any, django_user_model: Any) -> None:
    typed = django_user_model.objects.create_user("typed", phone=MALLORYS)
    users_phone.repair()
    assert phone_of(typed) == MALLORYS


def test_what_is_rolled_back_changes_nothing(owner: Any, proof: Any, phone: str, committed: Any) -> None:
    fresh = proof(OTHER, "change_phone", user=owner)
    with committed(), pytest.raises(KeyError), transaction.atomic():
        services.own_phone(fresh, user=owner)
        raise KeyError
    assert phone_of(owner) == phone


def test_a_release_takes_it_away(owner: Any, phone: str) -> None:
    users_phone.release(owner)
    assert phone_of(owner) is None
    assert services.phones_of(owner) == []
    assert PhoneStatus.objects.get(phone_number=phone).verified_at is None


def test_a_released_number_can_be_proved_anew(owner: Any, phone: str, verified_phone: Any, committed: Any) -> None:
    users_phone.release(owner)
    with committed():
        verified_phone(owner, phone)
    assert phone_of(owner) == phone


def test_signals_that_came_late_twice_or_in_another_order_do_no_harm(
    owner: Any, django_user_model: Any, verified_phone: Any, phone: str
) -> None:
    second = django_user_model.objects.create_user("second")
    verified_phone(second, phone)  # and no signal yet
    attempt = VerificationAttempt.objects.get(phone_number=phone, user=second)
    users_phone.was_transferred(previous_user=owner.pk)
    users_phone.was_verified(attempt)
    users_phone.was_verified(attempt)
    users_phone.was_transferred(previous_user=owner.pk)
    assert (phone_of(owner), phone_of(second)) == (None, phone)


def test_repair_brings_all_in_step(owner: Any, django_user_model: Any, verified_phone: Any, phone: str) -> None:
    """Two have swapped their numbers, and no signal was heard."""
    second = django_user_model.objects.create_user("second", phone=OTHER)
    verified_phone(second, phone)
    verified_phone(owner, OTHER)
    users_phone.repair()
    assert (phone_of(owner), phone_of(second)) == (OTHER, phone)


def test_repair_takes_a_number_from_who_only_typed_it(owner: Any, django_user_model: Any, phone: str) -> None:
    django_user_model.objects.update(phone=None)
    typed = django_user_model.objects.create_user("typed", phone=phone)
    users_phone.repair()
    assert (phone_of(typed), phone_of(owner)) == (None, phone)


def test_the_example_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    for signal in ("phone_verified", "phone_transferred"):
        monkeypatch.setattr(f"django_flashcall.signals.{signal}.connect", heard.append)
    RecipesConfig.ready(None)  # type: ignore[arg-type]
    assert heard == [users_phone.was_verified, users_phone.was_transferred]
