"""What is concluded from an answer that came whole."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_flashcall.codes import Code
from django_flashcall.providers import base, smsbat_answers
from django_flashcall.providers.base import Message, Result, Status
from django_flashcall.providers.transport import Answer
from tests.providers.conftest import MESSAGE_ID, PHONE
from tests.providers.outcomes import TAKEN, rejected, unknown
from tests.providers.seed import FLASH_CALL_ANSWER, FLASH_CALL_ANSWER_WITH_TTL
from tests.providers.server import accepted

ACCEPTED, REJECTED, UNCLEAR = Result(status=Status.ACCEPTED), rejected(), unknown(base.UNCLEAR)
OTHER_PHONE = "+380671234567"


def entry(**values):
    return {"messages": [values]}


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
def test_an_error_of_the_request_is_a_rejection(answered, flash_call, status, body, error_code):
    assert answered(flash_call, body, status=status) == rejected(error_code)


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
def test_an_answer_that_is_not_the_documented_one_leaves_the_message_unknown(answered, flash_call, body):
    assert answered(flash_call, body) == unknown()


@pytest.mark.parametrize("status", [201, 202, 204, 206])
def test_a_success_that_is_not_documented_leaves_the_message_unknown(answered, flash_call, status):
    body = b"" if status == 204 else accepted()
    assert answered(flash_call, body, status=status) == unknown()


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
    "an infinite cost": (b'{"messages": [{"status": "accepted", "cost": 1e999}]}', ACCEPTED),
    "the status of HTTP beside": ({"status": 200, **accepted()}, TAKEN),
    "a top-level word": ({"status": "rejected", **accepted()}, TAKEN),
}


@pytest.mark.parametrize(("body", "result"), SHAPES.values(), ids=SHAPES)
def test_the_message_is_found_in_every_shape_of_answer(answered, flash_call, body, result):
    assert answered(flash_call, body) == result


def test_an_error_beside_an_accepted_message_is_told_to_the_log(answered, flash_call, caplog):
    answered(flash_call, {"error": "Oops", **accepted()})
    (told,) = [record for record in caplog.records if "error" in record.getMessage()]
    assert told.levelname == "WARNING"


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
def test_a_status_is_taken_refused_or_unclear(answered, flash_call, status, result):
    assert answered(flash_call, entry(status=status)) == result


@pytest.mark.parametrize("status", [["accepted"], {"accepted": True}])
def test_a_status_that_is_no_word_is_unclear(answered, flash_call, status):
    assert answered(flash_call, entry(status=status)) == UNCLEAR


def test_a_message_without_a_status_is_unclear_and_keeps_its_id(answered, flash_call):
    assert answered(flash_call, entry(messageId="abc")) == unknown(base.UNCLEAR, "abc")


@pytest.mark.parametrize("status", ["rejected", "queued"])
def test_what_was_not_accepted_keeps_its_id_too(answered, flash_call, status):
    assert answered(flash_call, entry(messageId="abc", status=status)).provider_message_id == "abc"


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
def test_an_id_is_kept_only_where_it_is_fit_for_a_row_and_an_address(answered, flash_call, given, kept):
    body = {"messages": [{"status": "accepted", "messageId": given}]}
    assert answered(flash_call, body) == Result(status=Status.ACCEPTED, provider_message_id=kept)


def test_a_message_without_an_id_is_accepted_without_one(answered, flash_call):
    assert answered(flash_call, entry(status="accepted")) == ACCEPTED


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
def test_of_several_messages_only_ours_is_judged(answered, flash_call, entries, result):
    assert answered(flash_call, {"messages": entries}) == result


@pytest.mark.parametrize("document", [FLASH_CALL_ANSWER, FLASH_CALL_ANSWER_WITH_TTL], ids=["request", "format"])
def test_the_documented_answer_is_accepted(answered, drawn_flash_call, document):
    (documented,) = document["messages"]
    body = {**document, "messages": [{**documented, "to": PHONE}]}
    message = replace(drawn_flash_call, code=Code("6789"), caller_id="+380123456789")
    assert answered(message, body) == TAKEN


@pytest.mark.parametrize("ttl", [0, -1, "60", 10**9, None, []])
def test_an_echoed_ttl_is_ignored(answered, flash_call, ttl):
    assert answered(flash_call, accepted(ttl=ttl)) == TAKEN


@pytest.mark.parametrize(
    "header", ["Content-Type: text/html; charset=koi8-u", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "Date: yesterday"]
)
def test_headers_do_not_change_what_the_body_says(answered, flash_call, header):
    assert answered(flash_call, accepted(), headers=[header]) == TAKEN


KEYS = ["messages", "messageId", "error", "code", "to", "callerId", "pattern", "customerMessageId", "status"]
WORDS = ["accepted", "rejected", "INVALID_PHONE", "+380441482175", "***482175", "*", "\0", "\ud800", "", MESSAGE_ID]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=30)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner), max_leaves=20
)
entries = st.fixed_dictionaries({"status": st.just("accepted")}, optional=dict.fromkeys(KEYS[1:-1], scalars))
documents = values | entries.map(lambda entry: {"messages": [entry]})
bodies = st.binary() | documents.map(lambda document: json.dumps(document).encode())


@settings(deadline=None)
@given(
    status=st.integers(100, 999), body=bodies, caller_id=st.sampled_from([None, "+380441482175"]), trusts=st.booleans()
)
def test_no_answer_at_all_raises_or_brings_what_is_not_fit_for_a_row(status, body, caller_id, trusts):
    message = Message(
        id=MESSAGE_ID, channel="flashcall", phone_number=PHONE, code=Code("482175"), ttl=60, caller_id=caller_id
    )
    answer = Answer(status=status, body=body, retry_after=None)
    result = smsbat_answers.read(answer, message, trust_caller_id=trusts)
    assert result.error_code in {"", *base.ERROR_CODES}
    assert (result.error_code == "") == (result.status is Status.ACCEPTED)
    assert re.fullmatch(r"[A-Za-z0-9._:-]{0,255}", result.provider_message_id)
    assert result.code is None or trusts
