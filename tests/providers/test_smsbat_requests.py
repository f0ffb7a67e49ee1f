"""What is sent to SMSBAT, and what is told of it."""

import copy
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
    # Without CASCADE = "provider" the fallbacks are ours to order.
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


TEMPLATE_OF_THE_PAGE = {
    "ID": "6c929cef-29b4-4349-bc9d-2a07bdbb6e43",
    "PARAMETERS": {"pin": "{code:d}", "business_platform_name": "SMSBAT", "code_validity_time": 7},
}


@pytest.fixture
def cascade(flash_call):
    """The cascade of the page "Flash Call": flash call, then Viber, then SMS, with one code."""
    to = {"phone_number": type(PHONE)("+380936670003"), "code": Code("321"), "language": "uk"}
    viber = replace(flash_call, channel="viber_otp", ttl=90, **to)
    sms = replace(flash_call, channel="sms", ttl=300, text="Your SMS code: 321", **to)
    return replace(flash_call, ttl=30, fallbacks=(viber, sms), **to)


def test_a_cascade_is_asked_for_as_documented(sent, cascade):
    ours = sent(cascade, SENDER="ALPHANAME", VIBER_TEMPLATE=TEMPLATE_OF_THE_PAGE)
    documented = copy.deepcopy(DOCUMENTED_CASCADE)
    # More than the page: the id by which the provider's support knows the message. A cascade is one delivery.
    assert ours.pop("customerMessageId") == MESSAGE_ID
    # More than the page: each step says how long it lasts, because the default is not known.
    assert ours["fallbacks"][1].pop("ttl") == 300
    # With the plus, as everywhere.
    for step in (documented, *documented["fallbacks"]):
        step["to"] = "+" + step["to"]
    assert ours == documented
    # Equal as numbers are, and of the same types.
    assert json.dumps(ours, sort_keys=True) == json.dumps(documented, sort_keys=True)


def test_a_fallback_is_a_whole_message(sent, cascade):
    senders = {"flashcall": "Calls", "viber_otp": "Chats", "sms": "Texts"}
    ours = sent(cascade, SENDER=senders)
    assert [step["from"] for step in (ours, *ours["fallbacks"])] == ["Calls", "Chats", "Texts"]
    assert {step["to"] for step in (ours, *ours["fallbacks"])} == {"+380936670003"}
    assert [step["type"] for step in ours["fallbacks"]] == ["viber_otp", "sms"]


def test_one_code_is_in_all_of_a_cascade(sent, cascade):
    ours = sent(cascade)
    viber, sms = ours["fallbacks"]
    assert (ours["text"], viber["messageData"]["templateParams"]["pin"]) == (321, "321")
    assert "321" in sms["text"]


@pytest.mark.parametrize(
    ("channel", "options", "error_code"),
    [("voice", {}, base.UNSUPPORTED_CHANNEL), ("sms", {"SENDER": {"flashcall": "Calls"}}, base.INVALID_SENDER)],
)
def test_a_cascade_is_sent_whole_or_not_at_all(smsbat, provider_of, cascade, channel, options, error_code):
    step = replace(cascade.fallbacks[1], channel=channel)
    result = provider_of(**options).send(replace(cascade, fallbacks=(step,)), deadline=PATIENCE)
    assert result == Result(status=Status.REJECTED, error_code=error_code)
    assert smsbat.requests == []


def test_no_other_code_may_ring_than_that_of_the_fallbacks(smsbat, provider_of, cascade):
    smsbat.answers(accepted(callerId="+380441234322"))
    message = replace(cascade, caller_id="+380441234321")
    result = provider_of(TRUST_REPLY_CALLER_ID=True).send(message, deadline=PATIENCE)
    assert (result.status, result.error_code) == (Status.REJECTED, base.CONTRADICTION)


@pytest.fixture
def viber(flash_call):
    return replace(flash_call, channel="viber_otp", ttl=300, language="uk", text="Your code: 482175")


def test_a_viber_message_has_the_template_with_nothing_but_the_code(sent, viber):
    assert sent(viber) == {
        "from": "YourApp",
        "to": PHONE,
        "type": "viber_otp",
        "text": "",
        "messageData": {
            "templateId": "0aac888f-2ee2-4112-9659-1755a951966a",
            "templateLang": "uk",
            "templateParams": {"pin": "482175"},
        },
        "ttl": 300,
        "customerMessageId": MESSAGE_ID,
    }


DIALECTS = {
    # smsbat.com help, "Send Message".
    "without a template": (
        {"ID": None, "PARAMETERS": {"code": "{code}", "validity": "{seconds:d}"}},
        {"code": "482175", "validity": 300},
    ),
    # smsbat.com help, "Viber".
    "in capitals": (
        {"PARAMETERS": {"PIN": "{code}", "TIME": "{minutes}"}},
        {"PIN": "482175", "TIME": "5"},
    ),
    # smsbat.com help, "Flash Call".
    "with integers": (
        TEMPLATE_OF_THE_PAGE,
        {"pin": 482175, "business_platform_name": "SMSBAT", "code_validity_time": 7},
    ),
    "with the time that the code lives": (
        {"PARAMETERS": {"pin": "{code}", "code_validity_time": "{minutes:d}"}},
        {"pin": "482175", "code_validity_time": 5},
    ),
}


@pytest.mark.parametrize(("template", "parameters"), DIALECTS.values(), ids=DIALECTS)
def test_every_documented_dialect_of_viber_can_be_spoken(sent, viber, template, parameters):
    data = sent(viber, VIBER_TEMPLATE=template)["messageData"]
    if template.get("ID", "") is None:
        assert data == parameters
    else:
        assert data["templateParams"] == parameters
        assert json.dumps(data["templateParams"]) == json.dumps(parameters)


@pytest.mark.parametrize(("ttl", "minutes"), [(30, "1"), (60, "1"), (119, "1"), (120, "2"), (600, "10")])
def test_no_more_minutes_are_promised_than_there_are(sent, viber, ttl, minutes):
    template = {"PARAMETERS": {"PIN": "{code}", "TIME": "{minutes}"}}
    assert sent(replace(viber, ttl=ttl), VIBER_TEMPLATE=template)["messageData"]["templateParams"]["TIME"] == minutes


@pytest.mark.parametrize(
    ("language", "known"),
    [
        ("uk", "uk"),
        ("uk-ua", "uk"),
        ("en", "en"),
        ("en-gb", "en"),
        ("pt-br", "br"),
        ("pt", "pt"),
        ("nb", "no"),
        ("ka", "en"),
        ("", "en"),
    ],
)
def test_a_language_that_the_template_has_not_is_english(sent, viber, language, known):
    template = {"LANGUAGES": {"en": "en", "uk": "uk", "nb": "no", "pt": "pt", "pt-br": "br"}}
    assert sent(replace(viber, language=language), VIBER_TEMPLATE=template)["messageData"]["templateLang"] == known


def test_a_voice_message_has_the_type_of_the_account(smsbat, sent, viber):
    message = replace(viber, channel="voice", text="Your code: 4, 8, 2, 1, 7, 5.")
    ours = sent(message, VOICE_TYPE="speechcall")
    assert (ours["type"], ours["text"]) == ("speechcall", "Your code: 4, 8, 2, 1, 7, 5.")
    assert "messageData" not in ours


def test_voice_is_carried_only_where_the_account_has_a_type(provider_of):
    assert "voice" not in provider_of().channels
    assert provider_of(VOICE_TYPE="speechcall").channels == {"flashcall", "viber_otp", "sms", "voice"}
    assert "voice" not in provider_of().channels


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


OWN = {
    "of the pool": {"CALLER_IDS": ["+380671234567", PHONE]},
    "of the pool, without its plus": {"CALLER_IDS": [PHONE[1:]]},
    "the sender": {"SENDER": PHONE},
    "the sender of a channel": {"SENDER": {"flashcall": "CallName", "sms": PHONE[1:]}},
}


@pytest.mark.parametrize("options", OWN.values(), ids=OWN)
@pytest.mark.parametrize("message", ["flash_call", "sms"])
def test_a_number_of_our_own_is_rejected_and_not_called(smsbat, provider_of, request, message, options):
    result = provider_of(**options).send(request.getfixturevalue(message), deadline=PATIENCE)
    assert result == Result(status=Status.REJECTED, error_code=base.INVALID_NUMBER)
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


ANSWERS = {
    "accepted": (200, accepted(), None),
    "rejected": (400, b"", None),
    "unknown": (500, b"", None),
    "credentials": (401, b"", base.CREDENTIALS),
    "another API": (404, b"", base.BAD_REQUEST),
    "a redirect": (302, b"", base.REDIRECTED),
    "a contradiction": (200, accepted(to="+380671234567"), base.CONTRADICTION),
    "nonsense": (200, b"<html>", base.MALFORMED_ANSWER),
}


@pytest.mark.parametrize(("status", "body", "alert"), ANSWERS.values(), ids=ANSWERS)
def test_what_other_messages_will_meet_too_is_an_error(smsbat, provider, flash_call, caplog, status, body, alert):
    """What became of each message is for the services to tell."""
    smsbat.answers(body, status=status)
    provider.send(flash_call, deadline=PATIENCE)
    records = [record for record in caplog.records if record.name == "django_flashcall.providers.smsbat"]
    told = [(record.levelno, record.delivery, record.channel, record.error_code) for record in records]
    assert told == ([(logging.ERROR, MESSAGE_ID, "flashcall", alert)] if alert else [])
    assert all(alert in record.getMessage() for record in records)


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
