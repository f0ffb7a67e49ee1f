"""POST verifications/{id}/verify/"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.models import VerificationAttempt
from django_flashcall.providers.base import Message
from tests.api.client import Api
from tests.api.stage import Stage

pytestmark = pytest.mark.django_db

Age = Callable[..., None]


def checks_spent() -> int:
    return VerificationAttempt.objects.get().checks


def test_the_right_code_gives_a_proof(api: Api, started: str, stage: Stage, phone: str, user: Any) -> None:
    response = api.verify(started, code=stage.code())
    assert response.status_code == 200
    proof = response.body.pop("proof")
    assert response.body == {"id": started, "status": "verified", "phone_number": phone}
    assert services.redeem(proof, purpose="signup", user=user).phone_number == phone


@pytest.mark.parametrize("caller_id", ["+38044123{}", "38044123{}", "0038044123{}", "044 123-{}", "123{}", "{}"])
def test_the_number_that_called_will_do(api: Api, started: str, stage: Stage, caller_id: str) -> None:
    assert api.verify(started, caller_id=caller_id.format(stage.code())).status_code == 200


@pytest.mark.parametrize("spelling", ["{0}-{1}", " {0} {1}", "{0}.{1}\n", "\u200e{0}\u00a0{1}"])
def test_a_code_may_be_spelled_as_people_do(api: Api, started: str, stage: Stage, spelling: str) -> None:
    code = stage.code()
    assert api.verify(started, code=spelling.format(code[:2], code[2:])).status_code == 200


def test_full_width_digits_are_digits(api: Api, started: str, stage: Stage) -> None:
    code = "".join(chr(ord(digit) + 0xFEE0) for digit in stage.code())
    assert api.verify(started, code=code).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": "123"},
        {"code": "12345"},
        {"code": "1234567890123"},
        {"code": "abcd"},
        {"code": "12 3a"},
        {"code": "-1234"},
        {"code": "+1234"},
        {"code": "١٢٣٤"},
        {"code": "१२३४"},
        {"code": "²³¹²"},
        {"code": "12\x0034"},
        {"code": "1234\u0000"},
        {"code": ""},
        {"code": " "},
        {"code": 1234},
        {"code": 1234.0},
        {"code": True},
        {"code": None},
        {"code": ["1234"]},
        {"code": {"code": "1234"}},
        {"code": [[["1234"]]]},
        {"code": "1234" * 50},
        {"code": "1234", "caller_id": "+380441231234"},
        {"caller_id": "123"},
        {"caller_id": "anonymous"},
        {"caller_id": "+380441231234;ext=1"},
        {"caller_id": "+38044123123412345678"},
        {"caller_id": "٣٨٠٤٤١٢٣١٢٣٤"},
        {"caller_id": 380441231234},
        {"caller_id": None},
        {"CODE": "1234"},
    ],
    ids=repr,
)
def test_what_cannot_be_a_code_costs_no_check(api: Api, started: str, body: dict[str, object]) -> None:
    response = api.verify(started, **body)
    assert response.case == ("flashcall_verify", 400, None)
    assert checks_spent() == 0


@pytest.mark.parametrize(
    "data", [b'{"code": "\\ud800123"}', b'{"code": "1234", "code": "1235"}', b'{"code": 1234', b""]
)
def test_neither_does_what_json_cannot_say(api: Api, started: str, data: bytes) -> None:
    assert api.send(f"verifications/{started}/verify/", data).case == ("flashcall_verify", 400, None)
    assert checks_spent() == 0


def test_wrong_codes_count_down_and_exhaust(api: Api, started: str, stage: Stage) -> None:
    wrong = stage.wrong(stage.code())
    answers = [api.verify(started, code=wrong) for _ in range(3)]
    assert [(answer.status_code, answer.body["error"], answer.body["checks_left"]) for answer in answers] == [
        (400, "invalid_code", 2),
        (400, "invalid_code", 1),
        (400, "invalid_code", 0),
    ]
    for code in (wrong, stage.code()):
        response = api.verify(started, code=code)
        assert response.status_code == 410
        assert response.body == {"error": "exhausted", "detail": "Too many wrong codes. Start again."}
    assert checks_spent() == 3


def test_a_wrong_caller_id_counts_too(api: Api, started: str, stage: Stage) -> None:
    response = api.verify(started, caller_id="+38044123" + stage.wrong(stage.code()))
    assert (response.body["error"], response.body["checks_left"]) == ("invalid_code", 2)


def test_the_right_code_again_gives_the_same_proof(api: Api, started: str, stage: Stage) -> None:
    first, second = (api.verify(started, code=stage.code()) for _ in range(2))
    by_caller = api.verify(started, caller_id="+38044123" + stage.code())
    assert first.body == second.body == by_caller.body
    assert checks_spent() == 0


def test_the_right_code_again_is_worth_nothing_once_its_proof_is_used(
    api: Api, started: str, stage: Stage, user: Any
) -> None:
    services.redeem(api.verify(started, code=stage.code()).body["proof"], purpose="signup", user=user)
    api.force_login(user)
    assert api.verify(started, code=stage.code()).case == ("flashcall_verify", 409, "already_verified")


def test_the_right_code_again_is_worth_nothing_once_its_proof_is_old(
    api: Api, started: str, stage: Stage, age: Age
) -> None:
    api.verify(started, code=stage.code())
    age(601)
    assert api.verify(started, code=stage.code()).case == ("flashcall_verify", 409, "already_verified")


@pytest.mark.parametrize("body", [{"code": "12"}, {"caller_id": "1"}])
def test_a_verified_attempt_tells_nothing_of_its_code(api: Api, stage: Stage, body: dict[str, str]) -> None:
    attempt_id = stage.verified()
    for _ in range(5):
        wrong = api.verify(attempt_id, code=stage.wrong(stage.code()))
        assert wrong.body == {"error": "already_verified", "detail": "This number is verified already."}
    assert checks_spent() == 3
    assert api.verify(attempt_id, **body).body == wrong.body
    assert api.verify(attempt_id, code=stage.code()).body == wrong.body


def test_a_code_is_judged_against_the_delivery_of_its_length(
    api: Api, stage: Stage, outbox: list[Message], age: Age
) -> None:
    attempt_id = stage.aged(20)
    api.fallback(attempt_id)
    call, message = outbox
    assert api.verify(attempt_id, code=stage.wrong(message.code.digits)).body["checks_left"] == 2
    assert api.verify(attempt_id, caller_id="+380441" + message.code.digits).body["error"] == "invalid_code"
    age(71)  # the call's code expires, the message's does not
    assert api.verify(attempt_id, code=call.code.digits).case == ("flashcall_verify", 400, None)
    assert api.verify(attempt_id, caller_id="+38044123" + call.code.digits).case == ("flashcall_verify", 400, None)
    assert api.verify(attempt_id, code=message.code.digits).status_code == 200


def test_a_late_call_works_after_sms_was_asked_for(api: Api, stage: Stage, outbox: list[Message]) -> None:
    attempt_id = stage.aged(20)
    api.fallback(attempt_id)
    assert api.verify(attempt_id, code=outbox[0].code.digits).status_code == 200


def test_a_resend_ends_the_earlier_code(api: Api, stage: Stage, outbox: list[Message]) -> None:
    stage.flashcall(CODE_LENGTH={"flashcall": 8})  # so that the two are not the same by chance
    attempt_id = stage.aged(30)
    api.fallback(attempt_id, channel="flashcall")
    first, second = (message.code.digits for message in outbox)
    assert api.verify(attempt_id, code=first).body["error"] == "invalid_code"
    assert api.verify(attempt_id, code=second).status_code == 200


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("expired", "expired"),
        ("long_expired", "expired"),
        ("failed", "failed"),
        ("canceled", "canceled"),
        ("exhausted", "exhausted"),
    ],
)
@pytest.mark.parametrize("body", [{"code": "1234"}, {"code": "12"}, {"caller_id": "+380441231234"}])
def test_a_closed_attempt_says_what_it_is(api: Api, stage: Stage, state: str, error: str, body: dict[str, str]) -> None:
    response = api.verify(getattr(stage, state)(), **body)
    assert (response.status_code, response.body["error"]) == (410, error)
