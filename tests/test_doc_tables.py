"""The tables of docs/ say what the code says."""

from __future__ import annotations

import re

import pytest

from django_flashcall import conf, signals
from django_flashcall.problems import PROBLEMS
from tests import doc_tables
from tests.doc_tables import DOCS, PAGES, marks


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_the_tables_that_the_code_makes(name: str) -> None:
    text = (DOCS / name).read_text()
    for make in PAGES[name]:
        assert [text.count(mark) for mark in marks(make)] == [1, 1]
    assert doc_tables.renewed(text, PAGES[name]) == text, "run: python -m tests.doc_tables --write"


@pytest.mark.parametrize("name", PAGES)
def test_every_row_says_something(name: str) -> None:
    rows = re.findall(r"^\| `.*\|$", (DOCS / name).read_text(), re.MULTILINE)
    assert rows
    assert not [row for row in rows if row.endswith("|  |")]


@pytest.mark.parametrize("id", PROBLEMS)
def test_every_problem_is_in_the_table_with_its_hint(id: str) -> None:
    (row,) = (line for line in doc_tables.checks({}).splitlines() if line.startswith(f"| `{id}` |"))
    assert doc_tables._escaped(PROBLEMS[id].hint) in row


def test_no_id_is_given_twice() -> None:
    ids = [line.split("`")[1] for line in doc_tables.checks({}).splitlines()[2:]]
    assert len(ids) == len(set(ids)) > len(PROBLEMS)


def test_every_signal_is_in_the_table() -> None:
    named = set(re.findall(r"^\| `(\w+)`", doc_tables.signals({}), re.MULTILINE))
    assert named == {name for name, value in vars(signals).items() if isinstance(value, signals.Signal)}


def test_only_the_tables_are_renewed_and_what_is_said_stays() -> None:
    begin, end = marks(doc_tables.limits)
    page = f"before\n{begin}| `site` | old | all \\| of it |\n| `gone` | x | y |\n{end}\nafter"
    renewed = doc_tables.renewed(page, [doc_tables.limits])
    assert renewed.startswith(f"before\n{begin}")
    assert renewed.endswith(f"{end}\nafter")
    assert f'| `site` | `"{conf.DEFAULTS["LIMITS"]["site"]}"` | all \\| of it |' in renewed
    assert "gone" not in renewed
