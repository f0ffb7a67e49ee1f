"""The one clock: the database's, in UTC.

Every time of ours is written by it, and every number of seconds that leaves us is a difference that it computed. No
time from a row is ever compared with Python's clock: two servers, or a server and its database, never agree on it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, DurationField, Expression, ExpressionWrapper, F, Func, IntegerField
from django.db.models.expressions import Combinable, CombinedExpression
from django.db.models.functions import Now

from django_flashcall.models.prepared import Param


class DbNow(Now):
    """The moment at which the database runs the statement, in UTC.

    `Now()` alone will not do on MariaDB: its CURRENT_TIMESTAMP is in the connection's time zone, which Django never
    sets, so that on the night when clocks go back a code of 60 seconds would live for an hour more.
    """

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)", **context)


def in_seconds(seconds: float) -> CombinedExpression:
    """Return the expression for the moment `seconds` from now."""
    return DbNow() + timedelta(seconds=seconds)


def from_now(name: str) -> Expression:
    """Return the expression for the moment that is away from now by the duration of the parameter `name`."""
    return ExpressionWrapper(DbNow() + Param(name, DurationField()), output_field=DateTimeField())


def after(duration: str) -> Expression:
    """Return the expression for the moment that the duration in column `duration` away from now is."""
    return ExpressionWrapper(DbNow() + F(duration), output_field=DateTimeField())


def until(moment: str) -> Expression:
    """Return the expression for the time from now to the moment in column `moment`; negative once it has passed."""
    return _difference(F(moment), DbNow())


def since(moment: str) -> Expression:
    """Return the expression for the time from the moment in column `moment` to now."""
    return _difference(DbNow(), F(moment))


class Whole(Func):
    """See `whole`. The length is part of the text, because a group is known again only by the same text."""

    # Elsewhere than on PostgreSQL a difference of times is a number of microseconds.
    template = "(%(expressions)s) / (%(seconds)d * 1000000)"
    output_field = IntegerField()

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s) DIV (%(seconds)d * 1000000)", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "FLOOR(DATE_PART('epoch', %(expressions)s) / %(seconds)d)::integer"
        return self.as_sql(compiler, connection, template=template, **context)


def whole(duration: Combinable, seconds: int) -> Expression:
    """Return the expression for how often a length of `seconds` goes into a duration that is not negative.

    For figures over time: the databases' own functions that cut a time off at its day need tables of time zones.
    """
    return Whole(ExpressionWrapper(duration, output_field=DurationField()), seconds=seconds)


def _difference(end: Combinable, start: Combinable) -> Expression:
    return ExpressionWrapper(end - start, output_field=DurationField())
