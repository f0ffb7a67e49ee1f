"""The tables of README.md say what the code says."""

from __future__ import annotations

import pytest

from django_flashcall.problems import PROBLEMS
from tests import readme_tables
from tests.readme_tables import BEGIN, END, README


def test_the_readme_has_the_tables_that_the_code_makes() -> None:
    text = README.read_text()
    assert text.count(BEGIN) == text.count(END) == 1
    assert readme_tables.renewed(text) == text, "run: python -m tests.readme_tables --write"


@pytest.mark.parametrize("id", PROBLEMS)
def test_every_problem_is_in_the_table_with_its_hint(id: str) -> None:
    (row,) = (line for line in readme_tables.checks().splitlines() if line.startswith(f"| `{id}` |"))
    assert readme_tables._escaped(PROBLEMS[id].hint) in row


def test_no_id_is_given_twice() -> None:
    ids = [line.split("`")[1] for line in readme_tables.checks().splitlines()[2:]]
    assert len(ids) == len(set(ids)) > len(PROBLEMS)


def test_only_the_tables_are_renewed() -> None:
    assert (
        readme_tables.renewed(f"before\n{BEGIN}old\n{END}\nafter")
        == f"before\n{BEGIN}{readme_tables.checks()}{END}\nafter"
    )
