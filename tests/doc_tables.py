"""The tables of docs/ that are made from the code: `python -m tests.doc_tables --write` renews them.

Some are the code's altogether. In the others the last column is a text that is written on the page; everything before
it is the code's, and so is which rows there are.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import django

DOCS = Path(__file__).resolve().parent.parent / "docs"


def checks(said: Mapping[str, str]) -> str:
    """Return the table of system checks: of the settings, and of the providers' options."""
    from django_flashcall.problems import PROBLEMS
    from django_flashcall.providers.console import CONSOLE_CHECKS
    from django_flashcall.providers.function import FUNCTION_CHECKS
    from django_flashcall.providers.smsbat_checks import SMSBAT_CHECKS

    says = {id: f"{problem.title} {problem.hint}" for id, problem in PROBLEMS.items()}
    says |= SMSBAT_CHECKS | CONSOLE_CHECKS | FUNCTION_CHECKS
    return _table(["id", "what is wrong, and what to do"], ([_code(id), _escaped(text)] for id, text in says.items()))


def settings(said: Mapping[str, str]) -> str:
    """Return the table of the keys of FLASHCALL, but for those that have tables of their own."""
    from django_flashcall.conf import DEFAULTS, PURPOSE_OVERRIDES

    rows = (
        [_code(key), _shown(value, dict), "yes" if key in PURPOSE_OVERRIDES else "", said.get(key, "")]
        for key, value in DEFAULTS.items()
    )
    return _table(["key", "default", "per purpose", "is"], rows)


def limits(said: Mapping[str, str]) -> str:
    """Return the table of LIMITS."""
    from django_flashcall.conf import DEFAULTS

    rows = ([_code(scope), _code(f'"{rates}"'), said.get(scope, "")] for scope, rates in DEFAULTS["LIMITS"].items())
    return _table(["scope", "default", "counts"], rows)


def purposes(said: Mapping[str, str]) -> str:
    """Return the table of the purposes that are there by default, with their flags."""
    from django_flashcall import conf

    rows = (
        [
            _code(name),
            ", ".join(flag for flag in FLAGS if getattr(purpose, flag.strip("`").lower())),
            said.get(name, ""),
        ]
        for name, purpose in conf.read({}).purposes.items()
    )
    return _table(["purpose", "flags", "for"], rows)


FLAGS = ["`API`", "`OWNS`", "`SIGNED_IN`", "`CHANNEL_CHOICE`"]


def flags(said: Mapping[str, str]) -> str:
    """Return the table of the flags of a purpose."""
    return _table(["flag", "is"], ([flag, said.get(flag.strip("`"), "")] for flag in FLAGS))


def smsbat(said: Mapping[str, str]) -> str:
    """Return the table of SMSBAT's OPTIONS."""
    from django_flashcall.providers.smsbat_checks import DEFAULTS

    return _table(
        ["option", "default", "is"], ([_code(key), _shown(value), said.get(key, "")] for key, value in DEFAULTS.items())
    )


def errors(said: Mapping[str, str]) -> str:
    """Return the table of the API's error codes."""
    from django_flashcall.refusals import DETAIL, STATUS

    rows = (
        [_code(code), str(status), _escaped(str(DETAIL[code])), said.get(code, "")]
        for code, status in sorted(STATUS.items(), key=lambda item: item[1])
    )
    return _table(["error", "status", "detail", "when, and what a client does"], rows)


def outcomes(said: Mapping[str, str]) -> str:
    """Return the table of what `services.verify` returns."""
    from django_flashcall.services import OutcomeStatus

    return _table(["status", "is"], ([_code(status.value), said.get(status.value, "")] for status in OutcomeStatus))


def delivery_errors(said: Mapping[str, str]) -> str:
    """Return the table of the error codes of deliveries."""
    from django_flashcall.providers.base import ERROR_CODES

    return _table(["error code", "means"], ([_code(code), _escaped(text)] for code, text in ERROR_CODES.items()))


def signals(said: Mapping[str, str]) -> str:
    """Return the table of signals, from what is written beside each."""
    from django_flashcall import signals as module

    rows = []
    for name, text in _documented(module):
        when, _, arguments = " ".join(text.split()).partition("Arguments: ")
        rows.append([_code(name), _escaped(when.strip()), arguments.rstrip(".")])
    return _table(["signal", "is sent when", "arguments"], rows)


def fixtures(said: Mapping[str, str]) -> str:
    """Return the table of pytest's fixtures."""
    from django_flashcall import pytest_plugin

    tree = ast.parse(inspect.getsource(pytest_plugin))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    rows = ([_code(node.name), " ".join((ast.get_docstring(node) or "").split())] for node in functions)
    return _table(["fixture", "is"], rows)


PAGES: Mapping[str, Sequence[Callable[[Mapping[str, str]], str]]] = {
    "reference/settings.md": [settings, flags, purposes, limits, smsbat],
    "reference/errors.md": [errors, outcomes, delivery_errors],
    "reference/checks.md": [checks],
    "reference/signals.md": [signals],
    "reference/testing.md": [fixtures],
}
"""Each page, with the tables that are on it."""


def marks(make: Callable[[Mapping[str, str]], str]) -> tuple[str, str]:
    """Return the lines between which a table is."""
    return f"<!-- {make.__name__}:begin -->\n", f"<!-- {make.__name__}:end -->"


def renewed(page: str, tables: Iterable[Callable[[Mapping[str, str]], str]]) -> str:
    """Return a page with its tables as they are now. What is said in their last columns stays."""
    for make in tables:
        begin, end = marks(make)
        before, _, rest = page.partition(begin)
        old, _, after = rest.partition(end)
        page = f"{before}{begin}{make(dict(_rows(old)))}{end}{after}"
    return page


def _rows(table: str) -> Iterable[tuple[str, str]]:
    """Return the name and the last column of each row."""
    for line in table.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if cells[0].startswith("`"):
            yield cells[0].strip("`"), cells[-1]


def _documented(module: Any) -> Iterable[tuple[str, str]]:
    """Return the names of a module that have a text below them, with it."""
    body = ast.parse(inspect.getsource(module)).body
    for node, below in itertools.pairwise(body):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(below, ast.Expr):
            yield node.targets[0].id, ast.literal_eval(below.value)


def _shown(value: Any, elsewhere: type | None = None) -> str:
    """Return a default as it is written in settings; one that is long has a table or a section of its own."""
    shown = repr(value).replace("'", '"')
    return "below" if elsewhere and isinstance(value, elsewhere) and len(shown) > 100 else _code(shown)


def _code(text: str) -> str:
    return f"`{text}`"


def _escaped(text: str) -> str:
    return text.replace("|", r"\|").replace("<", "&lt;").replace("*", r"\*")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    for name, tables in PAGES.items():
        text = renewed((DOCS / name).read_text(), tables)
        if "--write" in sys.argv[1:]:
            (DOCS / name).write_text(text)
        else:
            sys.stdout.write(text)
