"""Rows of limits: how they are read, added and taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from django_flashcall.models import Limit
from django_flashcall.models.clock import in_seconds
from django_flashcall.models.limits import ANY, Claim, Reading, Refusal
from django_flashcall.models.phones import Known
from django_flashcall.models.transactions import database

KEY = "0f" * 32
NOBODY = Known(owner_id=None, blocked=False)


def claim(key: str, *, allowed: int = 2, scope: str = "phone") -> Claim:
    return Claim(key=key, scope=scope, label="UA", count=2, period=60, allowed=allowed)


def test_a_count_at_what_is_allowed_refuses_until_its_window_ends() -> None:
    reading = Reading({"a": (2, 0.5), "b": (1, 9.0), "c": (2, 0.0), "d": (2, -1.0)}, NOBODY)
    assert reading.refusal([claim("a")]) == Refusal("phone", 1)
    assert [reading.refusal([claim(key)]) for key in ("b", "c", "d", "unknown")] == [None] * 4


@pytest.mark.parametrize("keys", ["abc", "bca", "cab"])
def test_the_refusal_that_lasts_longest_is_told(keys: str) -> None:
    reading = Reading({"a": (2, 10.2), "b": (9, 30.7), "c": (2, 20.0)}, NOBODY)
    assert reading.refusal([claim(key, scope=key) for key in keys]) == Refusal("b", 31)


def test_any_is_the_largest_number_that_every_database_has_room_for() -> None:
    assert ANY == 2**31 - 1


def take(*uses: Claim) -> bool:
    """Take them as a request does that has seen no rows."""
    limits = Limit.objects.using(database())
    limits.prepare(uses, Reading({}, NOBODY))
    return limits.take(uses)


@pytest.mark.django_db
@pytest.mark.usefixtures("beforehand")
class TestRows:
    def test_a_new_row_is_opened_by_its_first_use(self) -> None:
        assert take(claim(KEY))
        limit = Limit.objects.get()
        assert (limit.key, limit.scope, limit.label, limit.maximum, limit.count) == (KEY, "phone", "UA", 2, 1)
        assert limit.period.total_seconds() == 60
        assert str(limit) == "phone UA 1/2"
        ((count, left),) = Limit.objects.counts([KEY]).values()
        assert count == 1 and 55 < left <= 60

    def test_a_row_that_somebody_else_has_opened_meanwhile_is_used(self) -> None:
        assert take(claim(KEY), claim("1e" * 32))
        assert list(Limit.objects.counts([KEY])) == [KEY]
        assert take(claim(KEY), claim("2d" * 32))
        assert Limit.objects.get(pk=KEY).count == 2
        assert not take(claim(KEY), claim("3c" * 32))

    def test_rows_are_added_where_they_are_not_there(self, django_assert_num_queries: Any, beforehand: bool) -> None:
        limits, claims, reading = Limit.objects.using(database()), [claim(KEY)], Reading({KEY: (1, 5.0)}, NOBODY)
        with django_assert_num_queries(0, connection=connections[limits.db]):
            limits.prepare(claims, reading)
        with django_assert_num_queries(int(beforehand), connection=connections[limits.db]):
            limits.prepare([*claims, claim("1e" * 32)], reading)
        assert limits.take(claims) is not beforehand

    def test_a_row_that_is_added_beforehand_has_no_use_yet(self, beforehand: bool) -> None:
        limits = Limit.objects.using(database())
        limits.prepare([claim(KEY)], Reading({}, NOBODY))
        limits.prepare([claim(KEY)], Reading({}, NOBODY))  # as two requests do at once
        assert [row.count for row in limits] == ([0] if beforehand else [])

    @pytest.mark.parametrize(
        ("scope", "forgiven"),
        [
            *[(scope, True) for scope in ("cooldown", "phone", "owner", "ip", "user", "prefix", "region")],
            *[(scope, False) for scope in ("site", "breaker", "notice")],
        ],
    )
    def test_what_is_forgiven_begins_anew(self, scope: str, forgiven: bool) -> None:
        limits = Limit.objects.using(database())
        assert limits.forgive([KEY]) == []
        assert take(claim(KEY, scope=scope))
        assert limits.forgive([KEY]) == ([scope] if forgiven else [])
        assert Limit.objects.get().count == (0 if forgiven else 1)
        assert limits.forgive([KEY, "1e" * 32]) == []

    def test_the_next_use_after_that_opens_a_window_of_its_own(self) -> None:
        limits = Limit.objects.using(database())
        assert take(claim(KEY))
        Limit.objects.update(ends_at=in_seconds(5))  # of its 60
        assert limits.forgive([KEY]) and limits.take([claim(KEY)])
        ((count, left),) = limits.counts([KEY]).values()
        assert count == 1 and 55 < left <= 60

    @pytest.mark.parametrize("state", [{"count": 0}, {"ends_at": in_seconds(-1)}])
    def test_what_has_no_uses_is_not_forgiven(self, state: dict[str, Any]) -> None:
        assert take(claim(KEY))
        Limit.objects.update(**state)
        assert Limit.objects.using(database()).forgive([KEY]) == []

    def test_the_rates_of_some_scopes(self) -> None:
        assert take(claim(KEY), claim("1e" * 32, scope="ip"))
        assert Limit.objects.rates(["ip"]) == {("ip", 2, timedelta(seconds=60))}

    def test_no_claims_are_taken_without_a_row(self) -> None:
        assert Limit.objects.using(database()).take([])
