"""The provider that keeps what it is given."""

import threading
from dataclasses import replace
from decimal import Decimal

import pytest

from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Report, ReportStatus, Result, Status
from django_flashcall.providers.memory import ANY, MemoryProvider

ACCEPTED = Status.ACCEPTED
REJECTED = Result(status=Status.REJECTED, error_code=base.INVALID_NUMBER)
UNKNOWN = Result(status=Status.UNKNOWN, error_code=base.TIMEOUT)


@pytest.fixture
def send(flash_call):
    """Send a message on a channel, and return what became of it."""
    return lambda channel: MemoryProvider({}).send(replace(flash_call, channel=channel), deadline=5)


def test_each_message_is_kept_with_its_code(flash_call, sms, outbox):
    MemoryProvider({}).send(flash_call, deadline=5)
    MemoryProvider({}).send(sms, deadline=5)
    assert outbox == [flash_call, sms]
    assert outbox[-1].code.digits == "482175"


def test_the_provider_gives_the_messages_id(send, flash_call):
    assert send("flashcall") == Result(status=ACCEPTED, provider_message_id=flash_call.id)


def test_a_script_is_played_once_in_order(send):
    memory.script("flashcall", REJECTED, UNKNOWN)
    assert [send("flashcall"), send("flashcall")] == [REJECTED, UNKNOWN]
    assert send("flashcall").status is ACCEPTED


def test_a_script_leaves_other_channels_alone(send):
    memory.script("flashcall", REJECTED)
    assert send("sms").status is ACCEPTED
    assert send("flashcall") == REJECTED


def test_a_script_of_any_channel_comes_after_the_channels_own(send):
    memory.script(ANY, UNKNOWN)
    memory.script("sms", REJECTED)
    assert [send("sms"), send("sms")] == [REJECTED, UNKNOWN]


def test_a_failure_stays(send):
    memory.fail("flashcall", error_code=base.INVALID_NUMBER)
    assert [send("flashcall"), send("flashcall")] == [REJECTED, REJECTED]
    assert send("sms").status is ACCEPTED


def test_every_channel_may_fail_as_one_likes(send):
    memory.fail(status=Status.UNKNOWN, error_code=base.TIMEOUT)
    assert [send("flashcall"), send("sms")] == [UNKNOWN, UNKNOWN]


def test_a_script_comes_before_a_failure(send):
    memory.fail()
    memory.script("sms", UNKNOWN)
    assert send("sms") == UNKNOWN
    assert send("sms").status is Status.REJECTED


def test_what_fails_is_kept_too(send, outbox):
    memory.fail()
    send("sms")
    assert len(outbox) == 1


def test_clear_forgets_everything(send, outbox):
    memory.fail("sms")
    memory.script("flashcall", REJECTED)
    send("sms")
    memory.clear()
    assert outbox == []
    assert send("flashcall").status is ACCEPTED
    assert send("sms").status is ACCEPTED


def test_each_scripted_result_goes_to_one_thread(send):
    memory.script("sms", *[REJECTED] * 50)
    results = []
    threads = [threading.Thread(target=lambda: results.extend(send("sms") for _ in range(10))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert results.count(REJECTED) == 50
    assert len(results) == 100


def test_it_says_of_a_message_what_the_test_told_it(flash_call):
    MemoryProvider({}).send(flash_call, deadline=5)
    memory.report(flash_call.id, ReportStatus.DELIVERED, channel="sms", cost=Decimal("0.05"), currency="USD")
    assert MemoryProvider({}).status(flash_call.id, deadline=5) == Report(
        provider_message_id=flash_call.id,
        status=ReportStatus.DELIVERED,
        channel="sms",
        cost=Decimal("0.05"),
        currency="USD",
    )


def test_it_says_the_latest_that_it_was_told():
    for status in (ReportStatus.PENDING, ReportStatus.UNDELIVERABLE):
        memory.report("4711", status)
        assert MemoryProvider({}).status("4711", deadline=5).status is status


def test_it_says_nothing_of_other_messages_and_keeps_who_was_asked_about():
    assert MemoryProvider({}).status("4711", deadline=5) is None
    assert MemoryProvider({}).status("4712", deadline=5) is None
    assert memory.asked == ["4711", "4712"]


def test_clear_forgets_reports_and_questions():
    memory.report("4711", ReportStatus.DELIVERED)
    MemoryProvider({}).status("4711", deadline=5)
    memory.clear()
    assert memory.asked == []
    assert MemoryProvider({}).status("4711", deadline=5) is None


def test_apart_from_what_was_sent_before_nothing_is_there(send, outbox):
    send("flashcall")
    before = list(outbox)
    memory.fail()
    with memory.apart():
        assert (outbox, memory.earlier, memory.asked) == ([], before, [])
        assert send("sms").status is ACCEPTED
        with memory.apart():
            assert [message.channel for message in memory.earlier] == ["flashcall", "sms"]
        assert [message.channel for message in outbox] == ["sms"]
        memory.fail()
    assert (outbox, memory.earlier) == (before, [])
    assert send("sms").status is ACCEPTED
