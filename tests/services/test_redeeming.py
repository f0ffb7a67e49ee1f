"""Redeeming a proof."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.signing import Signer
from django.db import transaction

from django_flashcall import proofs, services
from django_flashcall.exceptions import ConfigurationError, InvalidProof, PhoneTaken
from django_flashcall.models import PhoneStatus, VerificationAttempt
from django_flashcall.models.ids import uuid7
from django_flashcall.proofs import Proof

pytestmark = pytest.mark.django_db


@pytest.fixture
def proof(attempt: VerificationAttempt, code: Any) -> str:
    """The proof of `attempt`."""
    return str(services.verify(attempt.pk, code=code()).proof)


@pytest.fixture
def prove(code: Any, age: Any) -> Any:
    """Prove a number for a purpose."""

    def prove(number: str, **arguments: Any) -> str:
        age(31)
        attempt = services.request_verification(number, **arguments)
        return str(services.verify(attempt.pk, code=code(), user=arguments.get("user")).proof)

    return prove


def test_redeeming_makes_the_user_the_owner(proof: str, user: Any, phone: str) -> None:
    attempt = services.redeem(proof, purpose="signup", user=user)
    assert (attempt.phone_number, attempt.user) == (phone, user)
    status = PhoneStatus.objects.for_user(user).get()
    assert (status.phone_number, status.verified_channel, status.is_verified) == (phone, "flashcall", True)


def test_verifying_alone_makes_nobody_an_owner(proof: str) -> None:
    assert not PhoneStatus.objects.exists()


def test_a_proof_is_redeemed_once(proof: str, user: Any) -> None:
    services.redeem(proof, purpose="signup", user=user)
    with pytest.raises(InvalidProof):
        services.redeem(proof, purpose="signup", user=user)


def test_a_rolled_back_consumer_leaves_the_proof_unused(proof: str, user: Any) -> None:
    with transaction.atomic():
        services.redeem(proof, purpose="signup", user=user)
        transaction.set_rollback(True)
    assert not PhoneStatus.objects.exists()
    services.redeem(proof, purpose="signup", user=user)


@pytest.mark.parametrize(
    "arguments",
    [
        {"purpose": "change_phone"},
        {"purpose": "login"},
        {"purpose": "signup", "context": "order-7"},
        {"purpose": "signup", "phone_number": "+380501234504"},
        {"purpose": "signup", "phone_number": "112"},
        {"purpose": "signup", "phone_number": "nonsense"},
    ],
)
def test_a_proof_counts_only_for_what_it_proves(proof: str, user: Any, arguments: dict[str, str]) -> None:
    with pytest.raises(InvalidProof):
        services.redeem(proof, user=user, **arguments)  # type: ignore[arg-type]
    services.redeem(proof, purpose="signup", user=user, phone_number="050 123 45 03")


def test_a_proof_of_a_users_attempt_is_that_users(prove: Any, phone: str, user: Any, stranger: Any) -> None:
    proof = prove(phone, user=user)
    with pytest.raises(InvalidProof):
        services.redeem(proof, purpose="signup", user=stranger)
    services.redeem(proof, purpose="signup", user=user)


def test_a_proof_is_bound_to_its_context(prove: Any, phone: str, user: Any) -> None:
    proof = prove(phone, purpose="transaction", user=user, context="pay 10 to B")
    for context in ("", "pay 1000 to B"):
        with pytest.raises(InvalidProof):
            services.redeem(proof, purpose="transaction", user=user, context=context)
    services.redeem(proof, purpose="transaction", user=user, context="pay 10 to B")
    assert not PhoneStatus.objects.exists()


def test_a_proof_ends(proof: str, user: Any, age: Any) -> None:
    age(601)
    with pytest.raises(InvalidProof):
        services.redeem(proof, purpose="signup", user=user)


def test_a_proof_counts_until_then(proof: str, user: Any, age: Any) -> None:
    age(590)
    services.redeem(proof, purpose="signup", user=user)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        None,
        7,
        "a:b:c",
        "\x00",
        "\ud800:x",
        "é:é",
        "x" * 100_000,
        Signer(salt="another").sign_object([uuid7().hex, "flashcall"]),
        proofs.sign(Proof(uuid7(), "flashcall")),
    ],
)
def test_a_forged_proof_is_invalid(forged: Any, user: Any) -> None:
    with pytest.raises(InvalidProof):
        services.redeem(forged, purpose="signup", user=user)


def test_the_proof_of_an_unverified_attempt_is_invalid(attempt: VerificationAttempt, user: Any) -> None:
    early = proofs.sign(Proof(attempt.pk, "flashcall"))
    with pytest.raises(InvalidProof):
        services.redeem(early, purpose="signup", user=user)


def test_a_proof_survives_key_rotation_with_fallbacks_and_dies_without(proof: str, user: Any, settings: Any) -> None:
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key"
    with pytest.raises(InvalidProof):
        services.redeem(proof, purpose="signup", user=user)
    settings.SECRET_KEY_FALLBACKS = [old]
    services.redeem(proof, purpose="signup", user=user)


def test_a_purpose_that_owns_needs_somebody_to_own(proof: str) -> None:
    with pytest.raises(ValueError, match="pass user"):
        services.redeem(proof, purpose="signup")


def test_an_unknown_purpose_is_the_sites_mistake(proof: str, user: Any) -> None:
    with pytest.raises(ConfigurationError):
        services.redeem(proof, purpose="party", user=user)


def test_a_new_proof_moves_the_number(
    prove: Any,
    phone: str,
    user: Any,
    stranger: Any,
    sent_signals: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    services.redeem(prove(phone), purpose="signup", user=stranger)
    with django_capture_on_commit_callbacks(execute=True):
        attempt = services.redeem(prove(phone), purpose="signup", user=user)
    assert PhoneStatus.objects.get().user == user
    told = dict(sent_signals)
    assert told["phone_transferred"]["previous_user"] == stranger.pk
    assert told["phone_verified"]["attempt"] == attempt


def test_proving_ones_own_number_again_is_no_transfer(
    prove: Any, phone: str, user: Any, sent_signals: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    services.redeem(prove(phone), purpose="signup", user=user)
    with django_capture_on_commit_callbacks(execute=True):
        services.redeem(prove(phone), purpose="signup", user=user)
    assert "phone_transferred" not in dict(sent_signals)


class TestWithoutTransfer:
    @pytest.fixture(autouse=True)
    def no_transfer(self, flashcall: Any) -> None:
        flashcall(ALLOW_TRANSFER=False)

    def test_a_number_that_another_user_owns_is_taken_and_the_proof_unused(
        self, prove: Any, phone: str, user: Any, stranger: Any, flashcall: Any
    ) -> None:
        services.redeem(prove(phone), purpose="signup", user=stranger)
        proof = prove(phone)
        with pytest.raises(PhoneTaken):
            services.redeem(proof, purpose="signup", user=user)
        assert PhoneStatus.objects.get().user == stranger
        flashcall(ALLOW_TRANSFER=True)
        services.redeem(proof, purpose="signup", user=user)

    def test_ones_own_number_and_a_free_one_are_not_taken(self, prove: Any, phone: str, user: Any) -> None:
        for number in (phone, phone, "+380501234504"):
            services.redeem(prove(number), purpose="signup", user=user)
        assert PhoneStatus.objects.for_user(user).count() == 2

    def test_the_number_of_a_deleted_user_is_free(self, prove: Any, phone: str, user: Any, stranger: Any) -> None:
        services.redeem(prove(phone), purpose="signup", user=stranger)
        stranger.delete()
        services.redeem(prove(phone), purpose="signup", user=user)
        assert PhoneStatus.objects.get().user == user


def test_own_phone_takes_a_proof_of_any_purpose_that_owns(prove: Any, phone: str, user: Any) -> None:
    for purpose in ("signup", "change_phone"):
        assert services.own_phone(prove(phone, purpose=purpose), user=user).phone_number == phone
    with pytest.raises(InvalidProof):
        services.own_phone(prove(phone, purpose="login"), user=user)
    assert [status.phone_number for status in services.phones_of(user)] == [phone]


def test_a_discarded_proof_makes_nobody_an_owner(proof: str, user: Any) -> None:
    services.discard(proof, purpose="signup")
    for use in (
        lambda: services.redeem(proof, purpose="signup", user=user),
        lambda: services.discard(proof, purpose="signup"),
    ):
        with pytest.raises(InvalidProof):
            use()
    assert not PhoneStatus.objects.exists()


def test_a_proof_for_something_else_cannot_be_discarded(prove: Any, user: Any, phone: str) -> None:
    of_a_user, bound = prove(phone, user=user), prove(phone, context="pay 5")
    for proof, purpose in ((of_a_user, "signup"), (bound, "signup"), (prove(phone), "login"), ("x", "signup")):
        with pytest.raises(InvalidProof):
            services.discard(proof, purpose=purpose)
    services.redeem(of_a_user, purpose="signup", user=user)
    services.redeem(bound, purpose="signup", user=user, context="pay 5")


def test_the_owner_of_a_number(proof: str, user: Any, phone: str, django_assert_num_queries: Any) -> None:
    assert services.owner_of(phone) is None
    services.redeem(proof, purpose="signup", user=user)
    with django_assert_num_queries(1):
        assert services.owner_of(phone) == user
    assert services.owner_of("+380671234567") is None
    user.delete()
    assert services.owner_of(phone) is None
