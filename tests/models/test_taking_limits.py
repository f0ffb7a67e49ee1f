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
def limits(beforehand: bool) -> Iterator[LimitQuerySet]:
    with transaction.atomic():  # rows are locked in one
        yield Limit.objects.using(transactions.database())


def take(limits: LimitQuerySet, claims: list[Claim]) -> bool:
    """Take them as a request does that has seen no rows."""
    limits.prepare(claims, UNREAD)
    return limits.take(claims)


def test_the_last_use_is_taken_once(limits: LimitQuerySet) -> None:
    claims = [claim("a", 1)]
    assert take(limits, claims)
    assert not limits.take(claims)
    assert limits.get().count == 1


def test_of_two_limits_the_one_that_is_used_up_decides(limits: LimitQuerySet) -> None:
    claims = [claim("a", 2), claim("b", 1)]
    assert take(limits, claims)
    assert not limits.take(claims)


def test_a_row_that_was_erased_is_opened_again(limits: LimitQuerySet, beforehand: bool) -> None:
    """Or, where rows are added beforehand, nothing is taken."""
    claims = [claim("a", 2), claim("b", 2)]
    assert take(limits, claims)
    assert limits.erase([claims[1].key]) == 1
    assert limits.take(claims) is not beforehand
    assert take(limits, claims[1:])


def test_who_may_exceed_a_limit_is_counted_all_the_same(limits: LimitQuerySet) -> None:
    row = claim("a", 1)
    allowed = [Claim(key=row.key, scope=row.scope, label="", count=1, period=60, allowed=ANY)]
    assert all(take(limits, allowed) for _ in range(3))
    assert limits.get().count == 3
