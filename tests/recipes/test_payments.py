"""A code pays one amount to one payee."""

from __future__ import annotations

from typing import Any

import pytest

from example_project.tour.models import Payment
from tests.recipes.client import MALLORYS, PASSWORD, Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(olena: Any) -> Payment:
    return Payment.objects.create(user=olena, payee="Taras", amount="100.50")


@pytest.fixture
def payer(site: Site, olena: Any) -> Site:
    site.show_a_page()
    site.login(username="olena", password=PASSWORD)
    return site


def call(site: Site, payment: Payment) -> Any:
    return site.send(f"/api/payments/{payment.pk}/call/")


def pay(site: Site, payment: Payment, proof: str) -> Any:
    return site.send(f"/api/payments/{payment.pk}/pay/", proof=proof)


@pytest.fixture
def fresh(payer: Site, payment: Payment, flashcall_code: Any) -> str:
    """A proof of this payment."""
    attempt = call(payer, payment).json()["id"]
    return payer.prove(attempt, flashcall_code(attempt))


def paid() -> set[int]:
    return set(Payment.objects.exclude(paid_at=None).values_list("pk", flat=True))


def test_the_code_pays_once(payer: Site, payment: Payment, fresh: str) -> None:
    reply = pay(payer, payment, fresh)
    assert (reply.status_code, reply.json(), paid()) == (200, {"paid": payment.pk}, {payment.pk})
    assert pay(payer, payment, fresh).status_code == 404
    assert call(payer, payment).status_code == 404


@pytest.mark.parametrize("changed", [{"amount": "1000.50"}, {"amount": "100.51"}, {"payee": "Mallory"}])
def test_what_was_changed_since_is_not_paid(payer: Site, payment: Payment, fresh: str, changed: dict[str, str]) -> None:
    Payment.objects.update(**changed)
    assert pay(payer, payment, fresh).json()["error"] == "invalid_proof"
    assert paid() == set()
    Payment.objects.update(payee="Taras", amount="100.50")
    assert pay(payer, payment, fresh).status_code == 200


def test_another_payment_of_the_same_is_not_paid(payer: Site, payment: Payment, fresh: str) -> None:
    twin = Payment.objects.create(user=payment.user, payee=payment.payee, amount=payment.amount)
    assert pay(payer, twin, fresh).json()["error"] == "invalid_proof"
    assert paid() == set()


@pytest.mark.parametrize("purpose", ["signup", "change_phone", "login", "phone_login", "transaction"])
def test_a_proof_without_the_payment_is_refused(
    payer: Site, payment: Payment, olena: Any, phone: str, proof: Any, purpose: str
) -> None:
    assert pay(payer, payment, proof(phone, purpose, user=olena)).json()["error"] == "invalid_proof"


def test_a_proof_of_another_number_or_user_is_refused(payer: Site, payment: Payment, mallory: Any, proof: Any) -> None:
    stolen = proof(MALLORYS, "transaction", user=mallory, context=payment.context())
    assert pay(payer, payment, stolen).json()["error"] == "invalid_proof"


def test_the_payers_number_is_called(payer: Site, payment: Payment, phone: str, flashcall_outbox: list[Any]) -> None:
    flashcall_outbox.clear()
    payer.send(f"/api/payments/{payment.pk}/call/", phone_number=MALLORYS)
    assert [message.phone_number for message in flashcall_outbox] == [phone]


def test_another_users_payment_is_not_there(site: Site, payment: Payment, mallory: Any, proof: Any) -> None:
    site.force_authenticate(mallory)
    fresh = proof(MALLORYS, "transaction", user=mallory, context=payment.context())
    assert (call(site, payment).status_code, pay(site, payment, fresh).status_code) == (404, 404)


def test_without_a_verified_number_there_is_no_call(site: Site, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("taras")
    payment = Payment.objects.create(user=user, payee="Olena", amount=7)
    assert call(site, payment).status_code in {401, 403}
    site.force_authenticate(user)
    assert call(site, payment).status_code == 403
