"""What is asked and read of `GET /bat/message/{id}`, and of delivery reports."""

import json
import logging
import time
from decimal import Decimal

import pytest

from django_flashcall.providers.base import Report, ReportStatus
from tests.providers.conftest import API_KEY
from tests.providers.seed import DELIVERY_REPORT, STATUS_ANSWER, STATUS_ANSWER_WITH_FALLBACKS
from tests.providers.server import PATIENCE, http

ID = "abc123def456"
PENDING, DELIVERED, UNDELIVERABLE = ReportStatus.PENDING, ReportStatus.DELIVERED, ReportStatus.UNDELIVERABLE


@pytest.fixture
def told(smsbat, provider_of):
    """Ask what became of a message, let the server answer so, and return the report."""

    def ask(body=b"", *, status=200, headers=(), message_id=ID, **options):
        smsbat.answers(body, status=status, headers=headers)
        report = provider_of(**options).status(message_id, deadline=PATIENCE)
        assert len(smsbat.requests) == 1
        return report

    return ask


def answer(**fields):
    return {"messagelistId": 1, "messageId": ID, "deliverystatus": "delivered", **fields}


def test_the_documented_answer_is_read(told):
    assert told(STATUS_ANSWER) == Report(
        provider_message_id=ID, status=DELIVERED, cost=Decimal("0.05"), steps=frozenset()
    )


def test_the_documented_answer_of_a_cascade_is_read(told):
    assert told(STATUS_ANSWER_WITH_FALLBACKS) == Report(
        provider_message_id=ID,
        status=DELIVERED,
        channel="viber_otp",
        cost=Decimal("0.35"),
        currency="UAH",
        steps=frozenset({"viber_otp", "sms"}),
    )


def test_it_is_asked_for_by_its_id_with_the_key(smsbat, provider):
    provider.status(ID, deadline=PATIENCE)
    assert smsbat.requests[0].line == f"GET /bat/message/{ID} HTTP/1.1"
    assert smsbat.requests[0].headers["X-Authorization-Key"] == API_KEY
    assert "Content-Type" not in smsbat.requests[0].headers


def test_an_id_is_percent_encoded(smsbat, provider):
    assert provider.status("a:b.c_d-1", deadline=PATIENCE).provider_message_id == "a:b.c_d-1"
    assert smsbat.requests[0].line == "GET /bat/message/a%3Ab.c_d-1 HTTP/1.1"


@pytest.mark.parametrize(
    "message_id", ["", "..", "../messagelist", "a/b", "a?b", "a#b", "a b", "a\r\nX-Evil: 1", "a%2e", "а", "a" * 256]
)
def test_an_id_of_other_characters_is_not_asked_for(smsbat, provider, message_id):
    assert provider.status(message_id, deadline=PATIENCE) is None
    assert smsbat.requests == []


WORDS = {
    "scheduled": PENDING,
    "processing": PENDING,
    "accepted": PENDING,
    "sent": PENDING,
    "a word of next year": PENDING,
    "delivered": DELIVERED,
    " Delivered\n": DELIVERED,
    "READ": DELIVERED,
    "undeliverable": UNDELIVERABLE,
    "permanentError": UNDELIVERABLE,
    "Failed": UNDELIVERABLE,
    "expired": UNDELIVERABLE,
    "rejected": UNDELIVERABLE,
}


@pytest.mark.parametrize(("word", "status"), WORDS.items())
def test_every_documented_word_is_known(told, word, status):
    assert told(answer(deliverystatus=word)).status is status


@pytest.mark.parametrize("key", ["deliverystatus", "deliveryStatus", "status"])
def test_the_status_may_stand_under_any_documented_name(told, key):
    assert told({"messageId": ID, key: "undeliverable"}).status is UNDELIVERABLE


@pytest.mark.parametrize(
    "body",
    [{"deliverystatus": "delivered"}, [answer()], {"messages": [answer()]}, {"messages": answer()}],
    ids=["without an id", "a list", "a list of messages", "one message"],
)
def test_the_answer_may_have_any_documented_shape(told, body):
    assert told(body).status is DELIVERED


def test_an_id_may_be_a_number(told):
    assert told(answer(messageId=4711), message_id="4711").status is DELIVERED


STEPS = {
    "the first step arrived": ("delivered", ["not_used", "not_used"], DELIVERED, None),
    "a later step arrived": ("undeliverable", ["delivered", "not_used"], DELIVERED, "viber_otp"),
    "the last step arrived": ("delivered", ["undeliverable", "read"], DELIVERED, "sms"),
    "a step may still begin": ("undeliverable", ["not_used", "not_used"], PENDING, None),
    "a step is under way": ("undeliverable", ["undeliverable", "processing"], PENDING, None),
    "the first step is under way": ("processing", ["not_used", "not_used"], PENDING, None),
    "every step failed": ("undeliverable", ["expired", "permanenterror"], UNDELIVERABLE, None),
    "all of it is under way, every step so far failed": ("processing", ["failed", "failed"], PENDING, None),
}


@pytest.mark.parametrize(("overall", "steps", "status", "channel"), STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("told_by", ["fallbacks", "fallback", "extendedStatuses"])
def test_a_cascade_is_judged_by_its_steps(told, told_by, overall, steps, status, channel):
    viber, sms = steps
    as_told = {
        "fallbacks": [{"type": "viber_otp", "status": viber}, {"type": "sms", "status": sms}],
        "fallback": [{"type": "viber_otp", "status": viber}, {"type": "sms", "status": sms}],
        "extendedStatuses": {"viber": viber, "sms": sms},
    }
    report = told(answer(deliverystatus=overall, **{told_by: as_told[told_by]}))
    assert (report.status, report.channel) == (status, channel)


TOLD = {
    "no step": ({}, set()),
    "an empty list": ({"fallbacks": []}, set()),
    "the message itself": ({"extendedStatuses": {"flashcall": "undeliverable"}}, {"flashcall"}),
    "one fallback": ({"fallback": {"type": "sms", "status": "failed"}}, {"sms"}),
    "the same by two names": (
        {"fallbacks": [{"type": "viber_otp", "status": "failed"}], "extendedStatuses": {"viber": "failed"}},
        {"viber_otp"},
    ),
    "a step without a name": ({"fallbacks": [{"status": "failed"}]}, set()),
    "a voice message": ({"fallbacks": [{"type": "speechcall", "status": "failed"}]}, {"voice"}),
}


@pytest.mark.parametrize(("steps", "channels"), TOLD.values(), ids=TOLD)
def test_a_report_names_the_steps_that_it_tells_of(told, steps, channels):
    report = told(answer(deliverystatus="undeliverable", **steps), VOICE_TYPE="speechcall")
    assert (report.status, report.steps) == (UNDELIVERABLE, channels)


def test_one_fallback_may_be_an_object(told):
    report = told(answer(deliverystatus="undeliverable", fallback={"type": "sms", "status": "delivered"}))
    assert (report.status, report.channel) == (DELIVERED, "sms")


def test_the_accounts_type_of_a_voice_message_is_our_channel(told):
    report = told(answer(fallbacks=[{"type": "speechcall", "status": "delivered"}]), VOICE_TYPE="speechcall")
    assert report.channel == "voice"


@pytest.mark.parametrize(
    "steps",
    [
        {"fallbacks": "sms"},
        {"fallbacks": [None, 7, ["sms"], {}]},
        {"fallbacks": None, "extendedStatuses": []},
        {"extendedStatuses": "viber"},
        {"fallbacks": [{"type": "x" * 33, "status": "delivered"}]},
        {"fallbacks": [{"type": "<b>", "status": "delivered"}]},
        {"fallbacks": [{"type": ["sms"], "status": "delivered"}]},
    ],
    ids=repr,
)
def test_steps_that_are_nonsense_name_no_channel(told, steps):
    report = told(answer(**steps))
    assert (report.status, report.channel) == (DELIVERED, None)


COSTS = {
    '"cost": 0.1': (Decimal("0.1"), ""),
    '"cost": 0.30000000000000004': (Decimal("0.3"), ""),
    '"cost": 0.35, "billCurrency": "uah"': (Decimal("0.35"), "UAH"),
    '"cost": 0.5, "rateAmount": 0.4, "rateCurrency": "USD", "billAmount": 16.5, "billCurrency": "UAH"': (
        Decimal("16.5"),
        "UAH",
    ),
    '"cost": 0.5, "rateAmount": 0.4, "rateCurrency": "USD", "billAmount": null': (Decimal("0.4"), "USD"),
    '"cost": 2': (Decimal(2), ""),
    '"cost": 0': (Decimal(0), ""),
    '"cost": "0.05"': (Decimal("0.05"), ""),
    '"cost": 999999.999999': (Decimal("999999.999999"), ""),
    '"cost": 1e-7': (Decimal(0), ""),
    '"cost": 5e-324': (Decimal(0), ""),
    '"cost": 1e6': (None, ""),
    '"cost": 1e999': (None, ""),
    '"cost": 123456789012345678901234567890': (None, ""),
    '"cost": -0.05': (None, ""),
    '"cost": true': (None, ""),
    '"cost": "٥"': (None, ""),
    '"cost": "NaN"': (None, ""),
    '"cost": "1_0"': (None, ""),
    '"cost": [0.05]': (None, ""),
    '"cost": null': (None, ""),
    '"cost": 0.05, "billCurrency": "HRYVNIA"': (Decimal("0.05"), ""),
    '"cost": 0.05, "billCurrency": 980': (Decimal("0.05"), ""),
}


@pytest.mark.parametrize(("members", "money"), COSTS.items(), ids=COSTS)
def test_money_is_read_as_it_is_written(told, members, money):
    report = told(f'{{"messageId": "{ID}", "deliverystatus": "delivered", {members}}}'.encode())
    assert (report.cost, report.currency) == money
    assert report.cost is None or report.cost.as_tuple().exponent >= -6


def test_an_amount_that_rounds_up_beyond_the_column_is_none(told):
    report = told(f'{{"messageId": "{ID}", "deliverystatus": "delivered", "cost": 999999.9999999}}'.encode())
    assert report.cost is None


NONSENSE = {
    "nothing": b"",
    "HTML": b"<!DOCTYPE html><title>delivered</title>",
    "half of it": json.dumps(answer()).encode()[:-1],
    "not UTF-8": b'{"deliverystatus": "delivered\xff"}',
    "a number": 7,
    "a word": "delivered",
    "null": None,
    "an empty object": {},
    "an empty list": [],
    "a list of words": ["delivered"],
    "two messages": [answer(), answer()],
    "no status": {"messageId": ID, "cost": 0.05},
    "a status that is a number": answer(deliverystatus=200),
    "a status that is empty": answer(deliverystatus=" "),
    "a status that is a list": answer(deliverystatus=["delivered"]),
    "another message": answer(messageId="of-another"),
    "another message by a long way": answer(messageId="../" + "x" * 300),
    "an error": {"error": {"code": "NOT_FOUND", "message": "delivered"}},
    "an error and a status": answer(error="Internal Server Error"),
    "the status of HTTP": {"status": 404, "error": "Not Found", "message": "No such message"},
    "a key that is there twice": b'{"deliverystatus": "processing", "deliverystatus": "delivered"}',
    "NaN": b'{"deliverystatus": "delivered", "cost": NaN}',
    "infinitely much": b'{"deliverystatus": "delivered", "cost": Infinity}',
    "an exponent that no computer has": b'{"deliverystatus": "delivered", "cost": 1e99999999999999999999}',
    "an integer of 5,000 digits": b'{"deliverystatus": "delivered", "cost": ' + b"9" * 5000 + b"}",
    "deep nesting": b'{"deliverystatus": "delivered", "x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "more than is read": json.dumps(answer(padding="x" * 70_000)).encode(),
}


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_says_nothing(told, body):
    assert told(body) is None


@pytest.mark.parametrize("status", [201, 202, 204, 301, 302, 307, 400, 401, 403, 404, 418, 429, 500, 502, 503])
def test_no_other_status_of_http_says_anything(told, status):
    assert told(answer(), status=status, headers=["Location: http://127.0.0.1:1/", "Retry-After: 1"]) is None


def test_it_is_asked_once(smsbat, provider):
    smsbat.answers(status=429, headers=["Retry-After: 1"])
    assert provider.status(ID, deadline=PATIENCE) is None
    assert len(smsbat.requests) == 1


BROKEN = {
    "hangs up": lambda connection: connection.hang_up(),
    "resets": lambda connection: connection.reset(),
    "breaks off": lambda connection: connection.say(http(answer(), length=10_000)) or connection.hang_up(),
    "speaks another protocol": lambda connection: connection.say(b"220 ready\r\n"),
    "holds": lambda connection: connection.hold(),
    "drips": lambda connection: connection.drip(http(answer())),
}


@pytest.mark.parametrize("act", BROKEN.values(), ids=BROKEN)
def test_a_connection_that_breaks_says_nothing_before_the_deadline(smsbat, provider, act):
    smsbat.plays(act)
    started = time.monotonic()
    assert provider.status(ID, deadline=0.5) is None
    assert time.monotonic() - started < 2


def test_the_providers_own_deadline_counts_too(smsbat, provider_of):
    smsbat.plays(lambda connection: connection.hold())
    started = time.monotonic()
    assert provider_of(DEADLINE=0.3).status(ID, deadline=60) is None
    assert time.monotonic() - started < 2


def test_nobody_at_the_address_says_nothing(provider_of):
    assert provider_of(BASE_URL="http://127.0.0.1:1").status(ID, deadline=1) is None


def test_it_waits_for_no_place_in_flight(smsbat, provider_of, flash_call):
    provider = provider_of(MAX_IN_FLIGHT=1)
    seen = []

    def ask_meanwhile(connection):
        seen.append(provider.status(ID, deadline=PATIENCE))
        connection.hang_up()

    smsbat.plays(ask_meanwhile)
    provider.send(flash_call, deadline=PATIENCE)
    assert seen == [None]
    assert provider.status(ID, deadline=PATIENCE).status is DELIVERED


@pytest.mark.parametrize(
    ("status", "body", "level", "error_code"),
    [
        (401, b"", logging.ERROR, "credentials"),
        (302, b"", logging.ERROR, "redirected"),
        (404, b"", logging.WARNING, "rejected"),
        (429, b"", logging.WARNING, "rate_limited"),
        (500, b"", logging.WARNING, "server_error"),
        (200, b"<html>", logging.ERROR, "malformed_answer"),
        (200, json.dumps(answer(messageId="x")).encode(), logging.ERROR, "contradiction"),
    ],
)
def test_it_is_logged_once_why_nothing_is_known(told, caplog, status, body, level, error_code):
    assert told(body, status=status) is None
    (record,) = [record for record in caplog.records if record.name == "django_flashcall.providers.smsbat"]
    assert (record.levelno, record.error_code) == (level, error_code)


def test_what_is_known_is_not_logged(told, caplog):
    told(answer())
    assert [record for record in caplog.records if record.name.startswith("django_flashcall")] == []


# Delivery reports.

OLD, NEW = "abcdefghijklmnopqrstuv", "wxyzABCDEFGHIJKLMNOPQR"


def test_both_of_two_secrets_are_accepted(provider_of):
    provider = provider_of(WEBHOOK_SECRETS=[OLD, NEW])
    assert provider.accepts(OLD)
    assert provider.accepts(NEW)


@pytest.mark.parametrize("secret", ["", OLD[:-1], OLD + "x", OLD.upper(), "ключ", "\ud800", NEW])
def test_nothing_else_is_accepted(provider_of, secret):
    assert not provider_of(WEBHOOK_SECRETS=[OLD]).accepts(secret)


def test_without_secrets_nothing_is_accepted(provider):
    assert not provider.accepts("")


def test_every_secret_is_compared_whichever_it_is(provider_of, monkeypatch):
    compared = []
    monkeypatch.setattr("hmac.compare_digest", lambda one, other: compared.append(other) or one == other)
    provider = provider_of(WEBHOOK_SECRETS=[OLD, NEW])
    assert provider.accepts(OLD)
    assert not provider.accepts("x")
    assert compared == [OLD.encode(), NEW.encode()] * 2


def test_the_documented_report_speaks_of_its_message(provider):
    assert provider.reported(json.dumps(DELIVERY_REPORT).encode()) == DELIVERY_REPORT["messageId"]


@pytest.mark.parametrize(
    "body",
    [b'{"messageId": 4711}', b'\xef\xbb\xbf{"messageId": "4711"}', b'{"messageId": "4711", "deliverystatus": 7}'],
)
def test_what_else_a_report_says_does_not_count(provider, body):
    assert provider.reported(body) == "4711"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"messageId=4711",
        b"<html>",
        b"[]",
        b"null",
        b"4711",
        b"{}",
        b'[{"messageId": "4711"}]',
        b'{"messageId": null}',
        b'{"messageId": true}',
        b'{"messageId": ["4711"]}',
        b'{"messageId": ""}',
        b'{"messageId": "../4711"}',
        b'{"messageId": "47\\u000011"}',
        b'{"messageId": "4711", "messageId": "4712"}',
        b'{"messageId": "' + b"x" * 256 + b'"}',
        b'{"messageId": "4711", "padding": "' + b"x" * 16_384 + b'"}',
        b'{"messageId": "4711"',
        b"\xff\xfe",
        b"[" * 16_000,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_nonsense_speaks_of_nothing(provider, body):
    assert provider.reported(body) is None
