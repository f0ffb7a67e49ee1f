"""ATOMIC_REQUESTS rolls back whatever raises. It gives no check and no call back."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection

from django_flashcall.models import PhoneStatus, VerificationAttempt
from tests.api.client import Api
from tests.api.stage import PHONE, Stage
from tests.concurrency.together import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("atomic_requests")]


@pytest.fixture
def atomic_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)


def test_wrong_codes_stay_counted(api: Api, stage: Stage) -> None:
    attempt_id = stage.exhausted()
    assert VerificationAttempt.objects.get().checks == 3
    assert api.verify(attempt_id, code=stage.code()).body["error"] == "exhausted"


def test_refusals_of_all_kinds_leave_what_was_counted(api: Api, stage: Stage) -> None:
    attempt_id = stage.started()
    api.verify(attempt_id, code=stage.wrong(stage.code()))
    api.verify(attempt_id, code="12")
    api.send(f"verifications/{attempt_id}/verify/", b"{")
    api.fallback(attempt_id)
    assert api.start(PHONE).status_code == 429
    assert api.status(attempt_id).body["checks_left"] == 2


def test_a_failed_delivery_stays_written(api: Api, stage: Stage) -> None:
    attempt_id = stage.failed()
    assert api.status(attempt_id).body["status"] == "failed"


def test_the_whole_way(api: Api, stage: Stage) -> None:
    attempt_id = stage.aged(20)
    assert api.fallback(attempt_id).status_code == 201
    proof = api.verify(attempt_id, code=stage.code()).body["proof"]
    api.force_login(stage.user)
    assert [api.own(proof).status_code for _ in range(2)] == [200, 400]
    assert len(api.phones().body) == 1


def test_a_number_that_is_taken_leaves_the_proof_unused(api: Api, stage: Stage) -> None:
    api.own(stage.proof())
    stage.age(31)
    stage.flashcall(ALLOW_TRANSFER=False)
    stage.user, former = stage.stranger, stage.user
    proof = stage.proof()
    assert api.own(proof).status_code == 409
    assert PhoneStatus.objects.get().user == former
    former.delete()
    assert api.own(proof).status_code == 200


def test_many_guesses_at_once_spend_exactly_the_checks(api: Api, started: str, stage: Stage) -> None:
    wrong = stage.wrong(stage.code())
    answers = together(lambda: Api().verify(started, code=wrong) for _ in range(12))
    errors = Counter((answer.body["error"], answer.body.get("checks_left")) for answer in answers)
    assert errors == {("invalid_code", 2): 1, ("invalid_code", 1): 1, ("invalid_code", 0): 1, ("exhausted", None): 9}


def test_many_right_codes_at_once_give_one_proof(api: Api, started: str, stage: Stage) -> None:
    code = stage.code()
    answers = together(lambda: Api().verify(started, code=code) for _ in range(12))
    assert {(answer.status_code, answer.body["proof"]) for answer in answers} == {(200, answers[0].body["proof"])}


def test_many_requests_at_once_place_one_call(api: Api) -> None:
    answers = together(lambda: Api().start(PHONE) for _ in range(12))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 429: 11}
    assert VerificationAttempt.objects.count() == 1
