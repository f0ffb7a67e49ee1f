"""The mixins are combined with Django's own admin, and with that of a theme; each in a site of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
THEMES = ["plain", "unfold"]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("theme", THEMES)
def test_every_page_is_shown_under_a_theme(theme: str) -> None:
    ours = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "tests/themes/every_page.py"]
    environment = {**ours, "DJANGO_SETTINGS_MODULE": f"tests.themes.{theme}"}
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    passed = re.search(r"([0-9]+) passed", finished.stdout)
    assert finished.returncode == 0, finished.stdout[-5000:] + finished.stderr[-5000:]
    assert passed and int(passed[1]) >= 20, finished.stdout[-500:]
