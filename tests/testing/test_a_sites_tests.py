"""The tests of a site that uses `django_flashcall.testing` pass, run as the site runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import django_flashcall

PROJECT = Path(__file__).parent / "project"
PACKAGE = Path(django_flashcall.__file__).parents[1]
pytestmark = pytest.mark.slow


def run(*arguments: str) -> str:
    ours = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    environment = {**ours, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": f"{PROJECT}{os.pathsep}{PACKAGE}"}
    command = [sys.executable, "-W", "error", "-m", *arguments]
    finished = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120)
    printed = finished.stdout + finished.stderr
    assert finished.returncode == 0, printed
    return printed


def test_with_pytest() -> None:
    printed = run("pytest", "--quiet", "-p", "no:cacheprovider", "-c", os.devnull, f"--confcutdir={PROJECT}")
    assert re.search(r"\b3[0-9] passed", printed), printed  # those of the TestCase among them


def test_with_djangos_runner() -> None:
    printed = run("django", "test", "test_with_unittest")
    assert "Ran 14 tests" in printed, printed


def test_where_the_app_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    assert True\n")
    printed = run("pytest", "--quiet", "-p", "no:django", "-c", os.devnull, str(tmp_path))
    assert "1 passed" in printed, printed
