"""No body, id or header makes an error of the server: each gets a documented answer."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpRequest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from django_flashcall.models import VerificationAttempt
from django_flashcall.providers.base import Message
from tests.api.client import ROOT, Api
from tests.api.stage import UNKNOWN

pytestmark = pytest.mark.django_db

PLACES = ["verifications/", f"verifications/{UNKNOWN}/verify/", f"verifications/{UNKNOWN}/fallback/", "phones/"]
TEN_MEGABYTES = 10 * 1024 * 1024


@pytest.fixture
def signed_in(api: Api, user: Any) -> Api:
    api.force_login(user)
    return api


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize(
    "data",
    [
        b"null",
        b"[]",
        b'[{"phone_number": "+380501234503"}]',
        b'"text"',
        b"1",
        b"true",
        b"1e999",
        b" \n",
        b"{",
        b'{"phone_number": "+380501234503"}{}',
        b"{'phone_number': '+380501234503'}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"\xff": 1}',
        b"\x00",
        b"\xef\xbb\xbf{}",
        '{"phone_number": "+380501234503"}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"phone_number": "' + b"1" * TEN_MEGABYTES + b'"}',
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_not_an_object_in_json(signed_in: Api, where: str, data: bytes, outbox: list[Message]) -> None:
    response = signed_in.send(where, data)
    assert response.case[1:] == (400, None)
    assert not outbox and not VerificationAttempt.objects.exists()


@pytest.mark.parametrize("where", PLACES)
def test_a_deep_body(signed_in: Api, where: str, outbox: list[Message]) -> None:
    response = signed_in.send(where, b'{"a": ' + b"[" * 8000 + b"]" * 8000 + b"}")
    assert response.status_code in {400, 404}  # some Pythons read it, and the fallback needs nothing of it
    assert not outbox


def test_a_long_body_is_refused_unread(signed_in: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*args: Any) -> bytes:
        raise AssertionError("The body was read.")

    monkeypatch.setattr(HttpRequest, "read", read)
    response = signed_in.send("verifications/", b"x" * (16 * 1024 + 1))
    assert (response.status_code, response.body) == (400, {"detail": "JSON parse error - too long"})


def test_a_body_of_16_kib_is_read(signed_in: Api) -> None:
    data = b'{"phone_number": "+380501234503"}'.ljust(16 * 1024)
    assert signed_in.send("verifications/", data).status_code == 201


@pytest.mark.parametrize("length", ["", "0", "-1", "x", "1" * 5000])
def test_a_content_length_that_is_none(signed_in: Api, length: str) -> None:
    response = signed_in.send("verifications/", b"{}", CONTENT_LENGTH=length)
    assert response.case == ("flashcall_start", 400, None)


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x; charset=rot13",
        "application/xml",
        "application/json-seq",
        ";;;",
        "a" * 5000,
        "приклад",
    ],
    ids=lambda text: repr(text[:30]),
)
def test_what_is_not_json(signed_in: Api, where: str, content_type: str) -> None:
    data = b"phone_number=%2B380501234503"
    assert signed_in.send(where, data, content_type=content_type).case[1:] == (415, None)


@pytest.mark.parametrize("charset", ["rot13", "zlib", "bz2", "hex", "utf-16", "utf-7", "undefined", "idna", "x"])
def test_json_is_utf_8_whatever_charset_it_claims(signed_in: Api, phone: str, charset: str) -> None:
    data = json.dumps({"phone_number": phone}).encode()
    response = signed_in.send("verifications/", data, content_type=f"application/json; charset={charset}")
    assert response.status_code == 201


@pytest.mark.parametrize("accept", ["text/html", "", "*/*;q=0", "application/xml", "x/", "json", "приклад", "a," * 999])
@pytest.mark.parametrize("query", ["", "?format=html", "?format=api"])
def test_the_answer_is_json_whatever_is_asked_for(signed_in: Api, phone: str, accept: str, query: str) -> None:
    signed_in.credentials(HTTP_ACCEPT=accept)
    response = signed_in.send("verifications/" + query, json.dumps({"phone_number": phone}).encode())
    assert (response.status_code, response["Content-Type"]) == (201, "application/json")


@pytest.mark.parametrize("field", ["phone_number", "purpose", "channel"])
@pytest.mark.parametrize(
    "value", [None, 1, 0.5, True, [], {}, [["x"]], "", " ", "\u0000", "x\u0000", "9" * 9999], ids=repr
)
def test_a_field_of_the_wrong_kind(api: Api, phone: str, outbox: list[Message], field: str, value: object) -> None:
    response = api.start(**{"phone_number": phone, field: value})
    assert response.case == ("flashcall_start", 400, None)
    assert list(response.body) == [field]
    assert not outbox


@pytest.mark.parametrize("text", ["a\r\nERROR forged", "\x1b[31mred", "a\u2028b\x85c\x00"], ids=repr)
def test_what_is_sent_breaks_no_line_of_our_log(
    api: Api, phone: str, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    caplog.set_level("DEBUG", "django_flashcall")
    api.credentials(HTTP_USER_AGENT=text, HTTP_IDEMPOTENCY_KEY=text * 8)
    for body in ({"phone_number": phone + text}, {"phone_number": phone, "purpose": text}, {"phone_number": phone}):
        attempt_id = api.start(**body).body.get("id", quote(text))
        for entered in (text, "1234" + text):
            api.verify(attempt_id, code=entered)
            api.verify(attempt_id, caller_id=entered)
        api.fallback(attempt_id, channel=text)
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("django_flashcall")]
    assert messages
    assert [message for message in messages if not message.isprintable()] == []
    assert VerificationAttempt.objects.get().user_agent.isprintable()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["phone_number", "purpose", "channel", "code", "caller_id", "proof"]) | st.text(max_size=5)
spelled = st.text(alphabet="+-() 0123456789\u0660\uff11\u200e\x00*#;", max_size=45)
bodies = st.dictionaries(names, anything | spelled, max_size=4)
header_values = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40)
headers = st.dictionaries(
    st.sampled_from(
        [
            "HTTP_ACCEPT",
            "HTTP_ACCEPT_LANGUAGE",
            "HTTP_AUTHORIZATION",
            "HTTP_COOKIE",
            "HTTP_IDEMPOTENCY_KEY",
            "HTTP_USER_AGENT",
            "HTTP_X_CSRFTOKEN",
            "HTTP_X_CLIENT",
            "HTTP_X_FORWARDED_FOR",
            "REMOTE_ADDR",
        ]
    ),
    header_values,
    max_size=3,
)
path_parts = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=40)

thorough = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("where", PLACES)
@thorough
@given(body=bodies, headers=headers)
@example(body={"code": "1234", "caller_id": "1234"}, headers={"REMOTE_ADDR": "2a00:1450::1%eth0"})
def test_no_body_and_no_header_makes_an_error(
    signed_in: Api, where: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    data = json.dumps(body, allow_nan=True).encode("utf-8", "surrogatepass")
    assert signed_in.send(where, data, **headers).status_code < 500


@pytest.mark.parametrize(
    "declared",
    [{"TRUSTED_PROXY_COUNT": 1}, {"TRUSTED_PROXY_COUNT": 3}, {"TRUSTED_CLIENT_IP_HEADER": "X-Client"}],
    ids=repr,
)
@thorough
@given(address=header_values | st.lists(st.ip_addresses().map(str) | header_values, max_size=5).map(",".join))
@example(address="fe80::1%" + "1" * 5000)
@example(address="::ffff:8.8.8.8, ,")
def test_no_address_makes_an_error(api: Api, flashcall: Any, declared: dict[str, Any], address: str) -> None:
    flashcall(**declared)
    headers = {"HTTP_X_CLIENT": address, "HTTP_X_FORWARDED_FOR": address, "REMOTE_ADDR": address}
    assert api.send("verifications/", b'{"phone_number": "+380501234503"}', **headers).status_code in {201, 429}


@thorough
@given(body=bodies, verb=st.sampled_from(["verify", "fallback"]))
def test_no_body_makes_an_error_on_an_attempt(started: str, api: Api, body: dict[str, Any], verb: str) -> None:
    assert api.send(f"verifications/{started}/{verb}/", json.dumps(body).encode()).status_code < 500


@pytest.mark.parametrize("where", PLACES)
@thorough
@given(data=st.binary(max_size=60), content_type=header_values | st.just("application/json"))
def test_no_bytes_make_an_error(signed_in: Api, where: str, data: bytes, content_type: str) -> None:
    assert signed_in.send(where, data, content_type=content_type).status_code < 500


@thorough
@given(attempt_id=path_parts, verb=st.sampled_from(["", "verify/", "fallback/"]))
def test_no_id_makes_an_error(api: Api, attempt_id: str, verb: str) -> None:
    data = b'{"code": "1234"}' if verb == "verify/" else b"{}"
    method = "POST" if verb else "GET"
    response = api.generic(method, f"{ROOT}verifications/{quote(attempt_id)}/{verb}", data, "application/json")
    assert (response.status_code, response.body["error"]) == (404, "not_found")
