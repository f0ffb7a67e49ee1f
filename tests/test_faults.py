"""The table of faults holds: nothing in it has gone from the code or from the tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import django_flashcall
from tests.faults import FAULTS
from tests.faults.row import Defence, Fault

PACKAGE, ROOT = Path(django_flashcall.__file__).parent, Path(__file__).parents[1]
DEFENDED = [fault for fault in FAULTS if fault.defence]

COLLECTOR = """
import sys
import pytest

class Collector:
    def pytest_itemcollected(self, item):  # before anything is deselected, as what is for another database is
        print(item.nodeid)

sys.exit(pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", *sys.argv[1:]], [Collector()]))
"""


def test_each_fault_has_a_row() -> None:
    assert [fault.number for fault in FAULTS] == list(range(1, 165))


def test_a_row_has_a_test_or_a_reason() -> None:
    assert [fault.number for fault in FAULTS if not fault.tests and not fault.reason] == []
    assert [fault.number for fault in FAULTS if not (fault.what.endswith(".") and fault.must.endswith("."))] == []


def test_what_touches_money_secrets_or_data_has_a_defence_or_a_reason() -> None:
    assert {fault.touches for fault in FAULTS} == {"", "money", "secrets", "data"}
    assert [fault.number for fault in FAULTS if fault.touches and not fault.defence and not fault.reason] == []


def test_what_a_reason_calls_missing_is_missing() -> None:
    """Where one of these is there, its rows need tests in place of their reasons."""
    commands = [path.stem for path in (PACKAGE / "management/commands").glob("flashcall_*.py")]
    keeping = ["flashcall_erase", "flashcall_export", "flashcall_purge"]
    assert sorted(commands) == sorted(["flashcall_check", "flashcall_tick", *keeping])


@pytest.mark.parametrize("fault", DEFENDED, ids=lambda fault: str(fault.number))
def test_a_defence_is_where_the_row_says_and_can_be_taken_away(fault: Fault) -> None:
    assert fault.defence and fault.shown_by in fault.tests
    assert fault.defence.database in {"sqlite", "postgresql"}
    source = (PACKAGE / fault.defence.file).read_text()
    without = fault.defence.taken_from(source)
    assert without != source
    if fault.defence.file.endswith(".py"):
        ast.parse(without)


@pytest.mark.parametrize(
    ("where", "old"),
    [("gone", "1"), ("Here.gone", "1"), ("here", "gone"), ("here", "1"), ("Here", "2"), ("twice", "3")],
)
def test_a_defence_that_has_gone_is_missed(where: str, old: str) -> None:
    source = "def here():\n    return 1 + 1\nclass Here:\n    pass\ntwice = 3\ntwice = 3\nelsewhere = 1\n"
    with pytest.raises(ValueError, match=r"times in|is there"):
        Defence("x.py", where, old, "").taken_from(source)


def test_only_the_named_place_changes() -> None:
    source = "a = 1\nclass Here:\n    b = 1\n    def a(self):\n        return 1\nc = 1\n"
    assert Defence("x.py", "Here.a", "1", "2").taken_from(source) == source.replace("return 1", "return 2")
    assert Defence("x.py", "c", "1", "2").taken_from(source) == source.replace("c = 1", "c = 2")


@pytest.mark.slow
def test_every_test_that_is_named_is_there() -> None:
    named = {test for fault in FAULTS for test in fault.tests}
    files = sorted({test.partition("::")[0] for test in named})
    done = subprocess.run([sys.executable, "-c", COLLECTOR, *files], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    collected = done.stdout.splitlines()
    there = {*collected, *(test.partition("[")[0] for test in collected)}
    there |= {test.rpartition("::")[0] for test in collected}
    assert named - there == set()
