"""Queries that are compiled once.

Django writes the SQL of a query anew each time it is run, which takes ten times as long as our databases take to
answer it. The queries of the hot paths are written with Django's ORM like all others, but with a `Param` where a value
belongs; they are compiled when they are first needed, for each database, and then run with new values.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import Expression, Field, Model, QuerySet, Value
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery, Query, UpdateQuery


class Param(Expression):
    """The place of a value that is known when the query is run. `field` says how the value is written."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    @classmethod
    def of(cls, model: type[Model], name: str) -> Param:
        """Return the place of a value of one of the model's columns, under the column's name."""
        return cls(name, model._meta.get_field(name))  # type: ignore[arg-type]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Constant(Value):
    """A number that stands in the SQL itself, for psycopg reads a statement anew that has more than 50 parameters."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return str(int(self.value)), []


def updating(rows: QuerySet[Any], **changes: Any) -> Query:
    """Return the query of `rows.update(**changes)`."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(changes)
    return query  # type: ignore[no-any-return]


def inserting(
    model: type[Model],
    names: Iterable[str],
    *,
    suffixes: Iterable[object] = ("",),
    on_conflict: OnConflict | None = None,
    **values: Any,
) -> Query:
    """Return the query that inserts a row for each of `suffixes`.

    A row has a Param for each of `names`, under the name with the row's suffix, and `values` in its other columns; a
    value that is a function is given the suffix.
    """
    fields: list[Any] = [model._meta.get_field(name) for name in [*names, *values]]
    query = InsertQuery(model, on_conflict=on_conflict)
    query.insert_values(fields, [_row(model, fields, suffix, values) for suffix in suffixes])
    return query


class Upsert(NamedTuple):
    """Rows to insert, and what is done where one is there already: an update, or nothing where it does not match.

    Django has this only for updates to the values that were to be inserted.
    """

    insert: Query
    update: Query

    def statement(self, using: str) -> tuple[Any, str, tuple[Any, ...]]:
        compiler, insert, values = _statement(self.insert, using)
        _compiler, update, changes = _statement(self.update, using)
        quote, meta = compiler.connection.ops.quote_name, compiler.query.get_meta()
        changing = f"ON CONFLICT ({quote(meta.pk.column)}) DO UPDATE"
        return compiler, f"{insert} {changing}{update.removeprefix(f'UPDATE {quote(meta.db_table)}')}", values + changes


def _statement(query: Query, using: str) -> tuple[Any, str, tuple[Any, ...]]:
    """Return the compiler of a query, its SQL and what belongs into the SQL's places."""
    compiler: Any = query.get_compiler(using)
    statement = compiler.as_sql()
    sql, params = statement[0] if isinstance(statement, list) else statement
    return compiler, sql, tuple(params)


def _row(model: type[Model], fields: Iterable[Any], suffix: object, values: Mapping[str, Any]) -> Model:
    row = model()
    for field in fields:
        value = values.get(field.name) or Param(f"{field.name}{suffix}", field)
        value = value(suffix) if callable(value) else value
        row.__dict__[field.attname] = value  # as an expression, which __set__ refuses
    return row


@dataclass(frozen=True)
class _Compiled:
    sql: str
    params: tuple[tuple[Callable[..., Any] | None, Any], ...]
    """For each how it is written and its name; or None and the value, which the query has itself."""
    converters: Mapping[int, Any]
    compiler: Any


class Prepared:
    """A query that `build` makes; `build` is given the shape, which is whatever changes its SQL besides the values."""

    def __init__(self, build: Callable[..., Query | Upsert]) -> None:
        self._build = build
        self._compiled: dict[Hashable, _Compiled] = {}

    def select(self, using: str, *shape: Hashable, **values: Any) -> list[tuple[Any, ...]]:
        """Run it and return the rows, each value as Django reads it."""
        compiled, cursor = self._execute(using, shape, values)
        with cursor:
            rows = cursor.fetchall()
        if not compiled.converters:
            return list(map(tuple, rows))
        return list(map(tuple, compiled.compiler.apply_converters(rows, compiled.converters)))

    def execute(self, using: str, *shape: Hashable, **values: Any) -> int:
        """Run it and return the number of rows that it changed."""
        _compiled, cursor = self._execute(using, shape, values)
        with cursor:
            return int(cursor.rowcount)

    def _execute(self, using: str, shape: tuple[Hashable, ...], values: Mapping[str, Any]) -> tuple[_Compiled, Any]:
        compiled = self._compiled.get((using, shape)) or self._compile(using, shape)
        connection = connections[using]
        params = [value if write is None else write(values[value], connection) for write, value in compiled.params]
        cursor = connection.cursor()
        cursor.execute(compiled.sql, params)
        return compiled, cursor

    def _compile(self, using: str, shape: tuple[Hashable, ...]) -> _Compiled:
        query = self._build(*shape)
        compiler, sql, params = query.statement(using) if isinstance(query, Upsert) else _statement(query, using)
        selected = [column[0] for column in getattr(compiler, "select", None) or []]
        written = tuple(
            (param.output_field.get_db_prep_value, param.name) if isinstance(param, Param) else (None, param)
            for param in params
        )
        compiled = _Compiled(sql, written, compiler.get_converters(selected), compiler)
        self._compiled[using, shape] = compiled
        return compiled
