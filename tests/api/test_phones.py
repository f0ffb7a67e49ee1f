"""GET and POST phones/, and the permission for a site's own views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from django_flashcall import services
from django_flashcall.api.permissions import IsPhoneVerified
from django_flashcall.models import PhoneStatus, VerificationAttempt
from tests.api.client import Api
from tests.api.stage import PHONE, Stage

pytestmark = pytest.mark.django_db

OTHER_PHONE = "+380671112233"
INVALID_PROOF = {
    "error": "invalid_proof",
    "detail": "This verification cannot be used here. Verify the number again.",
}


def proof_of(api: Api, code: Callable[[], str], phone: str = PHONE, **body: str) -> str:
    return str(api.verify(api.start(phone, **body).body["id"], code=code()).body["proof"])


def test_a_redeemed_proof_makes_the_number_the_callers(api: Api, stage: Stage, phone: str) -> None:
    response = api.own(stage.proof())
    assert response.status_code == 200
    verified_at = datetime.fromisoformat(response.body.pop("verified_at"))
    assert abs(verified_at - datetime.now(UTC)) < timedelta(seconds=5)
    assert response.body == {"phone_number": "+380•••••••03", "verified_channel": "flashcall"}
    (listed,) = api.phones().body
    assert (listed["phone_number"], listed["verified_channel"]) == (phone, "flashcall")
    assert PhoneStatus.objects.get().user == stage.user


def test_the_list_has_the_callers_numbers_the_latest_first(api: Api, stage: Stage, code: Callable[[], str]) -> None:
    api.force_login(stage.user)
    api.own(proof_of(api, code, PHONE))
    stage.age(5)
    api.own(proof_of(api, code, OTHER_PHONE, purpose="change_phone"))
    PhoneStatus.objects.create(phone_number="+380500000001", user=stage.stranger, verified_at=datetime.now(UTC))
    PhoneStatus.objects.create(phone_number="+380500000002", user=stage.user)
    assert [one["phone_number"] for one in api.phones().body] == [OTHER_PHONE, PHONE]


def test_a_caller_without_numbers_has_an_empty_list(api: Api, user: Any) -> None:
    api.force_login(user)
    assert (api.phones().status_code, api.phones().body) == (200, [])


def test_strangers_are_turned_away(api: Api, code: Callable[[], str]) -> None:
    proof = proof_of(api, code)
    assert api.phones().case == ("flashcall_phones", 403, None)
    assert api.own(proof).case == ("flashcall_own_phone", 403, None)
    assert VerificationAttempt.objects.get().redeemed_at is None


@pytest.mark.parametrize("spoiled", ["{upper}", "{proof}A", "A{proof}", "{proof}:{proof}", "x", ":", "й" * 100])
def test_what_is_no_proof(api: Api, stage: Stage, spoiled: str) -> None:
    proof = stage.proof()
    response = api.own(spoiled.format(proof=proof, upper=proof.upper()))
    assert (response.status_code, response.body) == (400, INVALID_PROOF)
    assert api.own(proof).status_code == 200


@pytest.mark.parametrize("proof", [None, "", " ", 1, True, [], {}, "x" * 513, "\u0000"], ids=repr)
def test_what_cannot_be_a_proof(api: Api, user: Any, proof: object) -> None:
    api.force_login(user)
    assert api.own(proof).case == ("flashcall_own_phone", 400, None)


def test_a_proof_is_used_once(api: Api, stage: Stage) -> None:
    proof = stage.proof()
    assert [api.own(proof).status_code for _ in range(3)] == [200, 400, 400]


def test_an_old_proof(api: Api, stage: Stage) -> None:
    proof = stage.proof()
    stage.age(601)
    assert api.own(proof).body == INVALID_PROOF


def test_another_users_proof(api: Api, stage: Stage) -> None:
    proof = stage.proof()
    api.force_login(stage.stranger)
    assert api.own(proof).body == INVALID_PROOF
    api.force_login(stage.user)
    assert api.own(proof).status_code == 200


@pytest.mark.parametrize("purpose", ["login", "transaction"])
def test_a_purpose_that_does_not_own(api: Api, user: Any, code: Callable[[], str], phone: str, purpose: str) -> None:
    attempt = services.request_verification(phone, purpose=purpose, user=user)
    api.force_login(user)
    proof = api.verify(attempt.pk, code=code()).body["proof"]
    assert api.own(proof).body == INVALID_PROOF
    assert not PhoneStatus.objects.exists()


def test_a_proof_that_is_bound_to_a_context(api: Api, user: Any, code: Callable[[], str], phone: str) -> None:
    attempt = services.request_verification(phone, purpose="change_phone", user=user, context="invitation 7")
    api.force_login(user)
    assert api.own(api.verify(attempt.pk, code=code()).body["proof"]).body == INVALID_PROOF


def test_a_new_proof_moves_the_number(api: Api, stage: Stage, phone: str) -> None:
    api.own(stage.proof())
    stage.age(31)
    stage.user, former = stage.stranger, stage.user
    assert api.own(stage.proof()).status_code == 200
    assert [one["phone_number"] for one in api.phones().body] == [phone]
    api.force_login(former)
    assert api.phones().body == []


def test_where_numbers_may_not_move_the_proof_stays_unused(api: Api, stage: Stage) -> None:
    api.own(stage.proof())
    stage.age(31)
    stage.flashcall(ALLOW_TRANSFER=False)
    stage.user, former = stage.stranger, stage.user
    proof = stage.proof()
    response = api.own(proof)
    assert response.status_code == 409
    assert response.body == {"error": "phone_taken", "detail": "This number belongs to another account."}
    assert PhoneStatus.objects.get().user == former
    stage.flashcall(ALLOW_TRANSFER=True)
    assert api.own(proof).status_code == 200


def test_a_view_of_the_sites_own_may_ask_for_a_verified_number(api: Api, stage: Stage) -> None:
    class Vault(APIView):
        permission_classes = [IsPhoneVerified]

        def get(self, request: Any) -> Response:
            return Response("gold")

    def knock(user: Any) -> tuple[int, Any]:
        request = APIRequestFactory().get("/")
        if user is not None:
            force_authenticate(request, user)
        response = Vault.as_view()(request)
        return response.status_code, response.data

    assert knock(None)[0] == 403
    assert knock(stage.user) == (403, {"detail": "Verify a phone number first."})
    api.own(stage.proof())
    assert knock(stage.user) == (200, "gold")
    assert knock(stage.stranger)[0] == 403
