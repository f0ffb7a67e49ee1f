"""What the sandbox refuses, so that a wrong request of ours is noticed."""

import http.client
import json
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_flashcall.sandbox.fields import BadRequest
from django_flashcall.sandbox.messages import MESSAGE_FIELDS, read_messages
from tests.sandbox.messages import call, sms, viber

ANY = "+380501234503"
OTHER = "+380501234504"
DROPPED = object()


def changed(message, **fields):
    merged = {**message, **fields}
    return {name: value for name, value in merged.items() if value is not DROPPED}


def template(**fields):
    return changed(viber(ANY)["messageData"], **fields)


BAD_MESSAGES = {
    "not an object": "sms",
    "unknown field": sms(ANY, recipient=ANY),
    "the legacy fallback": call(ANY, fallback={"type": "sms", "text": "123456"}),
    "no type": changed(sms(ANY), type=DROPPED),
    "unknown type": sms(ANY, type="viber"),
    "type that is no text": sms(ANY, type=["sms"]),
    "no recipient": changed(sms(ANY), to=DROPPED),
    "recipient without its plus": sms(ANY.removeprefix("+")),
    "national recipient": sms("0501234503"),
    "recipient with spaces": sms("+380 50 123 45 03"),
    "recipient in full-width digits": sms("+38050123450３"),
    "recipient with a line break": sms(f"{ANY}\n"),
    "recipient that is a number": sms(380501234503),
    "no sender": changed(call(ANY), **{"from": DROPPED}),
    "empty sender": call(ANY, **{"from": ""}),
    "long SMS sender": sms(ANY, **{"from": "TwelveLetter"}),
    "SMS sender with a space": sms(ANY, **{"from": "My Shop"}),
    "sender with a line break": viber(ANY, **{"from": "Shop\r\n"}),
    "SMS without a text": changed(sms(ANY), text=DROPPED),
    "SMS with an empty text": sms(ANY, text=""),
    "SMS whose text is a number": sms(ANY, text=730415),
    "SMS with half a character": sms(ANY, text="\ud83d"),
    "endless text": sms(ANY, text="x" * 3073),
    "call with neither code nor caller ID": changed(call(ANY), text=DROPPED),
    "call with both code and caller ID": call(ANY, messageData={"callerId": "+380443334455"}),
    "call with a sentence": call(ANY, text="Your code is 4821"),
    "call with a short code": call(ANY, text="48"),
    "call with a long code": call(ANY, text="482148214"),
    "call with a negative code": call(ANY, text=-4821),
    "call with a fraction": call(ANY, text=4821.0),
    "call with true for a code": call(ANY, text=True),
    "call with Arabic digits": call(ANY, text="٤٨٢١"),
    "call with an empty caller ID": changed(call(ANY), text=DROPPED, messageData={"callerId": ""}),
    "call with a caller ID of other fields": changed(call(ANY), text=DROPPED, messageData={"caller_id": OTHER}),
    "call with data that is no object": changed(call(ANY), text=DROPPED, messageData=OTHER),
    "ttl as a text": call(ANY, ttl="60"),
    "ttl of nothing": call(ANY, ttl=0),
    "ttl that is true": call(ANY, ttl=True),
    "ttl above two minutes for a call": call(ANY, ttl=121),
    "ttl above a month": sms(ANY, ttl=30 * 24 * 60 * 60 + 1),
    "empty id of ours": sms(ANY, customerMessageId=""),
    "long id of ours": sms(ANY, customerMessageId="x" * 255),
    "id of ours with special characters": sms(ANY, customerMessageId="a b"),
    "id of ours that is a number": sms(ANY, customerMessageId=7),
    "Viber without data": changed(viber(ANY), messageData=DROPPED),
    "Viber with a text": viber(ANY, text="Your code is 730415."),
    "Viber without a template": viber(ANY, messageData=template(templateId="welcome")),
    "Viber without a language": viber(ANY, messageData=template(templateLang=DROPPED)),
    "Viber without parameters": viber(ANY, messageData=template(templateParams=DROPPED)),
    "Viber without a code": viber(ANY, messageData=template(templateParams={"code_validity_time": 5})),
    "Viber with a word for a code": viber(ANY, messageData=template(templateParams={"pin": "secret"})),
    "fallbacks that are no list": call(ANY, fallbacks=sms(ANY)),
    "no fallbacks": call(ANY, fallbacks=[]),
    "eleven fallbacks": call(ANY, fallbacks=[sms(ANY)] * 11),
    "fallback that is not whole": call(ANY, fallbacks=[{"type": "sms", "text": "123456"}]),
    "fallback with fallbacks": call(ANY, fallbacks=[sms(ANY, fallbacks=[sms(ANY)])]),
    "fallback to another number": call(ANY, fallbacks=[sms(OTHER)]),
}

BAD_BODIES = {
    "a list": [sms(ANY)],
    "a text": "messages",
    "null": None,
    "no messages": {},
    "other fields": {"messages": [sms(ANY)], "sender": "Shop"},
    "messages that are no list": {"messages": sms(ANY)},
    "an empty list": {"messages": []},
    "5,001 messages": {"messages": [{}] * 5001},
}


@pytest.mark.parametrize("message", BAD_MESSAGES.values(), ids=BAD_MESSAGES.keys())
def test_a_message_that_is_not_as_documented_is_refused_and_not_carried(smsbat, message):
    reply = smsbat.post({"messages": [sms(OTHER), message]})
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert error["code"] in {"INVALID_REQUEST", "INVALID_RECIPIENT", "INVALID_SENDER"}
    assert "messages[1]" in error["message"]
    assert "4503" not in error["message"]
    assert smsbat.events(ANY) == smsbat.events(OTHER) == []


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_that_is_not_as_documented_is_refused(smsbat, body):
    reply = smsbat.post(body)
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "INVALID_REQUEST"


def test_a_recipient_and_a_sender_have_error_codes_of_their_own(smsbat):
    assert smsbat.send(sms("0501234503")).json()["error"]["code"] == "INVALID_RECIPIENT"
    assert smsbat.send(sms(ANY, **{"from": "My Shop"})).json()["error"]["code"] == "INVALID_SENDER"


@pytest.mark.parametrize("headers", [{}, {"X-Authorization-Key": ""}, {"Authorization": "x"}])
def test_nothing_is_taken_without_a_key(smsbat, headers):
    reply = smsbat.send(sms(ANY), headers=headers)
    assert reply.status_code == 401
    assert reply.json()["error"]["code"] == "UNAUTHORIZED"
    assert smsbat.events(ANY) == []


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"{", 400),
        ({}, b"", 400),
        ({}, b"\xff\xfe\xff", 400),
        ({}, b"[" * 100_000, 400),
        ({}, b'{"messages": ' + b"9" * 5000 + b"}", 400),
        ({"Content-Type": "text/plain"}, json.dumps({"messages": [sms(ANY)]}).encode(), 415),
        ({"Content-Type": ""}, json.dumps({"messages": [sms(ANY)]}).encode(), 415),
        ({"Content-Length": "-1"}, b"", 411),
        ({"Content-Length": "\u0662"}, b"", 411),
        ({"Transfer-Encoding": "chunked"}, None, 411),
        ({"Content-Length": str(3 * 1024 * 1024)}, None, 413),
    ],
)
def test_what_is_no_json_request_is_refused(sandbox, headers, body, status):
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=5)
    connection.putrequest("POST", "/bat/messagelist")
    length = {"Content-Length": str(len(body))} if body is not None else {}
    for name, value in {"X-Authorization-Key": "any", "Content-Type": "application/json", **length, **headers}.items():
        connection.putheader(name, value.encode())
    connection.endheaders(body)
    reply = connection.getresponse()
    assert reply.status == status
    assert json.loads(reply.read())["error"]["code"] == "INVALID_REQUEST"
    connection.close()


@pytest.mark.parametrize(
    "path", ["/", "/bat/message", "/bat/messagelist", "/handset/+38050.json.json", "/handset/x.json"]
)
def test_other_addresses_are_not_found(smsbat, path):
    reply = smsbat.get(path)
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "NOT_FOUND"


def test_nothing_else_can_be_posted_to(smsbat):
    reply = smsbat.http.post(f"{smsbat.url}/bat/message/1", json={}, timeout=5)
    assert reply.status_code == 404


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([ANY, "sms", "flashcall"]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=9), children, max_size=3),
    max_leaves=9,
)


@given(
    message=st.sampled_from([call(ANY), sms(ANY), viber(ANY)]), field=st.sampled_from(MESSAGE_FIELDS), value=json_values
)
def test_any_json_is_read_or_refused(message, field, value):
    try:
        (read,) = read_messages({"messages": [{**message, field: value}]})
    except BadRequest as refusal:
        assert refusal.status == 400
    else:
        assert read.to.startswith("+")
