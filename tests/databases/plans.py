"""What PostgreSQL does to answer our statements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction


@dataclass
class Plans:
    """The plans of the statements that were run, and how many there were."""

    tables: set[str]
    """The tables that are looked at."""
    statements: int = 0
    scanned: list[str] = field(default_factory=list)
    """Statements that went through a table from its beginning."""
    most: dict[str, float] = field(default_factory=dict)
    """For each table the most rows that one statement read."""

    @contextmanager
    def watch(self) -> Iterator[None]:
        with connection.execute_wrapper(self._run):
            yield

    def _run(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"} and any(table in sql for table in self.tables):
            self._explain(sql, params)
        return execute(sql, params, many, context)

    def _explain(self, sql: str, params: Any) -> None:
        """Run a statement for its plan, and undo what it did."""
        self.statements += 1
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
            (found,) = cursor.fetchone()
            transaction.set_rollback(True)
        ((plan),) = json.loads(found) if isinstance(found, str) else found
        read: dict[str, float] = {}
        for node in _nodes(plan["Plan"]):
            table = node.get("Relation Name")
            if table not in self.tables or not node["Actual Loops"]:  # a way that was thought of and not gone
                continue
            if node["Node Type"] == "Seq Scan":
                self.scanned.append(sql)
            read[table] = read.get(table, 0) + _rows(node)
        for table, rows in read.items():
            self.most[table] = max(rows, self.most.get(table, 0))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def _rows(node: dict[str, Any]) -> float:
    """Return the rows that a node fetched, those that it threw away included."""
    fetched = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return float(sum(node.get(name, 0) for name in fetched) * node["Actual Loops"])
