"""What a row of the table says."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True)
class Defence:
    """What stands between a fault and its harm, and how it is taken away: `old`, which is there once, becomes `new`."""

    file: str
    """Below `django_flashcall`."""
    where: str
    """A function, a class, a method as `Class.method`, or a constant; empty for a file that is not Python."""
    old: str
    new: str
    shown_by: str = ""
    """The one of the row's tests that fails without it, where that is not the first."""
    raises: str = ""
    """The exception by which that test then fails, where it is not by an assertion."""
    database: str = "sqlite"
    """Where it is shown: `sqlite` or `postgresql`."""

    def taken_from(self, source: str) -> str:
        """Return the file's `source` without the defence. Raises ValueError unless `old` is there exactly once."""
        lines = source.splitlines(keepends=True)
        first, last = _lines_of(self.where, source) if self.where else (0, len(lines))
        part = "".join(lines[first:last])
        if part.count(self.old) != 1:
            raise ValueError(f"{self.old!r} is {part.count(self.old)} times in {self.file} {self.where}")
        return "".join([*lines[:first], part.replace(self.old, self.new), *lines[last:]])


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, or that somebody does on purpose."""

    number: int
    what: str
    must: str
    """What has to come of it. Of a message "unknown" means: counted as sent, not sent again by itself, its code stays
    good; "certain": the next channel follows."""
    tests: tuple[str, ...] = ()
    """Those that show it."""
    defence: Defence | None = None
    reason: str = ""
    """Why there is no test, or no defence that could be taken away."""
    touches: str = ""
    """`money`, `secrets` or `data`, which is at stake; such a row has a defence or a reason."""

    @property
    def shown_by(self) -> str:
        """The test that fails without the defence."""
        return (self.defence and self.defence.shown_by) or self.tests[0]


def of(file: str, *names: str) -> tuple[str, ...]:
    """Return the ids of tests of one file, which is named as below `tests`."""
    return tuple(f"tests/{file}::{name}" for name in names)


def _lines_of(where: str, source: str) -> tuple[int, int]:
    """Return where something begins and ends. Raises ValueError where it is not there."""
    found: list[ast.stmt] = [ast.parse(source)]  # type: ignore[list-item]
    for name in where.split("."):
        inside = chain.from_iterable(getattr(node, "body", []) for node in found)
        found = [node for node in inside if name in _names(node)]
    if len(found) != 1:
        raise ValueError(f"{where} is there {len(found)} times")
    return found[0].lineno - 1, found[0].end_lineno or 0


def _names(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()
