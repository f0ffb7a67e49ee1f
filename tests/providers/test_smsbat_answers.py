"""What is concluded from an answer that came whole."""

import json
from dataclasses import replace

import pytest

from django_flashcall.codes import Code
from django_flashcall.providers import base
from django_flashcall.providers.base import Result, Status
from tests.providers.conftest import MESSAGE_ID, PATIENCE, PHONE, accepted
from tests.providers.seed import FLASH_CALL_ANSWER, FLASH_CALL_ANSWER_WITH_TTL

TAKEN = Result(status=Status.ACCEPTED, provider_message_id="abc123def456")
TAKEN_WITHOUT_ID = Result(status=Status.ACCEPTED)
OTHER_PHONE = "+380671234567"
RINGS = "+380441482175"
"""Ends in the code of every message here."""
RINGS_OTHERWISE = "+380441482176"


def rejected(error_code=base.REJECTED, message_id=""):
    return Result(status=Status.REJECTED, error_code=error_code, provider_message_id=message_id)


def unknown(error_code=base.MALFORMED_ANSWER, message_id=""):
    return Result(status=Status.UNKNOWN, error_code=error_code, provider_message_id=message_id)


def entry(**values):
    return {"messages": [values]}


@pytest.fixture
def sent(smsbat, provider_of):
    """Send a message, let the server answer so, and return what became of it."""

    def send(message, body, *, status=200, headers=(), **options):
        smsbat.answers(body, status=status, headers=headers)
        result = provider_of(**options).send(message, deadline=PATIENCE)
        assert len(smsbat.requests) == 1
        return result

    return send


ERRORS = {
    "an object": (400, {"error": {"code": "INVALID_RECIPIENT", "message": "no"}}, base.INVALID_NUMBER),
    "an object of the cascade": (400, {"error": {"code": "INVALID_PHONE", "field": "toPhone"}}, base.INVALID_NUMBER),
    "a number beside a string": (400, {"status": 400, "error": "Bad Request", "code": 1003}, base.INVALID_NUMBER),
    "a number as text": (400, {"error": {"code": "1003"}}, base.INVALID_NUMBER),
    "another case": (400, {"error": {"code": " invalid_Recipient "}}, base.INVALID_NUMBER),
    "a code as a string": (400, {"error": "INVALID_RECIPIENT"}, base.INVALID_NUMBER),
    "the sender": (400, {"error": {"code": "INVALID_SENDER"}}, base.INVALID_SENDER),
    "the text's length": (400, {"error": {"code": "MESSAGE_TOO_LONG"}}, base.INVALID_TEXT),
    "the text's encoding": (400, {"error": {"code": "INVALID_ENCODING"}}, base.INVALID_TEXT),
    "a wrong format": (400, {"error": "Bad Request", "code": 1001}, base.BAD_REQUEST),
    "a missing field": (400, {"error": "Bad Request", "code": 1002}, base.BAD_REQUEST),
    "an unknown word": (400, {"error": {"code": "NO_MONEY"}}, base.REJECTED),
    "a word of a megabyte's twentieth": (400, {"error": {"code": "X" * 50_000}}, base.REJECTED),
    "a list": (400, {"error": ["INVALID_RECIPIENT"]}, base.REJECTED),
    "a code that is a list": (400, {"error": {"code": ["INVALID_RECIPIENT"]}}, base.REJECTED),
    "a code that is true": (400, {"error": {"code": True}}, base.REJECTED),
    "a string": (400, {"error": "Bad Request"}, base.REJECTED),
    "no body": (400, b"", base.REJECTED),
    "HTML": (400, b"<html><h1>400</h1></html>", base.REJECTED),
    "a list at the top": (400, [{"error": "INVALID_RECIPIENT"}], base.REJECTED),
    "401": (401, {"error": "Unauthorized"}, base.CREDENTIALS),
    "401 without a body": (401, b"", base.CREDENTIALS),
    "401 with a number's code": (401, {"error": {"code": "INVALID_PHONE"}}, base.CREDENTIALS),
    "403": (403, {"error": {"code": "FORBIDDEN"}}, base.CREDENTIALS),
    "403 with an unreadable body": (403, b"\xff" * 70_000, base.CREDENTIALS),
    "404": (404, b"<html>", base.BAD_REQUEST),
    "405": (405, b"", base.BAD_REQUEST),
    "415": (415, b"", base.BAD_REQUEST),
    "422": (422, {"message": "?"}, base.BAD_REQUEST),
    "422 with a code": (422, {"error": {"code": "INVALID_PHONE"}}, base.INVALID_NUMBER),
    "418": (418, b"", base.REJECTED),
}


@pytest.mark.parametrize(("status", "body", "error_code"), ERRORS.values(), ids=ERRORS)
def test_an_error_of_the_request_is_a_rejection(sent, flash_call, status, body, error_code):
    assert sent(flash_call, body, status=status) == rejected(error_code)


UNREADABLE = {
    "HTML": b"<!doctype html><title>Welcome</title>",
    "nothing": b"",
    "spaces": b" \r\n",
    "latin-1": json.dumps(accepted(note="é"), ensure_ascii=False).encode("latin-1"),
    "UTF-16": json.dumps(accepted()).encode("utf-16"),
    "truncated JSON": json.dumps(accepted()).encode()[:-5],
    "JSON and more": json.dumps(accepted()).encode() + b"{}",
    "a string": b'"accepted"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "an object without messages": {"status": "accepted"},
    "an error of another API": {"response_code": 999, "message_id": None},
    "messages that are null": {"messages": None},
    "messages that are a string": {"messages": "accepted"},
    "messages that are a number": {"messages": 1},
    "an entry that is a string": {"messages": ["accepted"]},
    "an entry that is null": {"messages": [None]},
    "an entry that is a list": {"messages": [[]]},
    "an entry beside a string": {"messages": [{"status": "accepted"}, "accepted"]},
    "a list of strings": ["accepted"],
    "the same key twice": b'{"messages": [{"messageId": "a", "status": "rejected", "status": "accepted"}]}',
    "messages twice": b'{"messages": [{"status": "accepted"}], "messages": []}',
    "NaN": b'{"messages": [{"status": "accepted", "cost": NaN}]}',
    "Infinity": b'{"messages": [{"status": "accepted", "cost": -Infinity}]}',
    "5,000 digits": b'{"messages": [{"status": "accepted", "cost": ' + b"1" * 5000 + b"}]}",
    "30,000 levels": b'{"messages": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "10,000 levels of objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_an_answer_that_is_not_the_documented_one_leaves_the_message_unknown(sent, flash_call, body):
    assert sent(flash_call, body) == unknown()


@pytest.mark.parametrize("status", [201, 202, 204, 206])
def test_a_success_that_is_not_documented_leaves_the_message_unknown(sent, flash_call, status):
    body = b"" if status == 204 else accepted()
    assert sent(flash_call, body, status=status) == unknown()


SHAPES = {
    "the page's answer, less its numbers": (accepted(to=PHONE), TAKEN),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(accepted()).encode(), TAKEN),
    "a list at the top": ([accepted()["messages"][0]], TAKEN),
    "an object in place of the list": ({"messages": accepted()["messages"][0]}, TAKEN),
    "an empty list": ({"messages": []}, rejected(base.MALFORMED_ANSWER)),
    "an empty list at the top": ([], rejected(base.MALFORMED_ANSWER)),
    "an error object and no messages": ({"error": {"code": "INVALID_PHONE"}}, rejected(base.INVALID_NUMBER)),
    "an error string and no messages": ({"error": "Oops"}, rejected()),
    "an error and messages that are null": ({"error": "Oops", "messages": None}, rejected()),
    "an error and an empty list": ({"error": "INVALID_SENDER", "messages": []}, rejected(base.INVALID_SENDER)),
    "an error and an accepted message": ({"error": {"code": "INVALID_PHONE"}, **accepted()}, TAKEN),
    "an error that is null": ({"error": None, **entry(status="odd")}, unknown(base.UNCLEAR)),
    "an error and an unclear message": (
        {"error": "INVALID_PHONE", **entry(status="odd")},
        rejected(base.INVALID_NUMBER),
    ),
    "an error and a rejected message": (
        {"error": "INVALID_PHONE", **entry(status="failed")},
        rejected(base.INVALID_NUMBER),
    ),
    "a rejected message with a reason": (entry(status="rejected", code=1003), rejected(base.INVALID_NUMBER)),
    "a rejected message of another number": (entry(status="rejected", to=OTHER_PHONE), rejected()),
    "an infinite cost": (b'{"messages": [{"status": "accepted", "cost": 1e999}]}', TAKEN_WITHOUT_ID),
    "the status of HTTP beside": ({"status": 200, **accepted()}, TAKEN),
    "a top-level word": ({"status": "rejected", **accepted()}, TAKEN),
}


@pytest.mark.parametrize(("body", "result"), SHAPES.values(), ids=SHAPES)
def test_the_message_is_found_in_every_shape_of_answer(sent, flash_call, body, result):
    assert sent(flash_call, body) == result


ACCEPTED, REJECTED, UNCLEAR = TAKEN_WITHOUT_ID, rejected(), unknown(base.UNCLEAR)
STATUSES = {
    "accepted": ACCEPTED,
    "ACCEPTED ": ACCEPTED,
    " Accepted\n": ACCEPTED,
    "sent": ACCEPTED,
    "scheduled": ACCEPTED,
    "processing": ACCEPTED,
    "delivered": ACCEPTED,
    "read": ACCEPTED,
    "rejected": REJECTED,
    "Failed": REJECTED,
    "undeliverable": REJECTED,
    "permanentError": REJECTED,
    "expired": REJECTED,
    "error": REJECTED,
    "queued": UNCLEAR,
    "": UNCLEAR,
    "not accepted": UNCLEAR,
    "accepted\0": UNCLEAR,
    "accepted\ud800": UNCLEAR,
    "ａccepted": UNCLEAR,
    200: UNCLEAR,
    True: UNCLEAR,
    None: UNCLEAR,
}


@pytest.mark.parametrize(("status", "result"), STATUSES.items())
def test_a_status_is_taken_refused_or_unclear(sent, flash_call, status, result):
    assert sent(flash_call, entry(status=status)) == result


@pytest.mark.parametrize("status", [["accepted"], {"accepted": True}])
def test_a_status_that_is_no_word_is_unclear(sent, flash_call, status):
    assert sent(flash_call, entry(status=status)) == UNCLEAR


def test_a_message_without_a_status_is_unclear_and_keeps_its_id(sent, flash_call):
    assert sent(flash_call, entry(messageId="abc")) == unknown(base.UNCLEAR, "abc")


@pytest.mark.parametrize("status", ["rejected", "queued"])
def test_what_was_not_accepted_keeps_its_id_too(sent, flash_call, status):
    assert sent(flash_call, entry(messageId="abc", status=status)).provider_message_id == "abc"


IDS = {
    "text": ("0198c0de-4b7a.a_b:c", "0198c0de-4b7a.a_b:c"),
    "a number": (123456, "123456"),
    "255 characters": ("a" * 255, "a" * 255),
    "256 characters": ("a" * 256, ""),
    "10,000 characters": ("a" * 10_000, ""),
    "a path": ("../../admin", ""),
    "two dots": ("..", ""),
    "a query": ("a?b=c", ""),
    "an escape": ("a%2f", ""),
    "a line break": ("a\r\nX-Header: b", ""),
    "a line break at the end": ("abc\n", ""),
    "NUL": ("a\0b", ""),
    "half a surrogate pair": ("a\ud800", ""),
    "full-width digits": ("１２３", ""),
    "true": (True, ""),
    "a fraction": (1.5, ""),
    "null": (None, ""),
    "a list": (["abc"], ""),
    "4,000 digits": (10**4000, ""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("given", "kept"), IDS.values(), ids=IDS)
def test_an_id_is_kept_only_where_it_is_fit_for_a_row_and_an_address(sent, flash_call, given, kept):
    body = {"messages": [{"status": "accepted", "messageId": given}]}
    assert sent(flash_call, body) == Result(status=Status.ACCEPTED, provider_message_id=kept)


def test_a_message_without_an_id_is_accepted_without_one(sent, flash_call):
    assert sent(flash_call, entry(status="accepted")) == TAKEN_WITHOUT_ID


MANY = {
    "ours by our id": ([{"status": "failed"}, {"status": "accepted", "customerMessageId": MESSAGE_ID}], ACCEPTED),
    "ours by our number": ([{"status": "failed", "to": OTHER_PHONE}, {"status": "accepted", "to": PHONE}], ACCEPTED),
    "our id before our number": (
        [{"status": "failed", "to": PHONE}, {"status": "accepted", "customerMessageId": MESSAGE_ID}],
        ACCEPTED,
    ),
    "none of them ours": (
        [{"status": "accepted", "to": OTHER_PHONE}, {"status": "accepted"}],
        rejected(base.CONTRADICTION),
    ),
    "both of them ours": ([{"status": "accepted", "to": PHONE}] * 2, rejected(base.CONTRADICTION)),
}


@pytest.mark.parametrize(("entries", "result"), MANY.values(), ids=MANY)
def test_of_several_messages_only_ours_is_judged(sent, flash_call, entries, result):
    assert sent(flash_call, {"messages": entries}) == result


NUMBERS = {
    "ours": (PHONE, TAKEN),
    "without a plus": (PHONE[1:], TAKEN),
    "spaced": ("+380 50 123-45-03", TAKEN),
    "an integer": (int(PHONE[1:]), TAKEN),
    "null": (None, TAKEN),
    "empty": ("", TAKEN),
    "a list": ([OTHER_PHONE], TAKEN),
    "another": (OTHER_PHONE, rejected(base.CONTRADICTION, "abc123def456")),
    "national": ("0501234503", rejected(base.CONTRADICTION, "abc123def456")),
    "ours and more": (PHONE + "0", rejected(base.CONTRADICTION, "abc123def456")),
}


@pytest.mark.parametrize("key", ["to", "recipient"])
@pytest.mark.parametrize("message", ["flash_call", "sms"])
@pytest.mark.parametrize(("number", "result"), NUMBERS.values(), ids=NUMBERS)
def test_the_number_in_the_answer_is_ours(sent, request, message, key, number, result):
    assert sent(request.getfixturevalue(message), accepted(**{key: number})) == result


CONTRADICTS = rejected(base.CONTRADICTION, "abc123def456")
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
    "too few open digits": ({"callerId": RINGS, "pattern": "+3804414****75"}, CONTRADICTS),
    "an open beginning": ({"callerId": RINGS, "pattern": "+380441******"}, CONTRADICTS),
    "the phone itself": ({"callerId": PHONE}, CONTRADICTS),
    "an asterisked plus": ({"callerId": RINGS, "pattern": "+******482175"}, TAKEN),
}


@pytest.mark.parametrize("message", ["flash_call", "drawn_flash_call"])
@pytest.mark.parametrize(("told", "result"), CROSS_CHECKS.values(), ids=CROSS_CHECKS)
def test_what_the_answer_tells_of_the_call_agrees_with_what_was_asked_for(sent, request, message, told, result):
    assert sent(request.getfixturevalue(message), accepted(**told)) == result


@pytest.mark.parametrize("message", ["flash_call", "drawn_flash_call"])
@pytest.mark.parametrize("pattern", GARBAGE.values(), ids=GARBAGE)
def test_a_pattern_that_is_none_is_ignored_beside_a_caller_id(sent, request, message, pattern):
    assert sent(request.getfixturevalue(message), accepted(callerId=RINGS, pattern=pattern)) == TAKEN


@pytest.mark.parametrize("pattern", GARBAGE.values(), ids=GARBAGE)
def test_a_pattern_that_is_none_says_nothing_of_a_code_that_is_ours(sent, flash_call, pattern):
    assert sent(flash_call, accepted(pattern=pattern)) == TAKEN


@pytest.mark.parametrize("pattern", GARBAGE.values(), ids=GARBAGE)
def test_a_pattern_that_is_none_does_not_answer_for_a_caller_id_that_was_asked_for(sent, drawn_flash_call, pattern):
    assert sent(drawn_flash_call, accepted(pattern=pattern)) == CONTRADICTS


@pytest.mark.parametrize("message", ["flash_call", "drawn_flash_call"])
@pytest.mark.parametrize(
    "caller_id", ["", "anonymous", None, [], True, "1", "1" * 30, "٤٨٢١٧٦", "482176\0", "4821\ud80076"]
)
def test_a_caller_id_that_is_no_number_is_ignored(sent, request, message, caller_id):
    assert sent(request.getfixturevalue(message), accepted(callerId=caller_id)) == TAKEN


def test_an_sms_has_no_caller_id_to_check(sent, sms):
    assert sent(sms, accepted(callerId=RINGS_OTHERWISE, pattern="***482176")) == TAKEN


TRUSTED = {
    "the number that was asked for": ({"callerId": RINGS}, "482175"),
    "another": ({"callerId": RINGS_OTHERWISE}, "482176"),
    "another, with its pattern": ({"callerId": RINGS_OTHERWISE, "pattern": "***482176"}, "482176"),
    "a pattern alone": ({"pattern": "***082176"}, "082176"),
}


@pytest.mark.parametrize(("told", "digits"), TRUSTED.values(), ids=TRUSTED)
def test_a_trusted_caller_id_decides_and_brings_its_code(sent, drawn_flash_call, told, digits):
    result = sent(drawn_flash_call, accepted(**told), TRUST_REPLY_CALLER_ID=True)
    assert result == replace(TAKEN, code=Code(digits))


UNTRUSTWORTHY = {
    "nothing": {},
    "asterisks": {"pattern": "***"},
    "a caller ID that is no number": {"callerId": "anonymous"},
    "a pattern that contradicts": {"callerId": RINGS_OTHERWISE, "pattern": "***482175"},
    "the phone itself": {"callerId": PHONE},
}


@pytest.mark.parametrize("told", UNTRUSTWORTHY.values(), ids=UNTRUSTWORTHY)
def test_trust_needs_a_caller_id(sent, drawn_flash_call, told):
    assert sent(drawn_flash_call, accepted(**told), TRUST_REPLY_CALLER_ID=True) == CONTRADICTS


def test_trust_does_not_reach_a_code_that_is_ours(sent, flash_call):
    assert sent(flash_call, accepted(callerId=RINGS_OTHERWISE), TRUST_REPLY_CALLER_ID=True) == CONTRADICTS


@pytest.mark.parametrize("document", [FLASH_CALL_ANSWER, FLASH_CALL_ANSWER_WITH_TTL], ids=["request", "format"])
def test_the_documented_answer_is_accepted(sent, drawn_flash_call, document):
    (documented,) = document["messages"]
    body = {**document, "messages": [{**documented, "to": PHONE}]}
    message = replace(drawn_flash_call, code=Code("6789"), caller_id="+380123456789")
    assert sent(message, body) == TAKEN


@pytest.mark.parametrize("ttl", [0, -1, "60", 10**9, None, []])
def test_an_echoed_ttl_is_ignored(sent, flash_call, ttl):
    assert sent(flash_call, accepted(ttl=ttl)) == TAKEN


@pytest.mark.parametrize(
    "header", ["Content-Type: text/html; charset=koi8-u", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "Date: yesterday"]
)
def test_headers_do_not_change_what_the_body_says(sent, flash_call, header):
    assert sent(flash_call, accepted(), headers=[header]) == TAKEN
