"""Endings that come too often, of which the site is told."""

import logging
from collections import Counter
from dataclasses import replace

import pytest

from django_flashcall.codes import Code
from django_flashcall.providers.base import Status
from django_flashcall.providers.tails import LAST, TOO_OFTEN, Tails
from tests.providers.server import PATIENCE, accepted

POOL = [f"+38044{number}" for number in range(1000000, 1003000)]


def codes(size):
    """Codes in turn, each as often as another."""
    return [Code(f"{n % size:04}") for n in range(10 * LAST)]


def test_one_ending_of_a_few_is_told_each_time_it_has_come_too_often():
    tails = Tails()
    told = [tails.too_often(Code("4821")) for _ in range(3 * TOO_OFTEN)]
    assert [n + 1 for n, often in enumerate(told) if often] == [TOO_OFTEN, 2 * TOO_OFTEN, 3 * TOO_OFTEN]


@pytest.mark.parametrize(("size", "often"), [(40, True), (100, False), (300, False), (3000, False)])
def test_a_pool_is_told_by_how_often_its_endings_come(size, often):
    tails = Tails()
    told = [tails.too_often(code) for code in codes(size)]
    assert any(told) is often


def test_what_is_long_ago_does_not_count():
    tails = Tails()
    for _ in range(3):
        assert not any(tails.too_often(Code("4821")) for _ in range(TOO_OFTEN - 1))
        assert not any(tails.too_often(code) for code in codes(3000)[:LAST] if code.digits != "4821")
    assert len(tails._counts) <= len(tails._last) == LAST


def test_no_digits_are_shown():
    tails = Tails()
    tails.too_often(Code("4821"))
    assert "4821" not in f"{tails!r} {vars(tails)!r}"


@pytest.fixture
def reports(caplog):
    """The lines that tell of an ending."""
    return lambda: [record for record in caplog.records if "one and the same ending" in record.getMessage()]


@pytest.mark.parametrize("status", ["accepted", "nonsense"])
def test_a_provider_that_always_rings_from_one_number_is_told(smsbat, provider_of, drawn_flash_call, reports, status):
    provider = provider_of(CALLER_IDS=POOL, TRUST_REPLY_CALLER_ID=True)
    for number in range(TOO_OFTEN):
        assert not reports()
        smsbat.answers(accepted(callerId="+380441482175", status=status))
        asked_for = f"38044148217{number % 10 if status == 'accepted' else 5}"
        message = replace(drawn_flash_call, caller_id=f"+{asked_for}", code=Code(asked_for[-6:]))
        result = provider.send(message, deadline=PATIENCE)
        assert result.status is (Status.ACCEPTED if status == "accepted" else Status.UNKNOWN)
    (report,) = reports()
    assert report.levelno == logging.ERROR


@pytest.mark.parametrize("answer", [accepted(status="rejected"), {"error": "INVALID_PHONE"}])
def test_a_call_that_was_not_placed_does_not_count(smsbat, provider_of, drawn_flash_call, reports, answer):
    provider = provider_of(CALLER_IDS=POOL)
    for _ in range(2 * TOO_OFTEN):
        smsbat.answers(answer)
        assert provider.send(drawn_flash_call, deadline=PATIENCE).status is Status.REJECTED
    assert not reports()


def test_codes_of_ours_are_not_looked_at(smsbat, provider, flash_call, sms, reports):
    for message in [flash_call, sms] * TOO_OFTEN:
        smsbat.answers(accepted())
        assert provider.send(message, deadline=PATIENCE).status is Status.ACCEPTED
    assert not reports()


def test_every_ending_is_drawn_as_often_as_another(provider_of):
    alike = [f"38044{number}4821" for number in range(100, 190)]
    provider = provider_of(CALLER_IDS=[*alike, *(f"3804411{number}" for number in range(10000, 10009))])
    drawn = Counter(provider.draw("flashcall", 4).code.digits for _ in range(1000))
    assert len(drawn) == 10
    assert max(drawn.values()) < 200
    callers = {provider.draw("flashcall", 4).caller_id for _ in range(1000)}
    assert len(callers) > 50, "each number is used"
