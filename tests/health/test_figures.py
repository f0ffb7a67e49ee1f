"""The figures of the health page, against rows that were written by hand."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_flashcall import services
from django_flashcall.codes import Code
from django_flashcall.models import Limit
from django_flashcall.models.breakers import Breaker
from django_flashcall.services import health
from django_flashcall.services.alarms import Guessing
from django_flashcall.services.health import BINS, WINDOWS, Report, Times
from django_flashcall.services.reporting import LEAST_SENT
from tests.health.rows import attempt, paid

pytestmark = pytest.mark.django_db

HOUR, DAY = 3600, 86400


def read(window: str = "24h") -> Report:
    return health.read(WINDOWS[window])


def test_the_funnel_counts_codes_and_those_that_were_entered() -> None:
    attempt(("flashcall", "delivered"), took=8, redeemed=True)
    attempt(("flashcall", "accepted"), ("flashcall", "unknown"), took=25)
    attempt(("flashcall", "delivered"), ("sms", "delivered"), took=30, over="sms", redeemed=True)
    attempt(("flashcall", "delivered"), ("sms", "delivered"), took=31)  # the call was late
    attempt(("flashcall", "failed"), ("sms", "undeliverable"))
    attempt(("flashcall", "created"))

    call, sms = read().funnels

    assert asdict(call) == {
        "channel": "flashcall",
        "requested": 7,
        "sent": 5,
        "delivered": 3,
        "verified": 3,
        "redeemed": 1,
    }
    assert asdict(sms) == {"channel": "sms", "requested": 3, "sent": 3, "delivered": 2, "verified": 1, "redeemed": 1}
    assert call.conversion == 3 / 5


def test_a_provider_s_own_cascade_counts_for_the_channel_that_delivered() -> None:
    attempt(("flashcall", "delivered", {"fallbacks": "sms", "delivered_channel": "sms"}), took=40, over="sms")

    (sms,) = read().funnels
    assert (sms.channel, sms.delivered, sms.verified) == ("sms", 1, 1)


@pytest.mark.parametrize(("window", "inside"), [("24h", 2), ("7d", 3), ("30d", 4)])
def test_a_window_has_what_began_in_it(window: str, inside: int) -> None:
    for ago in (60, DAY - 60, 7 * DAY - 60, 30 * DAY - 60, 30 * DAY + 60):
        attempt(("flashcall", "delivered", paid("1")), ago=ago, took=5)

    report = read(window)

    assert report.total.requested == report.total.verified == sum(report.times.counts.values()) == inside
    assert sum(funnel.requested for funnel in report.funnels) == sum(row.requested for row in report.slices) == inside
    assert report.costs[0].total == inside


@pytest.mark.parametrize(("window", "length", "slices"), [("24h", HOUR, 24), ("7d", DAY, 7), ("30d", DAY, 30)])
def test_slices_are_of_one_length_and_end_now(window: str, length: int, slices: int) -> None:
    attempt(ago=length - 30)
    attempt(ago=length + 30, took=3)
    attempt(ago=slices * length - 30, region="PL")

    report = read(window)

    assert len(report.slices) == slices
    assert [row.requested for row in report.slices] == [1] + [0] * (slices - 3) + [1, 1]
    assert [row.verified for row in report.slices][-2:] == [1, 0]
    assert {later.begins - row.begins for row, later in zip(report.slices, report.slices[1:], strict=False)} == {
        report.window.slice
    }
    assert abs((report.made_at - report.slices[-1].begins).total_seconds() - length) < 1


def test_the_time_to_verify_is_known_to_the_second() -> None:
    for took in (3.2, 4.9, 5.0, 7, 12, 12.5, 14, 29, 61, 599):
        attempt(took=took)
    attempt()

    times = read().times

    assert times.counts == {3: 1, 4: 1, 5: 1, 7: 1, 12: 2, 14: 1, 29: 1, 61: 1, 599: 1}
    assert (times.median, times.p90) == (12, 61)
    assert times.bins()[:3] == [(0, 5, 2), (5, 10, 2), (10, 15, 3)]
    assert times.bins()[-1] == (BINS[-1], None, 1)


def test_where_nobody_was_verified_there_is_no_time() -> None:
    assert (Times().median, Times().p90, bool(Times())) == (None, None, False)


def test_a_cost_is_exact_and_of_each_currency() -> None:
    attempt(("flashcall", "delivered", paid("0.1")), ("sms", "delivered", paid("0.2")), took=30, over="sms")
    attempt(("flashcall", "delivered", paid("0.1")), took=3)
    attempt(("flashcall", "undeliverable", paid("0.1")), ("sms", "delivered", paid("0.05", "EUR")))
    attempt(("flashcall", "accepted"), took=3)

    costs = [(cost.channel, cost.currency, cost.codes, cost.total, cost.each) for cost in read().costs]

    assert costs == [
        (None, "EUR", 1, Decimal("0.05"), Decimal("0.05") / 3),
        (None, "UAH", 4, Decimal("0.5"), Decimal("0.5") / 3),
        ("flashcall", "UAH", 3, Decimal("0.3"), Decimal("0.3") / 2),
        ("sms", "EUR", 1, Decimal("0.05"), Decimal("0.05")),
        ("sms", "UAH", 1, Decimal("0.2"), Decimal("0.2")),
    ]
    assert all(isinstance(cost.total, Decimal) for cost in read().costs)


def test_provider_errors_are_counted_with_their_share() -> None:
    for error in ("timeout", "timeout", "server_error"):
        attempt(("flashcall", "unknown", {"error_code": error}))
    attempt(("flashcall", "undeliverable"))
    attempt(("flashcall", "delivered"))
    attempt(("sms", "failed", {"error_code": "timeout", "provider": "other"}))

    faults = [tuple(asdict(fault).values()) for fault in read().faults]

    assert faults[0] == ("default", "flashcall", "unknown", "timeout", 2, 0.4)
    assert sorted(faults[1:]) == [
        ("default", "flashcall", "undeliverable", "", 1, 0.2),
        ("default", "flashcall", "unknown", "server_error", 1, 0.2),
        ("other", "sms", "failed", "timeout", 1, 1.0),
    ]


def test_conversion_by_region_and_by_prefix() -> None:
    for last in range(10):
        attempt(number=f"+38050123450{last}", took=5 if last < 7 else None)
        attempt(number=f"+38067999450{last}", took=5 if last < 2 else None)
    for last in range(9):
        attempt(number=f"+4860112345{last}", region="PL")

    report = read()

    assert [(row.region, row.requested, row.verified) for row in report.regions] == [("UA", 20, 9), ("PL", 9, 0)]
    # Nine attempts at +4860112 are too few to say anything.
    assert [(row.prefix, row.requested, row.verified) for row in report.prefixes] == [
        ("+38067999", 10, 2),
        ("+38050123", 10, 7),
    ]


def test_test_numbers_do_not_count(flashcall: Any, phone: str) -> None:
    flashcall(TEST_NUMBERS={phone: "4821"})
    outcome = services.verify(services.request_verification(phone).pk, code="4821")
    assert outcome.status == "verified"
    attempt(number="+380501234504")

    report = read()

    assert (report.total.requested, report.total.verified, report.times.counts) == (1, 0, {})
    assert [funnel.requested for funnel in report.funnels] == [1]


def test_real_attempts_are_counted(phone: str, code: Any, user: Any, age: Any) -> None:
    """The same figures by the services as by hand."""
    first = services.request_verification(phone)
    age(31)
    services.fall_back(first.pk, channel="sms")
    proof = services.verify(first.pk, code=code()).proof
    services.redeem(proof, purpose="signup", user=user)
    second = services.request_verification("+380671234504")
    assert services.verify(second.pk, code=Code("0").digits + "000").status != "verified"

    report = read()

    assert (report.total.requested, report.total.verified, report.total.redeemed) == (2, 1, 1)
    assert [(funnel.channel, funnel.sent, funnel.verified) for funnel in report.funnels] == [
        ("flashcall", 2, 0),
        ("sms", 1, 1),
    ]
    assert report.times.median in {31, 32}


def test_a_call_that_comes_after_the_sms_counts_for_the_call(phone: str, outbox: Any, age: Any) -> None:
    started = services.request_verification(phone)
    age(31)
    services.fall_back(started.pk, channel="sms")
    assert services.verify(started.pk, code=outbox[0].code.digits).status == "verified"
    assert {funnel.channel: funnel.verified for funnel in read().funnels} == {"flashcall": 1, "sms": 0}


# What is wrong now


def test_nothing_is_wrong_with_a_site_that_nobody_uses() -> None:
    report = read()
    assert not report.alarms
    assert [(breaker.alias, breaker.failures) for breaker in report.alarms.breakers] == [("default", 0)]
    assert (report.total.conversion, report.funnels, report.costs, report.faults) == (None, [], [], [])


def test_a_breaker_that_is_open_is_told_of() -> None:
    Breaker("default", 0, 0).count_failure(Limit.objects.all(), "credentials", at_once=True)

    (breaker,) = read().alarms.breakers

    assert breaker.retry_after in {29, 30}
    assert read().alarms


def test_one_that_has_been_open_long_enough_is_tried(age: Any) -> None:
    Breaker("default", 0, 0).count_failure(Limit.objects.all(), "credentials", at_once=True)
    age(31)

    (breaker,) = read().alarms.breakers
    assert breaker.failures == 5 and breaker.retry_after is None


def test_pumping_is_told_of_by_the_rule_of_the_signal() -> None:
    for number in range(LEAST_SENT):
        attempt(number=f"+3805099945{number:02}", took=5 if number < 8 else None)
    attempt(number="+380671234503", took=3, ago=2 * HOUR + 60)

    def low() -> list[tuple[str, str, int, int]]:
        return [(one.scope, one.value, one.sent, one.verified) for one in read().alarms.pumping]

    assert low() == [("prefix", "+38050999", 30, 8), ("region", "UA", 30, 8)]

    attempt(number="+380509994599", took=5)
    assert low() == [("prefix", "+38050999", 31, 9), ("region", "UA", 31, 9)]
    attempt(number="+380671234503", took=3)
    assert low() == [("prefix", "+38050999", 31, 9)]


def test_three_of_ten_are_enough() -> None:
    for number in range(LEAST_SENT):
        attempt(number=f"+3805099945{number:02}", took=5 if number < 9 else None)
    assert read().alarms.pumping == []


@pytest.mark.parametrize(("exhausted", "told"), [(4, None), (5, Guessing(30, 5))])
def test_guessing_is_told_of(exhausted: int, told: Guessing | None) -> None:
    for number in range(30):
        attempt(number=f"+3805012345{number:02}", checks=3 if number < exhausted else 0)

    assert read().alarms.guessing == told


def test_limits_that_refuse_are_told_of_but_not_a_cooldown(flashcall: Any, phone: str, age: Any) -> None:
    flashcall(LIMITS={"phone": "1/h", "region": "1/d", "site": "10/d"})
    services.request_verification(phone)

    alarms = read().alarms

    assert [(row.scope, row.label, row.rows) for row in alarms.refusing] == [("phone", "", 1), ("region", "UA", 1)]
    assert 3595 <= alarms.refusing[0].seconds <= 3600
    assert alarms.site == []
    Limit.objects.filter(scope="site").update(count=8)
    (site,) = read().alarms.site
    assert (site.uses, site.maximum) == (8, 10)
    age(86401)
    assert (read().alarms.refusing, read().alarms.site) == ([], [])


@pytest.mark.parametrize("window", WINDOWS)
def test_addresses_that_are_a_proxy_s_are_told_of(window: str, flashcall: Any) -> None:
    attempt(ip_address=None)
    attempt(ago=2 * DAY, ip_address="93.184.216.34")
    assert read(window).alarms.proxy

    flashcall(TRUSTED_PROXY_COUNT=1)
    assert not read(window).alarms.proxy
    flashcall(TRUSTED_PROXY_COUNT=0)
    attempt()
    assert not read(window).alarms.proxy


@pytest.mark.parametrize("window", WINDOWS)
def test_old_attempts_whose_address_was_taken_away_say_nothing(window: str) -> None:
    attempt(ago=2 * DAY, ip_address=None)
    assert not read(window).alarms.proxy


@pytest.mark.parametrize("window", WINDOWS)
def test_a_report_is_seven_selects(window: str) -> None:
    for last in range(12):
        attempt(("flashcall", "delivered", paid("1")), ("sms", "accepted"), number=f"+3805012345{last:02}", took=3)
    with CaptureQueriesContext(connection) as queries:
        read(window)
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"] * 7
