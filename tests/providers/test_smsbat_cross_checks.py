"""What the answer tells of the call, against what was asked for: whose phone rings, and from which number."""

from dataclasses import replace

import pytest

from django_flashcall.codes import Code
from django_flashcall.providers import base
from tests.providers.conftest import PHONE
from tests.providers.outcomes import TAKEN, rejected
from tests.providers.server import accepted

RINGS = "+380441482175"
"""Ends in the code of every message here."""
RINGS_OTHERWISE = "+380441482176"
OTHER_PHONE = "+380671234567"
CONTRADICTS = rejected(base.CONTRADICTION, "abc123def456")

NUMBERS = {
    "ours": (PHONE, TAKEN),
    "without a plus": (PHONE[1:], TAKEN),
    "spaced": ("+380 50 123-45-03", TAKEN),
    "an integer": (int(PHONE[1:]), TAKEN),
    "null": (None, TAKEN),
    "empty": ("", TAKEN),
    "a list": ([OTHER_PHONE], TAKEN),
    "another": (OTHER_PHONE, CONTRADICTS),
    "national": ("0501234503", CONTRADICTS),
    "ours and more": (PHONE + "0", CONTRADICTS),
}


@pytest.mark.parametrize("key", ["to", "recipient"])
@pytest.mark.parametrize("message", ["flash_call", "sms"])
@pytest.mark.parametrize(("number", "result"), NUMBERS.values(), ids=NUMBERS)
def test_the_number_in_the_answer_is_ours(answered, request, message, key, number, result):
    assert answered(request.getfixturevalue(message), accepted(**{key: number})) == result


GARBAGE = {
    "empty": "",
    "null": None,
    "a number": 482175,
    "a list": ["***482175"],
    "asterisks": "***",
    "longer than any number": "*" * 15 + "482175",
    "letters": "abc482175",
    "a regular expression": "(.*)+482175$",
    "two plus signs": "++482175",
    "full-width": "＊＊＊４８２１７５",
    "Arabic digits": "***٤٨٢١٧٥",
    "a line break": "***482175\n",
    "NUL": "***482175\0",
    "half a surrogate pair": "***482175\ud800",
}
CROSS_CHECKS = {
    "nothing": ({}, TAKEN),
    "the caller ID": ({"callerId": RINGS}, TAKEN),
    "the caller ID in another form": ({"callerId": "00380 44 148-21-75"}, TAKEN),
    "the pattern": ({"pattern": "***482175"}, TAKEN),
    "the caller ID and the pattern": ({"callerId": RINGS, "pattern": "***482175"}, TAKEN),
    "a wrong caller ID": ({"callerId": RINGS_OTHERWISE}, CONTRADICTS),
    "a wrong pattern": ({"pattern": "***482176"}, CONTRADICTS),
    "a right caller ID and a wrong pattern": ({"callerId": RINGS, "pattern": "***482176"}, CONTRADICTS),
    "a wrong caller ID and a right pattern": ({"callerId": RINGS_OTHERWISE, "pattern": "***482175"}, CONTRADICTS),
    "both wrong alike": ({"callerId": RINGS_OTHERWISE, "pattern": "***482176"}, CONTRADICTS),
    "a pattern that differs before the code": ({"callerId": RINGS, "pattern": "***9482175"}, CONTRADICTS),
    "the phone itself": ({"callerId": PHONE}, CONTRADICTS),
    "an asterisked plus": ({"callerId": RINGS, "pattern": "+******482175"}, TAKEN),
}


@pytest.mark.parametrize("message", ["flash_call", "drawn_flash_call"])
@pytest.mark.parametrize(("told", "result"), CROSS_CHECKS.values(), ids=CROSS_CHECKS)
def test_what_the_answer_tells_of_the_call_agrees_with_what_was_asked_for(answered, request, message, told, result):
    assert answered(request.getfixturevalue(message), accepted(**told)) == result


@pytest.mark.parametrize("message", ["flash_call", "drawn_flash_call"])
@pytest.mark.parametrize("pattern", GARBAGE.values(), ids=GARBAGE)
def test_a_pattern_that_is_none_is_ignored_beside_a_caller_id(answered, request, message, pattern):
    assert answered(request.getfixturevalue(message), accepted(callerId=RINGS, pattern=pattern)) == TAKEN


@pytest.mark.parametrize("pattern", ["+3804414****75", "+380441******"])
@pytest.mark.parametrize("told", [{}, {"callerId": RINGS}])
def test_a_pattern_that_hides_some_of_the_code_says_nothing_of_a_code_that_is_ours(answered, flash_call, told, pattern):
    assert answered(flash_call, accepted(pattern=pattern, **told)) == TAKEN


@pytest.mark.parametrize("pattern", ["+3804414****75", "+380441******"])
@pytest.mark.parametrize("told", [{}, {"callerId": RINGS}])
def test_but_leaves_open_which_number_of_a_pool_rings(answered, drawn_flash_call, told, pattern):
    assert answered(drawn_flash_call, accepted(pattern=pattern, **told)) == CONTRADICTS


def test_a_pattern_that_is_none_is_told_to_the_log_and_not_shown(answered, flash_call, caplog):
    answered(flash_call, accepted(pattern="*" * 15 + "999999"))
    (told,) = [record for record in caplog.records if "pattern" in record.getMessage()]
    assert told.levelname == "WARNING"
    assert "999999" not in repr(vars(told))


@pytest.mark.parametrize("pattern", GARBAGE.values(), ids=GARBAGE)
def test_a_pattern_that_is_none_says_nothing_of_a_code_that_is_ours(answered, flash_call, pattern):
    assert answered(flash_call, accepted(pattern=pattern)) == TAKEN


@pytest.mark.parametrize("pattern", GARBAGE.values(), ids=GARBAGE)
def test_a_pattern_that_is_none_does_not_answer_for_a_caller_id_that_was_asked_for(answered, drawn_flash_call, pattern):
    assert answered(drawn_flash_call, accepted(pattern=pattern)) == CONTRADICTS


@pytest.mark.parametrize("message", ["flash_call", "drawn_flash_call"])
@pytest.mark.parametrize(
    "caller_id", ["", "anonymous", None, [], True, "1", "1" * 30, "٤٨٢١٧٦", "482176\0", "4821\ud80076"]
)
def test_a_caller_id_that_is_no_number_is_ignored(answered, request, message, caller_id):
    assert answered(request.getfixturevalue(message), accepted(callerId=caller_id)) == TAKEN


def test_an_sms_has_no_caller_id_to_check(answered, sms):
    assert answered(sms, accepted(callerId=RINGS_OTHERWISE, pattern="***482176")) == TAKEN


TRUSTED = {
    "the number that was asked for": ({"callerId": RINGS}, "482175"),
    "another": ({"callerId": RINGS_OTHERWISE}, "482176"),
    "another, with its pattern": ({"callerId": RINGS_OTHERWISE, "pattern": "***482176"}, "482176"),
    "a pattern alone": ({"pattern": "***082176"}, "082176"),
}


@pytest.mark.parametrize(("told", "digits"), TRUSTED.values(), ids=TRUSTED)
def test_a_trusted_caller_id_decides_and_brings_its_code(answered, drawn_flash_call, told, digits):
    result = answered(drawn_flash_call, accepted(**told), TRUST_REPLY_CALLER_ID=True)
    assert result == replace(TAKEN, code=Code(digits))


UNTRUSTWORTHY = {
    "nothing": {},
    "asterisks": {"pattern": "***"},
    "a caller ID that is no number": {"callerId": "anonymous"},
    "a pattern that contradicts": {"callerId": RINGS_OTHERWISE, "pattern": "***482175"},
    "the phone itself": {"callerId": PHONE},
}


@pytest.mark.parametrize("told", UNTRUSTWORTHY.values(), ids=UNTRUSTWORTHY)
def test_trust_needs_a_caller_id(answered, drawn_flash_call, told):
    assert answered(drawn_flash_call, accepted(**told), TRUST_REPLY_CALLER_ID=True) == CONTRADICTS


def test_trust_does_not_reach_a_code_that_is_ours(answered, flash_call):
    assert answered(flash_call, accepted(callerId=RINGS_OTHERWISE), TRUST_REPLY_CALLER_ID=True) == CONTRADICTS
