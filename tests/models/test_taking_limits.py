"""Uses of limits, as they are taken: what was read before counts for nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from django_flashcall.models import Limit, transactions
from django_flashcall.models.limits import ANY, Claim, LimitQuerySet, Reading
from django_flashcall.models.phones import Known

pytestmark = pytest.mark.django_db(transaction=True)

UNREAD = Reading({}, Known(None, False))


def claim(key: str, allowed: int) -> Claim:
    return Claim(key=key * 64, scope="phone", label="", count=allowed, period=60, allowed=allowed)


@pytest.fixture
def limits() -> Iterator[LimitQuerySet]:
    with transaction.atomic():  # rows are locked in one
        yield Limit.objects.using(transactions.database())


def test_the_last_use_is_taken_once(limits: LimitQuerySet) -> None:
    claims = [claim("a", 1)]
    assert limits.take(claims, limits.prepare(claims, UNREAD))
    assert not limits.take(claims)
    assert limits.get().count == 1


def test_of_two_limits_the_one_that_is_used_up_decides(limits: LimitQuerySet) -> None:
    claims = [claim("a", 2), claim("b", 1)]
    assert limits.take(claims, limits.prepare(claims, UNREAD))
    assert not limits.take(claims)


def test_where_a_row_was_erased_nothing_is_taken(limits: LimitQuerySet) -> None:
    claims = [claim("a", 2), claim("b", 2)]
    assert limits.take(claims, limits.prepare(claims, UNREAD))
    assert limits.erase([claims[1].key]) == 1
    assert not limits.take(claims)


def test_who_may_exceed_a_limit_is_counted_all_the_same(limits: LimitQuerySet) -> None:
    row = claim("a", 1)
    allowed = [Claim(key=row.key, scope=row.scope, label="", count=1, period=60, allowed=ANY)]
    assert limits.take(allowed, limits.prepare(allowed, UNREAD))
    assert all(limits.take(allowed) for _ in range(2))
    assert limits.get().count == 3
