"""What becomes of a message, by the last four digits of the number."""

import json
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from tests.sandbox.conftest import wait_for_handlers
from tests.sandbox.messages import call, sms, viber

ANY = "+380501234503"
UNANSWERED = {"0003", "0004", "0005", "0006", "0007"}
CALLS_ONLY = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009"]


def number(last_digits):
    return f"+38050123{last_digits}"


def test_a_code_rings_from_a_number_that_ends_with_it(smsbat):
    smsbat.sent(call(ANY, text=4821))
    (event,) = smsbat.events(ANY)
    at = datetime.fromisoformat(event.pop("at"))
    assert event == {"type": "flashcall", "from": "+380441234821", "text": None}
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("code", "caller_id"),
    [(321, "+380441234321"), ("4821", "+380441234821"), ("0042", "+380441230042"), (730415, "+380441730415")],
)
def test_a_code_of_any_documented_form_rings(smsbat, code, caller_id):
    assert smsbat.sent(call(ANY, text=code))["callerId"] == caller_id
    assert smsbat.events(ANY)[0]["from"] == caller_id


def test_a_caller_id_that_was_asked_for_rings(smsbat):
    message = call(ANY, messageData={"callerId": "+380443334455"})
    del message["text"]
    taken = smsbat.sent(message)
    assert (taken["callerId"], taken["pattern"]) == ("+380443334455", "***334455")
    assert smsbat.events(ANY)[0]["from"] == "+380443334455"


def test_a_flash_call_is_answered_as_documented(smsbat):
    reply = smsbat.send(call(ANY, customerMessageId="0199a1", ttl=75))
    assert reply.headers["Content-Type"] == "application/json"
    body = reply.json()
    assert isinstance(body.pop("messagelistId"), int)
    assert isinstance(body["messages"][0].pop("messageId"), str)
    assert body == {
        "messages": [
            {
                "status": "accepted",
                "to": ANY,
                "customerMessageId": "0199a1",
                "callerId": "+380441234821",
                "pattern": "***234821",
                "ttl": 75,
            }
        ]
    }


def test_a_flash_call_without_a_ttl_has_the_documented_default(smsbat):
    message = call(ANY)
    del message["ttl"]
    assert smsbat.sent(message)["ttl"] == 60


def test_a_text_message_is_answered_as_documented_and_arrives(smsbat):
    taken = smsbat.sent(sms(ANY, customerMessageId="0199a2"))
    assert isinstance(taken.pop("messageId"), str)
    assert taken == {"status": "accepted", "to": ANY, "customerMessageId": "0199a2", "parts": 1}
    (event,) = smsbat.events(ANY)
    assert (event["type"], event["from"], event["text"]) == ("sms", "Shop", "Your code is 730415.")


@pytest.mark.parametrize("parameters", [{"pin": "730415"}, {"PIN": 730415, "TIME": "10"}])
def test_a_viber_template_shows_its_code(smsbat, parameters):
    message = viber(ANY)
    message["messageData"]["templateParams"] = parameters
    smsbat.sent(message)
    (event,) = smsbat.events(ANY)
    assert (event["type"], event["text"]) == ("viber_otp", "Your code: 730415")


def test_a_viber_message_without_a_template_shows_its_code(smsbat):
    smsbat.sent(viber(ANY, messageData={"code": "730415", "validity": 300}))
    assert smsbat.events(ANY)[0]["text"] == "Your code: 730415"


def test_events_are_listed_newest_first(smsbat):
    for message in (call(ANY), sms(ANY), viber(ANY)):
        smsbat.sent(message)
    assert [event["type"] for event in smsbat.events(ANY)] == ["viber_otp", "sms", "flashcall"]


def test_a_handset_gets_only_its_own(smsbat):
    smsbat.sent(call(ANY))
    assert smsbat.events("+380501234504") == []


def test_0001_is_rejected(smsbat):
    taken = smsbat.sent(call(number("0001")))
    assert taken["status"] == "rejected"
    assert not {"callerId", "pattern"} & set(taken)
    assert smsbat.status(taken["messageId"])["deliverystatus"] == "undeliverable"
    assert smsbat.events(number("0001")) == []


def test_0002_is_accepted_and_then_undeliverable(smsbat):
    taken = smsbat.sent(call(number("0002")))
    assert taken["status"] == "accepted"
    assert smsbat.status(taken["messageId"])["deliverystatus"] == "undeliverable"
    assert smsbat.events(number("0002")) == []


def test_0003_is_an_http_500(smsbat):
    reply = smsbat.send(call(number("0003")))
    assert reply.status_code == 500
    assert reply.json()["error"]["code"] == "INTERNAL_ERROR"


def test_0004_gets_no_answer_until_the_client_gives_up(smsbat, capfd):
    with pytest.raises(requests.ReadTimeout):
        smsbat.send(call(number("0004")), timeout=0.3)
    wait_for_handlers()
    assert capfd.readouterr() == ("", "")


def test_0004_holds_nobody_else_up(smsbat):
    silent = HTTPConnection(urlsplit(smsbat.url).netloc, timeout=5)
    headers = {"X-Authorization-Key": "any", "Content-Type": "application/json"}
    silent.request("POST", "/bat/messagelist", json.dumps({"messages": [call(number("0004"))]}), headers)
    assert smsbat.sent(call(ANY))["status"] == "accepted"
    silent.close()


def test_0005_is_a_429_that_says_when_to_come_back(smsbat):
    reply = smsbat.send(call(number("0005")))
    assert reply.status_code == 429
    assert int(reply.headers["Retry-After"]) >= 1
    assert reply.json()["status"] == 429


def test_0006_is_html(smsbat):
    reply = smsbat.send(call(number("0006")))
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    with pytest.raises(requests.JSONDecodeError):
        reply.json()


def test_0007_is_a_200_with_an_error(smsbat):
    reply = smsbat.send(call(number("0007")))
    assert reply.status_code == 200
    assert set(reply.json()) == {"error"}


def test_0008_rings_and_its_reply_has_no_pattern(smsbat):
    taken = smsbat.sent(call(number("0008")))
    assert taken["status"] == "accepted"
    assert "pattern" not in taken
    assert smsbat.events(number("0008"))[0]["from"] == "+380441234821"


def test_0009_rings_with_its_number_withheld(smsbat):
    taken = smsbat.sent(call(number("0009")))
    assert taken["pattern"] == "***234821"
    assert smsbat.events(number("0009"))[0]["from"] is None
    assert smsbat.status(taken["messageId"])["deliverystatus"] == "delivered"


@pytest.mark.parametrize("message", [call, sms, viber])
def test_0010_is_rejected_on_every_channel(smsbat, message):
    assert smsbat.sent(message(number("0010")))["status"] == "rejected"
    assert smsbat.events(number("0010")) == []


@pytest.mark.parametrize("message", [call, sms])
def test_0011_takes_flash_calls_and_sms_that_never_arrive(smsbat, message):
    taken = smsbat.sent(message(number("0011")))
    assert taken["status"] == "accepted"
    assert smsbat.status(taken["messageId"])["deliverystatus"] == "undeliverable"
    assert smsbat.events(number("0011")) == []


def test_0011_gets_viber_messages(smsbat):
    smsbat.sent(viber(number("0011")))
    assert len(smsbat.events(number("0011"))) == 1


@pytest.mark.parametrize("message", [call, sms, viber])
def test_0012_takes_messages_on_every_channel_that_never_arrive(smsbat, message):
    taken = smsbat.sent(message(number("0012")))
    assert taken["status"] == "accepted"
    assert smsbat.status(taken["messageId"])["deliverystatus"] == "undeliverable"
    assert smsbat.events(number("0012")) == []


@pytest.mark.parametrize("last_digits", CALLS_ONLY)
@pytest.mark.parametrize("message", [sms, viber])
def test_other_channels_arrive_where_only_flash_calls_go_wrong(smsbat, message, last_digits):
    taken = smsbat.sent(message(number(last_digits)))
    assert taken["status"] == "accepted"
    assert smsbat.status(taken["messageId"])["deliverystatus"] == "delivered"
    assert [event["from"] for event in smsbat.events(number(last_digits))] == ["Shop"]


@pytest.mark.parametrize("last_digits", sorted(UNANSWERED - {"0004"}))
def test_a_call_that_is_not_answered_does_not_ring(smsbat, last_digits):
    smsbat.send(call(number(last_digits)))
    assert smsbat.events(number(last_digits)) == []


def test_one_call_that_is_not_answered_spoils_the_whole_request(smsbat):
    assert smsbat.post({"messages": [sms(ANY), call(number("0003"))]}).status_code == 500
    assert smsbat.events(ANY) == []
