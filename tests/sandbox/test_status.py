"""`GET /bat/message/{id}`, and the provider's own fallbacks, which only it shows."""

import pytest

from tests.sandbox.messages import call, sms, viber

ANY = "+380501234503"
NOT_RINGING = "+380501230002"
REJECTED = "+380501230001"
NOTHING_ARRIVES = "+380501230011"


def cascade(phone):
    return call(phone, fallbacks=[viber(phone), sms(phone)])


def test_a_message_that_arrived_is_delivered(smsbat):
    reply = smsbat.send(call(ANY)).json()
    message_id = reply["messages"][0]["messageId"]
    assert smsbat.status(message_id) == {
        "messagelistId": reply["messagelistId"],
        "messageId": message_id,
        "deliverystatus": "delivered",
        "partscount": 1,
        "cost": 0.05,
    }


def test_a_message_that_did_not_arrive_costs_nothing(smsbat):
    status = smsbat.status(smsbat.sent(call(NOT_RINGING))["messageId"])
    assert (status["deliverystatus"], status["cost"]) == ("undeliverable", 0.0)


def test_each_message_of_a_request_has_its_own_status(smsbat):
    reply = smsbat.post({"messages": [call(ANY), call(NOT_RINGING)]}).json()
    statuses = [smsbat.status(taken["messageId"]) for taken in reply["messages"]]
    assert [status["deliverystatus"] for status in statuses] == ["delivered", "undeliverable"]
    assert {status["messagelistId"] for status in statuses} == {reply["messagelistId"]}


def test_the_ids_of_two_requests_differ(smsbat):
    first, second = smsbat.send(call(ANY)).json(), smsbat.send(call(ANY)).json()
    assert first["messagelistId"] != second["messagelistId"]
    assert first["messages"][0]["messageId"] != second["messages"][0]["messageId"]


def test_fallbacks_are_not_used_after_a_call_that_rang(smsbat):
    status = smsbat.status(smsbat.sent(cascade(ANY))["messageId"])
    assert status["fallbacks"] == [{"type": "viber_otp", "status": "not_used"}, {"type": "sms", "status": "not_used"}]
    assert [event["type"] for event in smsbat.events(ANY)] == ["flashcall"]


def test_the_first_fallback_follows_a_call_that_did_not_ring(smsbat):
    status = smsbat.status(smsbat.sent(cascade(NOT_RINGING))["messageId"])
    assert status["deliverystatus"] == "delivered"
    assert status["extendedStatuses"] == {"flashcall": "undeliverable", "viber": "delivered", "sms": "not_used"}
    assert (status["billAmount"], status["billCurrency"]) == (0.05, "USD")
    assert [event["type"] for event in smsbat.events(NOT_RINGING)] == ["viber_otp"]


def test_fallbacks_of_a_rejected_call_are_not_used(smsbat):
    taken = smsbat.sent(cascade(REJECTED))
    assert taken["status"] == "rejected"
    assert [fallback["status"] for fallback in smsbat.status(taken["messageId"])["fallbacks"]] == ["not_used"] * 2
    assert smsbat.events(REJECTED) == []


def test_a_message_none_of_whose_fallbacks_arrive_is_undeliverable(smsbat):
    taken = smsbat.sent(call(NOTHING_ARRIVES, fallbacks=[sms(NOTHING_ARRIVES)]))
    assert smsbat.status(taken["messageId"])["deliverystatus"] == "undeliverable"


def test_an_unknown_message_is_not_found(smsbat):
    reply = smsbat.get("/bat/message/abc123def456")
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("headers", [{}, {"X-Authorization-Key": ""}])
def test_a_status_is_not_told_without_a_key(smsbat, headers):
    message_id = smsbat.sent(call(ANY))["messageId"]
    assert smsbat.get(f"/bat/message/{message_id}", headers=headers).status_code == 401
