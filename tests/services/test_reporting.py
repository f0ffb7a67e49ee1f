"""What is reported to the site, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.db import DatabaseError

from django_flashcall import services
from django_flashcall.exceptions import RateLimited
from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.models.conversion import Conversion, conversions
from django_flashcall.models.notices import Notice
from django_flashcall.models.transactions import database
from django_flashcall.providers import memory
from django_flashcall.providers.base import Message
from django_flashcall.services.reporting import FLOOR, JUDGED_EVERY, LEAST_SENT, TOLD_EVERY
from tests.concurrency.together import together

pytestmark = pytest.mark.django_db

OFF = dict.fromkeys(["phone", "owner", "ip", "user", "prefix", "region", "site", "phone_failures"], "")


@pytest.fixture
def only(flashcall: Callable[..., None]) -> Callable[..., None]:
    """Apply only the limits that are named."""
    return lambda **limits: flashcall(LIMITS={**OFF, **limits})


@pytest.fixture
def neighbours() -> Iterator[str]:
    """Numbers of UA that share a prefix."""
    return (f"+38050123{n}" for n in count(1000))


@pytest.fixture
def strewn() -> Iterator[str]:
    """Numbers of UA, no two of them neighbours."""
    return (f"+38050{n}4503" for n in count(100))


@pytest.fixture
def send(outbox: list[Message], age: Any) -> Callable[..., None]:
    """Ask for codes; of them `entered` are entered, and the others expire."""

    def send(numbers: Iterator[str], sent: int, entered: int = 0) -> None:
        for n in range(sent):
            attempt = services.request_verification(next(numbers))
            if n < entered:
                assert services.verify(attempt.pk, code=outbox[-1].code.digits).proof
        age(91)

    return send


@pytest.fixture
def told(sent_signals: list[Any]) -> Callable[[], list[dict[str, Any]]]:
    """What was told of conversion, as the signal's arguments."""

    def told() -> list[dict[str, Any]]:
        low = [dict(arguments) for name, arguments in sent_signals if name == "conversion_low"]
        assert all(arguments.pop("sender") is VerificationAttempt for arguments in low)
        return low

    return told


class TestConversion:
    """Verified to sent, by prefix and region."""

    def test_codes_that_nobody_enters_are_told(
        self, only: Any, neighbours: Any, send: Any, told: Any, caplog: Any
    ) -> None:
        only()
        send(neighbours, LEAST_SENT - 1)
        send(neighbours, 1)
        assert told() == []
        send(neighbours, 1)
        assert told() == []
        assert "Of 30 attempts" not in caplog.text

    def test_it_is_told_of_prefix_and_region_where_neither_has_a_limit(
        self, only: Any, neighbours: Any, send: Any, told: Any, caplog: Any, age: Any
    ) -> None:
        only()
        send(neighbours, LEAST_SENT)
        age(JUDGED_EVERY)
        send(neighbours, 1)
        assert told() == [
            {"scope": "prefix", "value": "+38050123", "sent": 30, "verified": 0},
            {"scope": "region", "value": "UA", "sent": 30, "verified": 0},
        ]
        told_of = [record for record in caplog.records if hasattr(record, "sent")]
        assert [(record.levelname, record.scope, record.sent, record.verified) for record in told_of] == [
            ("WARNING", "prefix", 30, 0),
            ("WARNING", "region", 30, 0),
        ]

    def test_a_burst_that_a_limit_stopped_is_judged_with_what_follows(
        self, only: Any, neighbours: Any, send: Any, told: Any, age: Any
    ) -> None:
        only(prefix="60/h")
        with pytest.raises(RateLimited):
            send(neighbours, 61)
        age(3600)
        send(neighbours, 1)
        assert [about["sent"] for about in told()] == [60, 60]

    def test_strangers_all_over_a_region_are_told_of_the_region(
        self, only: Any, strewn: Any, send: Any, told: Any, age: Any
    ) -> None:
        only()
        send(strewn, LEAST_SENT)
        age(JUDGED_EVERY)
        send(strewn, 1)
        assert [(about["scope"], about["value"]) for about in told()] == [("region", "UA")]

    @pytest.mark.parametrize(("entered", "low"), [(8, True), (9, False), (30, False)])
    def test_it_is_told_below_the_floor(
        self, only: Any, strewn: Any, send: Any, told: Any, age: Any, entered: int, low: bool
    ) -> None:
        assert FLOOR * LEAST_SENT == 9
        only()
        send(strewn, LEAST_SENT, entered)
        age(JUDGED_EVERY)
        send(strewn, 1)
        assert [about["verified"] for about in told()] == ([entered] if low else [])

    def test_a_few_attempts_say_nothing(self, only: Any, strewn: Any, send: Any, told: Any, age: Any) -> None:
        only()
        send(strewn, LEAST_SENT - 1)
        age(JUDGED_EVERY)
        send(strewn, 1)
        assert told() == []

    def test_people_who_are_still_typing_are_waited_for(
        self, only: Any, strewn: Any, send: Any, told: Any, age: Any
    ) -> None:
        only()
        send(strewn, LEAST_SENT - 1)
        for _ in range(5):
            services.request_verification(next(strewn))
        assert conversions(database(), 7200, least=29) == [Conversion("region", "UA", sent=29, verified=0)]

    def test_what_no_provider_took_was_not_sent(self, only: Any, strewn: Any, send: Any, told: Any, age: Any) -> None:
        only()
        send(strewn, LEAST_SENT)
        Delivery.objects.update(status="rejected")
        age(JUDGED_EVERY)
        send(strewn, 1)
        assert told() == []

    def test_a_code_that_came_by_another_channel_counts_once(self, only: Any, strewn: Any, send: Any) -> None:
        only()
        memory.fail("flashcall")
        send(strewn, 2, 1)
        assert Conversion("region", "UA", sent=1, verified=1) in conversions(database(), 7200, least=1)

    def test_old_attempts_do_not_count(self, only: Any, strewn: Any, send: Any, told: Any, age: Any) -> None:
        only()
        send(strewn, 2 * LEAST_SENT)
        age(7200)
        send(strewn, LEAST_SENT, LEAST_SENT // 2)
        age(JUDGED_EVERY)
        send(strewn, 1)
        assert told() == []

    def test_it_is_told_once_an_hour(self, only: Any, strewn: Any, send: Any, told: Any, age: Any) -> None:
        only()
        send(strewn, LEAST_SENT)
        age(JUDGED_EVERY)
        send(strewn, 5)
        age(JUDGED_EVERY)
        send(strewn, 5)
        assert len(told()) == 1
        age(TOLD_EVERY)
        send(strewn, 5)
        assert [about["sent"] for about in told()] == [30, 40]

    def test_a_prefix_is_its_own_numbers(self, only: Any, send: Any) -> None:
        only()
        send(iter(["+380501230000", "+380501239999", "+380501240000", "+380501229999"]), 4)
        assert [(each.value, each.sent) for each in conversions(database(), 7200, least=1)] == [
            ("+38050122", 1),
            ("+38050123", 2),
            ("+38050124", 1),
            ("UA", 4),
        ]

    @pytest.mark.django_db(transaction=True)
    def test_of_twenty_at_once_one_tells(self, only: Any, strewn: Any, send: Any, told: Any, age: Any) -> None:
        only()
        send(strewn, LEAST_SENT)
        age(JUDGED_EVERY)
        outcomes = together(partial(services.request_verification, next(strewn)) for _ in range(20))
        assert {type(outcome) for outcome in outcomes} == {VerificationAttempt}
        assert len(told()) == 1

    def test_a_report_that_fails_costs_nobody_a_call(
        self, only: Any, strewn: Any, send: Any, age: Any, monkeypatch: Any, caplog: Any, outbox: list[Message]
    ) -> None:
        def fail(*arguments: Any) -> None:
            raise DatabaseError("+380501234503")

        only()
        send(strewn, LEAST_SENT)
        age(JUDGED_EVERY)
        monkeypatch.setattr(Notice, "take", fail)
        send(strewn, 1)
        assert len(outbox) == LEAST_SENT + 1
        assert "A report could not be made: DatabaseError." in caplog.text and "+3805" not in caplog.text


class TestSite:
    """The limit on the whole site."""

    @pytest.fixture
    def hits(self, sent_signals: list[Any]) -> Callable[[], list[tuple[str, bool]]]:
        """What was told of limits: the scope, and whether somebody was refused."""
        return lambda: [(about["scope"], about["refused"]) for name, about in sent_signals if name == "limit_hit"]

    def test_four_fifths_are_told_once_in_a_window(
        self, only: Any, strewn: Any, hits: Any, caplog: Any, age: Any
    ) -> None:
        only(site="20/h")
        for used in range(1, 19):
            services.request_verification(next(strewn))
            age(60)
            assert hits() == ([("site", False)] if used >= 16 else [])
        assert "80 % of what the site may send, 20 in 3600 s, are used up." in caplog.text
        with pytest.raises(RateLimited):
            services.request_verification(next(strewn))
        assert hits() == [("site", False), ("site", True)]
        age(3601)
        for _ in range(18):
            services.request_verification(next(strewn))
        assert hits() == [("site", False), ("site", True), ("site", False)]

    def test_each_rate_is_told(self, only: Any, strewn: Any, hits: Any, age: Any) -> None:
        only(site="10/h, 20/d")
        for _ in range(9):
            services.request_verification(next(strewn))
        age(3601)
        for _ in range(9):
            services.request_verification(next(strewn))
        assert hits() == [("site", False)] * 3

    @pytest.mark.parametrize(("rate", "sends"), [("1/h", 1), ("4/h", 3)])
    def test_a_handful_is_told_when_it_refuses(self, only: Any, strewn: Any, hits: Any, rate: str, sends: int) -> None:
        only(site=rate)
        for _ in range(sends):
            services.request_verification(next(strewn))
        assert hits() == []

    def test_what_was_refused_is_told_at_once_and_is_no_early_word(
        self, only: Any, phone: str, hits: Any, strewn: Any
    ) -> None:
        only(phone="10/h", prefix="10/h", ip="10/h")
        for _ in range(9):
            services.request_verification(next(strewn))
        assert hits() == []
