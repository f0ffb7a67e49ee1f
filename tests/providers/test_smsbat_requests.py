"""What is sent to SMSBAT, and what is told of it."""

import json
import logging
import os
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest

import django_flashcall
from django_flashcall.codes import Code
from django_flashcall.exceptions import ConfigurationError
from django_flashcall.providers import base
from django_flashcall.providers.base import Result, Status
from django_flashcall.providers.smsbat import SMSBATProvider
from tests.providers.conftest import API_KEY, MESSAGE_ID, PHONE
from tests.providers.seed import CASCADE_REQUEST, FLASH_CALL_REQUEST
from tests.providers.server import PATIENCE, accepted, http

(DOCUMENTED_CALL,) = FLASH_CALL_REQUEST["messages"]
(DOCUMENTED_CASCADE,) = CASCADE_REQUEST["messages"]
DOCUMENTED_SMS = DOCUMENTED_CASCADE["fallbacks"][1]


@pytest.fixture
def sent(smsbat, provider_of):
    """Send a message, and return what the server got of it."""

    def send(message, **options):
        assert provider_of(**options).send(message, deadline=PATIENCE).status is Status.ACCEPTED
        return smsbat.requests[-1].message

    return send


def test_a_call_from_a_drawn_number_is_asked_for_as_documented(sent, flash_call):
    message = replace(flash_call, caller_id="+380123456789", ttl=60)
    ours = sent(message, SENDER="YourApp")
    # The page leaves the number open; its own example of it is no number.
    assert ours.pop("to") == PHONE
    # More than the page: the id by which a report and the provider's support know the message.
    assert ours.pop("customerMessageId") == MESSAGE_ID
    assert ours == {key: value for key, value in DOCUMENTED_CALL.items() if key != "to"}


def test_a_call_with_a_code_of_ours_is_asked_for_as_documented(sent, flash_call):
    message = replace(flash_call, phone_number=type(PHONE)("+380936670003"), code=Code("321"), ttl=30)
    ours = sent(message, SENDER="ALPHANAME")
    documented = dict(DOCUMENTED_CASCADE)
    # With the plus: the same provider's "Send message" calls numbers without it incorrect.
    assert ours.pop("to") == "+" + documented.pop("to")
    assert ours.pop("customerMessageId") == MESSAGE_ID
    # Fallbacks are ours to order: we can count them, and a late call's code stays good.
    del documented["fallbacks"]
    assert ours == documented
    # Equal as numbers are, and of the same type.
    assert type(ours["text"]) is int


def test_an_sms_is_asked_for_as_documented(sent, sms):
    message = replace(sms, phone_number=type(PHONE)("+380936670003"), text="Your SMS code: 321", code=Code("321"))
    ours = sent(message, SENDER="ALPHANAME")
    documented = dict(DOCUMENTED_SMS)
    assert ours.pop("to") == "+" + documented.pop("to")
    assert ours.pop("customerMessageId") == MESSAGE_ID
    # The page names none, and its default is not known.
    assert ours.pop("ttl") == sms.ttl
    assert ours == documented


def test_a_code_is_text_where_the_account_wants_it_so(sent, flash_call):
    assert sent(flash_call, CODE_AS_INTEGER=False)["text"] == "482175"


def test_letters_of_any_alphabet_arrive(sent, sms):
    text = "Ваш код 482175. 🔐 \u202e\0\ud800"
    assert sent(replace(sms, text=text))["text"] == text


def test_a_request_has_one_message(smsbat, sent, flash_call):
    sent(flash_call)
    assert list(smsbat.requests[0].body) == ["messages"]
    assert len(smsbat.requests[0].body["messages"]) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("", "POST /bat/messagelist HTTP/1.1"),
        ("/", "POST /bat/messagelist HTTP/1.1"),
        ("/ua//", "POST /ua/bat/messagelist HTTP/1.1"),
    ],
)
def test_the_path_follows_the_address(smsbat, provider_of, flash_call, path, line):
    provider_of(BASE_URL=smsbat.url + path).send(flash_call, deadline=PATIENCE)
    assert smsbat.requests[0].line == line


def test_the_headers_are_these_and_no_others(smsbat, provider, flash_call):
    provider.send(flash_call, deadline=PATIENCE)
    assert smsbat.requests[0].headers == {
        "Host": smsbat.url.removeprefix("http://"),
        "User-Agent": f"django-flashcall/{django_flashcall.__version__}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "keep-alive",
        "Content-Type": "application/json",
        "Content-Length": str(len(json.dumps(smsbat.requests[0].body))),
        "X-Authorization-Key": API_KEY,
    }


def test_a_cookie_is_not_kept(smsbat, provider, flash_call):
    smsbat.answers(accepted(), headers=["Set-Cookie: who=you"])
    provider.send(flash_call, deadline=PATIENCE)
    provider.send(flash_call, deadline=PATIENCE)
    assert "Cookie" not in smsbat.requests[1].headers


def test_a_connection_is_kept(smsbat, provider, flash_call):
    for _ in range(3):
        provider.send(flash_call, deadline=PATIENCE)
    assert len(smsbat.connected) == 1


def test_what_follows_an_answer_on_its_connection_is_not_read_as_the_next(smsbat, provider, flash_call):
    smsbat.plays(lambda connection: connection.say(http(accepted()) + http(accepted(messageId="of-another"))))
    provider.send(flash_call, deadline=PATIENCE)
    assert provider.send(flash_call, deadline=PATIENCE).provider_message_id == "abc123def456"


def test_a_forked_process_has_connections_and_providers_of_its_own(smsbat):
    # In a process of its own, because this one has threads, and a fork of it might hang.
    script = """
        import os, django
        from django.conf import settings
        settings.configure(FLASHCALL={"PROVIDERS": {"default": {
            "CLASS": "django_flashcall.providers.smsbat.SMSBATProvider",
            "OPTIONS": {"API_KEY": "k", "SENDER": "YourApp", "BASE_URL": os.environ["SMSBAT"]},
        }}, "ALLOWED_REGIONS": ["UA"]})
        from django_flashcall.codes import Code
        from django_flashcall.phones import E164
        from django_flashcall.providers import get_provider
        from django_flashcall.providers.base import Message
        phone, code = E164("+380501234503"), Code("4821")
        message = Message(id="0" * 32, channel="flashcall", phone_number=phone, code=code, ttl=60)
        provider = get_provider()
        provider.send(message, deadline=5)
        child = os.fork()
        if child == 0:
            provider.send(message, deadline=5)
            os._exit(get_provider() is provider)
        status = os.waitpid(child, 0)[1]
        provider.send(message, deadline=5)
        print("own" if status == 0 else "shared")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "SMSBAT": smsbat.url, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "own\n", done.stderr
    assert len(smsbat.requests) == 3
    assert len(smsbat.connected) == 2


def test_a_channel_that_is_not_carried_is_rejected_and_not_sent(smsbat, provider, flash_call):
    result = provider.send(replace(flash_call, channel="voice"), deadline=PATIENCE)
    assert result == Result(status=Status.REJECTED, error_code=base.UNSUPPORTED_CHANNEL)
    assert smsbat.requests == []


def test_each_channel_may_have_a_sender(sent, flash_call, sms):
    senders = {"flashcall": "CallName", "sms": "TextName"}
    assert sent(flash_call, SENDER=senders)["from"] == "CallName"
    assert sent(sms, SENDER=senders)["from"] == "TextName"


def test_a_channel_without_a_sender_is_rejected_and_not_sent(smsbat, provider_of, sms):
    result = provider_of(SENDER={"flashcall": "CallName"}).send(sms, deadline=PATIENCE)
    assert result == Result(status=Status.REJECTED, error_code=base.INVALID_SENDER)
    assert smsbat.requests == []


@pytest.fixture
def pool():
    return [f"38044123{tail:04}" for tail in range(0, 10_000, 100)]


def test_caller_ids_are_drawn_from_the_whole_pool(provider_of, pool):
    provider = provider_of(CALLER_IDS=pool)
    drawn = [provider.draw("flashcall", 4) for _ in range(2000)]
    # Each is missed with a chance of 0.99 ** 2000, 2 in 10 ** 9.
    assert {draw.caller_id for draw in drawn} == {"+" + caller_id for caller_id in pool}
    assert all(draw.code.digits == draw.caller_id[-4:] for draw in drawn)


def test_a_caller_id_with_a_plus_keeps_it_single(provider_of):
    assert provider_of(CALLER_IDS=["+380441234821"]).draw("flashcall", 4).caller_id == "+380441234821"


def test_a_pool_is_not_drawn_from_for_other_channels(provider_of, pool):
    draw = provider_of(CALLER_IDS=pool).draw("sms", 6)
    assert draw.caller_id is None
    assert len(draw.code.digits) == 6


def test_without_a_pool_the_code_is_ours(provider):
    draw = provider.draw("flashcall", 4)
    assert draw.caller_id is None
    assert len(draw.code.digits) == 4


def test_a_caller_id_shorter_than_the_code_is_a_mistake_of_configuration(provider_of):
    with pytest.raises(ConfigurationError, match="shorter than the code") as raised:
        provider_of(CALLER_IDS=["12345678"]).draw("flashcall", 9)
    assert "12345678" not in str(raised.value)


OUTCOMES = {
    "accepted": (200, accepted(), logging.INFO, ""),
    "rejected": (400, b"", logging.WARNING, base.REJECTED),
    "unknown": (500, b"", logging.WARNING, base.SERVER_ERROR),
    "credentials": (401, b"", logging.ERROR, base.CREDENTIALS),
    "another API": (404, b"", logging.ERROR, base.BAD_REQUEST),
    "a redirect": (302, b"", logging.ERROR, base.REDIRECTED),
    "a contradiction": (200, accepted(to="+380671234567"), logging.ERROR, base.CONTRADICTION),
    "nonsense": (200, b"<html>", logging.ERROR, base.MALFORMED_ANSWER),
}


@pytest.mark.parametrize(("status", "body", "level", "error_code"), OUTCOMES.values(), ids=OUTCOMES)
def test_each_outcome_is_logged_once(smsbat, provider, flash_call, caplog, status, body, level, error_code):
    smsbat.answers(body, status=status)
    result = provider.send(flash_call, deadline=PATIENCE)
    (record,) = [record for record in caplog.records if record.name == "django_flashcall.providers.smsbat"]
    assert record.levelno == level
    assert record.delivery_id == MESSAGE_ID
    assert record.channel == "flashcall"
    assert record.status == result.status
    assert record.error_code == error_code
    assert record.phone_number == "+380•••••••03"
    assert 0 <= record.duration_ms < 5000
    assert result.error_code == error_code


ECHO = json.dumps(
    {
        "error": {"code": API_KEY, "message": f"482175 {PHONE} {API_KEY}"},
        "messages": [{"status": "failed", "messageId": "482175 " + API_KEY, "callerId": "+380441482175"}],
    }
).encode()


@pytest.mark.parametrize("status", [200, 301, 400, 401, 404, 429, 500])
@pytest.mark.parametrize("body", [ECHO, ECHO[:-1]], ids=["whole", "truncated"])
def test_what_the_provider_echoes_of_our_secrets_goes_no_further(smsbat, provider, flash_call, status, body, caplog):
    smsbat.answers(body, status=status, headers=[f"X-Echo: {API_KEY}", f"Location: https://482175/{API_KEY}"])
    result = provider.send(flash_call, deadline=1)
    told = repr(result) + "".join(repr(vars(record)) for record in caplog.records) + caplog.text
    assert [secret for secret in (API_KEY, "482175", PHONE[1:]) if secret in told] == []


def test_the_key_is_in_no_repr(provider, flash_call):
    provider.send(flash_call, deadline=PATIENCE)
    assert API_KEY not in f"{provider!r} {provider._line!r} {vars(provider._line)!r}"


@pytest.mark.parametrize("key", ["", "  ", "your-api-key", "secret\r\nX-Evil: 1", "ключ", None, b"bytes"])
def test_a_key_that_cannot_be_used_is_a_mistake_of_configuration_that_does_not_show_it(key):
    with pytest.raises(ConfigurationError, match="API_KEY") as raised:
        SMSBATProvider({"API_KEY": key, "SENDER": "YourApp"})
    assert not key or not str(key).strip() or str(key) not in str(raised.value)
