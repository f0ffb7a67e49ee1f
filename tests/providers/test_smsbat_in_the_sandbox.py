"""SMSBAT's provider and the sandbox, which reads requests as strictly as the documents allow."""

import json
from dataclasses import replace
from decimal import Decimal
from urllib.request import ProxyHandler, build_opener

import pytest

from django_flashcall.phones import E164
from django_flashcall.providers.base import Report, ReportStatus, Status
from django_flashcall.sandbox import server
from tests.providers.server import PATIENCE

RINGS, NOT_RINGING, NOTHING_ARRIVES = (E164(f"+38050123{last}") for last in ("4503", "0002", "0011"))
COST = Decimal("0.05")


@pytest.fixture
def sandbox(settings):
    settings.DEBUG = True
    with server.start() as running:
        yield running


@pytest.fixture
def handset(sandbox):
    """What a handset got, the newest first: type and text."""

    def got(phone=RINGS):
        # Not by requests, which would log the number.
        with build_opener(ProxyHandler({})).open(f"{sandbox.url}/handset/{phone}.json", timeout=PATIENCE) as reply:
            return [(event["type"], event["text"]) for event in json.load(reply)["events"]]

    return got


@pytest.fixture
def in_the_sandbox(sandbox, provider_of):
    """Send a message, and return what is said of it afterwards."""

    def send(message, **options):
        provider = provider_of(BASE_URL=sandbox.url, **options)
        result = provider.send(message, deadline=PATIENCE)
        assert (result.status, result.error_code) == (Status.ACCEPTED, "")
        return provider.status(result.provider_message_id, deadline=PATIENCE)

    return send


@pytest.fixture
def on(flash_call):
    def make(channel, phone=RINGS, **fields):
        text = "" if channel == "flashcall" else "Ваш код 482175."
        return replace(flash_call, channel=channel, phone_number=phone, text=text, language="uk", **fields)

    return make


@pytest.fixture
def cascade(on):
    return lambda phone: on("flashcall", phone, fallbacks=(on("viber_otp", phone), on("sms", phone)))


@pytest.mark.parametrize(
    ("channel", "type_", "text"),
    [
        ("flashcall", "flashcall", None),
        ("viber_otp", "viber_otp", "Your code: 482175"),
        ("sms", "sms", "Ваш код 482175."),
        ("voice", "speechcall", "Ваш код 482175."),
    ],
)
def test_a_message_on_every_channel_arrives_and_is_said_to_be_delivered(
    in_the_sandbox, on, handset, channel, type_, text
):
    report = in_the_sandbox(on(channel), VOICE_TYPE="speechcall")
    assert (report.status, report.cost, report.channel) == (ReportStatus.DELIVERED, COST, None)
    assert handset() == [(type_, text)]


def test_a_viber_message_in_the_dialect_without_a_template_arrives(in_the_sandbox, on, handset):
    template = {"ID": None, "PARAMETERS": {"code": "{code}", "validity": "{seconds:d}"}}
    assert in_the_sandbox(on("viber_otp"), VIBER_TEMPLATE=template).status is ReportStatus.DELIVERED
    assert handset() == [("viber_otp", "Your code: 482175")]


def test_a_call_that_never_rings_is_said_to_be_undeliverable(in_the_sandbox, on):
    report = in_the_sandbox(on("flashcall", NOT_RINGING))
    assert (report.status, report.cost, report.currency) == (ReportStatus.UNDELIVERABLE, Decimal(0), "")


def test_what_is_under_way_is_pending(settings, provider_of, on):
    settings.DEBUG = True
    with server.start(settles_after=3600) as slow:
        provider = provider_of(BASE_URL=slow.url)
        sent = provider.send(on("flashcall"), deadline=PATIENCE)
        assert provider.status(sent.provider_message_id, deadline=PATIENCE) == Report(
            provider_message_id=sent.provider_message_id, status=ReportStatus.PENDING, steps=frozenset()
        )


def test_a_cascade_whose_call_rings_goes_no_further(in_the_sandbox, cascade, handset):
    report = in_the_sandbox(cascade(RINGS))
    assert (report.status, report.channel) == (ReportStatus.DELIVERED, "flashcall")
    assert (report.cost, report.currency) == (COST, "USD")
    assert handset() == [("flashcall", None)]


def test_a_cascade_says_which_step_arrived(in_the_sandbox, cascade, handset):
    report = in_the_sandbox(cascade(NOT_RINGING))
    assert (report.status, report.channel) == (ReportStatus.DELIVERED, "viber_otp")
    assert handset(NOT_RINGING) == [("viber_otp", "Your code: 482175")]


def test_a_cascade_none_of_whose_steps_arrives_is_undeliverable(in_the_sandbox, on, handset):
    message = on("flashcall", NOTHING_ARRIVES, fallbacks=(on("sms", NOTHING_ARRIVES),))
    assert in_the_sandbox(message).status is ReportStatus.UNDELIVERABLE
    assert handset(NOTHING_ARRIVES) == []


def test_a_message_that_nobody_knows_has_no_report(sandbox, provider_of):
    assert provider_of(BASE_URL=sandbox.url).status("abc123def456", deadline=PATIENCE) is None
