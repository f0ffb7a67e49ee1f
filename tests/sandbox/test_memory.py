"""What the sandbox keeps is bounded, and many clients may come at once."""

from concurrent.futures import ThreadPoolExecutor

from tests.sandbox.messages import call, sms

ANY = "+380501234503"


def test_a_handset_keeps_its_50_newest_events(smsbat):
    smsbat.post({"messages": [sms(ANY, text=f"{n}") for n in range(60)]})
    assert [event["text"] for event in smsbat.events(ANY)] == [str(n) for n in range(59, 9, -1)]


def test_the_handset_that_was_reached_longest_ago_is_forgotten_first(smsbat):
    numbers = [f"+38050{n:07}" for n in range(1_000_100, 1_001_101)]
    first, second, *_others, last = numbers
    smsbat.post({"messages": [sms(number) for number in numbers[:1000]]})
    smsbat.sent(sms(first))
    smsbat.sent(sms(last))
    assert smsbat.events(second) == []
    assert len(smsbat.events(first)) == 2
    assert len(smsbat.get("/handsets.json").json()["numbers"]) == 1000


def test_the_oldest_of_10_000_messages_is_forgotten(smsbat):
    oldest, second = (smsbat.sent(sms(ANY))["messageId"] for _ in range(2))
    for _ in range(2):
        smsbat.post({"messages": [sms(ANY)] * 4999})
    assert smsbat.status(oldest)["deliverystatus"] == "delivered"
    smsbat.sent(sms(ANY))
    assert smsbat.get(f"/bat/message/{oldest}").status_code == 404
    assert smsbat.status(second)["deliverystatus"] == "delivered"


def test_the_numbers_of_handsets_are_listed_the_latest_first(smsbat):
    for number in ("+380501234503", "+380501234504", "+380501234503"):
        smsbat.sent(call(number))
    smsbat.send(call("+380501230001"))
    assert smsbat.get("/handsets.json", headers={}).json() == {"numbers": ["+380501234503", "+380501234504"]}


def test_forty_calls_at_once_all_ring(smsbat):
    codes = [str(n) for n in range(1000, 1040)]
    with ThreadPoolExecutor(len(codes)) as clients:
        replies = list(clients.map(lambda code: smsbat.send(call(ANY, text=code)), codes))
    assert {reply.status_code for reply in replies} == {200}
    assert {event["from"][-4:] for event in smsbat.events(ANY)} == set(codes)
    assert len({reply.json()["messagelistId"] for reply in replies}) == len(codes)
