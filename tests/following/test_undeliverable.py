"""What the provider cannot deliver: the next channel is offered at once, and with AUTO_FALLBACK sent by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db.models import F

from django_flashcall import services
from django_flashcall.exceptions import Refused
from django_flashcall.models import Delivery, Limit, VerificationAttempt
from django_flashcall.services import ticking
from tests.api.client import Api, about
from tests.concurrency.together import together
from tests.databases.test_replica import Replicated, replicated  # noqa: F401  (a fixture)
from tests.following.books import Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(db: None) -> Api:
    return Api()


@pytest.fixture
def failed(due: Delivery, books: Books) -> Delivery:
    """A flash call that did not arrive, which nobody here knows yet."""
    books.write({due.pk.hex: "undeliverable"})
    return due


@pytest.fixture
def automatic(site: Callable[..., None]) -> None:
    site(AUTO_FALLBACK=True)


def refuse_all(phone_number: str, **about: Any) -> None:
    raise Refused


def break_down(phone_number: str, *, client: Any, **about: Any) -> None:
    client.request.headers["X-Captcha"]


def test_the_next_channel_is_offered_at_once(failed: Delivery, api: Api, books: Books) -> None:
    body = api.status(failed.attempt_id).body
    assert (body["status"], body["channel"]) == ("failed", "flashcall")
    assert (body["next_channel"], body["next_channel_in"], body["resend_in"]) == ("sms", 0, 0)
    assert books.sent == ["flashcall"]
    body = api.fallback(failed.attempt_id).body
    assert (body["status"], body["channel"], body["expires_in"]) == ("pending", "sms", about(300))
    assert books.sent == ["flashcall", "sms"]


def test_who_asks_for_another_channel_need_not_have_asked_for_news(failed: Delivery, api: Api, books: Books) -> None:
    assert api.fallback(failed.attempt_id).status_code == 201
    assert books.sent == ["flashcall", "sms"]
    assert books.asked == {failed.pk.hex: 1}


def test_without_bad_news_it_is_too_soon(due: Delivery, api: Api, books: Books) -> None:
    response = api.fallback(due.attempt_id)
    assert (response.status_code, response.body["error"], response.body["retry_after"]) == (429, "too_soon", 14)
    assert books.sent == ["flashcall"]


def test_its_code_is_no_longer_accepted(failed: Delivery, api: Api) -> None:
    api.status(failed.attempt_id)
    assert api.verify(failed.attempt_id, code="4821").body["error"] == "failed"


def test_it_is_not_sent_by_itself_unless_the_site_says_so(failed: Delivery, books: Books) -> None:
    services.follow(failed.attempt_id)
    assert books.sent == ["flashcall"]


def test_the_next_channel_is_sent_by_itself(automatic: None, failed: Delivery, api: Api, books: Books) -> None:
    body = api.status(failed.attempt_id).body
    assert (body["status"], body["channel"], body["next_channel"]) == ("pending", "sms", None)
    assert books.sent == ["flashcall", "sms"]


def test_a_purpose_may_say_so_for_itself(site: Any, failed: Delivery, books: Books) -> None:
    site(PURPOSES={"signup": {"API": True, "AUTO_FALLBACK": True}})
    services.follow(failed.attempt_id)
    assert books.sent == ["flashcall", "sms"]


@pytest.fixture
def left_behind(failed: Delivery) -> Delivery:
    """The same, when the process that wrote it died before it sent the next channel's code."""
    Delivery.objects.update(status="undeliverable", due_at=None)
    return failed


def test_who_waits_gets_what_a_dead_process_did_not_send(automatic: None, left_behind: Delivery, books: Books) -> None:
    standing = services.follow(left_behind.attempt_id).standing
    assert (standing.state, standing.newest.channel) == ("pending", "sms")
    assert books.sent == ["flashcall", "sms"]
    assert not books.asked
    services.follow(left_behind.attempt_id)
    assert books.sent == ["flashcall", "sms"]


def test_what_a_dead_process_did_not_send_is_sent_only_where_the_site_says_so(
    left_behind: Delivery, books: Books
) -> None:
    assert services.follow(left_behind.attempt_id).standing.state == "failed"
    assert books.sent == ["flashcall"]


def test_what_is_in_the_way_is_met_twice_a_minute_however_often_somebody_asks(
    automatic: None, left_behind: Delivery, sent_signals: list[Any], age: Any
) -> None:
    Limit.objects.filter(scope="phone").update(count=F("maximum"))
    for _ in range(40):
        services.follow(left_behind.attempt_id)
        age(1)
    assert [name for name, _ in sent_signals] == ["limit_hit"] * 2


def test_each_channel_is_tried_once(automatic: None, failed: Delivery, books: Books, age: Any) -> None:
    services.follow(failed.attempt_id)
    books.write({Delivery.objects.get(channel="sms").pk.hex: "undeliverable"})
    age(6)
    standing = services.follow(failed.attempt_id).standing
    assert (standing.state, books.sent) == ("failed", ["flashcall", "sms"])


def test_what_is_sent_by_itself_counts_in_the_limits(automatic: None, failed: Delivery, books: Books) -> None:
    Limit.objects.filter(scope="phone").update(count=F("maximum"))
    standing = services.follow(failed.attempt_id).standing
    assert (standing.state, books.sent) == ("failed", ["flashcall"])


def test_what_is_sent_by_itself_takes_a_use_of_the_limits(automatic: None, failed: Delivery) -> None:
    before = list(Limit.objects.filter(scope="phone").values_list("count", flat=True))
    services.follow(failed.attempt_id)
    assert list(Limit.objects.filter(scope="phone").values_list("count", flat=True)) == [one + 1 for one in before]


@pytest.mark.parametrize("check", [refuse_all, break_down])
def test_a_risk_check_stops_it_and_the_news_are_told_all_the_same(
    automatic: None, failed: Delivery, site: Any, books: Books, check: Any
) -> None:
    site(AUTO_FALLBACK=True, RISK_CHECK=check)
    assert services.follow(failed.attempt_id).standing.state == "failed"
    assert books.sent == ["flashcall"]


@pytest.mark.parametrize("ended", ["verified", "canceled", "exhausted", "expired"])
def test_it_is_sent_only_while_somebody_waits(
    automatic: None, failed: Delivery, books: Books, age: Any, ended: str
) -> None:
    Delivery.objects.update(status="undeliverable", due_at=None)
    changes: dict[str, dict[str, Any]] = {
        "verified": {"status": "verified", "verified_at": F("created_at")},
        "canceled": {"status": "canceled"},
        "exhausted": {"checks": F("max_checks")},
    }
    if ended in changes:
        VerificationAttempt.objects.update(**changes[ended])
    else:
        age(100)
    ticking.tick(seconds=10)
    assert books.sent == ["flashcall"]


def test_a_newer_delivery_is_not_overtaken(automatic: None, failed: Delivery, books: Books, age: Any) -> None:
    age(15)
    services.fall_back(failed.attempt_id, channel="sms")
    ticking.tick(seconds=10)
    assert Delivery.objects.get(channel="flashcall").status == "undeliverable"
    assert ticking.look().fallbacks == 0
    assert books.sent == ["flashcall", "sms"]


def test_a_channel_that_is_refused_is_passed_over(
    failed: Delivery, site: Any, books: Books, settings: Any, tmp_path: Any
) -> None:
    (tmp_path / "flashcall/messages").mkdir(parents=True)
    (tmp_path / "flashcall/messages/pigeon.txt").write_text("{{ code }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    times = {"CODE_LENGTH": {"pigeon": 6}, "TTL": {"pigeon": 300}}
    site({"REFUSES": ["pigeon"]}, AUTO_FALLBACK=True, CHANNELS=["flashcall", "pigeon", "sms"], **times)
    assert services.follow(failed.attempt_id).standing.newest.channel == "sms"
    assert books.sent == ["flashcall", "pigeon", "sms"]


def test_where_every_channel_is_refused_it_is_over(automatic: None, failed: Delivery, site: Any, books: Books) -> None:
    site({"REFUSES": ["sms"]}, AUTO_FALLBACK=True)
    standing = services.follow(failed.attempt_id).standing
    assert (standing.state, [one.status for one in standing.deliveries]) == ("failed", ["undeliverable", "rejected"])


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_sends(automatic: None, failed: Delivery, books: Books) -> None:
    Delivery.objects.update(status="undeliverable", due_at=None)  # so that all of them would
    ticks = [partial(ticking.tick, seconds=30)] * 10
    outcomes = together(ticks)
    assert sum(tick.fallbacks for tick in outcomes) == 1
    assert books.sent == ["flashcall", "sms"]


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_wait_one_gets_what_a_dead_process_did_not_send(
    automatic: None, left_behind: Delivery, books: Books
) -> None:
    calls = [partial(services.follow, left_behind.attempt_id), partial(ticking.tick, seconds=30)]
    together(calls * 10)
    assert books.sent == ["flashcall", "sms"]


@pytest.mark.django_db(transaction=True)
def test_who_asks_for_it_and_who_sends_it_by_itself_are_one(automatic: None, failed: Delivery, books: Books) -> None:
    calls = [partial(services.follow, failed.attempt_id), partial(services.fall_back, failed.attempt_id)]
    together(calls * 5)
    assert books.sent == ["flashcall", "sms"]


def test_nothing_is_read_from_a_replica(
    failed: Delivery,
    automatic: None,
    books: Books,
    replicated: Replicated,  # noqa: F811
) -> None:
    attempt = services.follow(failed.attempt_id)
    assert books.sent == ["flashcall", "sms"]
    assert attempt.created_at <= attempt.standing.newest.created_at  # which are not read with the rest
    assert replicated.read == []
