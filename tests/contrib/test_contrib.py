"""What joins us with other packages works with their newest releases, in a site of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITES: list[tuple[str, str, int, dict[str, str]]] = [
    ("settings", "otp_device.py", 12, {}),
    ("settings", "two_factor_login.py", 6, {}),
    ("settings", "otp_page.py", 11, {}),
    ("allauth_settings", "allauth_signup.py", 60, {}),
    ("allauth_settings", "allauth_login.py", 50, {}),
    ("allauth_settings", "allauth_page.py", 7, {}),
    ("rest_auth_settings", "rest_auth_page.py", 4, {}),
    ("rest_auth_settings", "rest_auth_signup.py", 30, {}),
    ("rest_auth_settings", "rest_auth_login.py", 30, {}),
    *(
        ("rest_auth_settings", "rest_auth_modes.py", 6, {"REST_AUTH_MODE": mode})
        for mode in ("session", "token", "jwt")
    ),
]
"""Settings, a file of tests that only run under them, how many it has at least, and what the settings read."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("settings", "file", "least", "choice"), SITES)
def test_with_the_real_package(settings: str, file: str, least: int, choice: dict[str, str]) -> None:
    ours = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", f"tests/contrib/{file}"]
    environment = {**ours, **choice, "DJANGO_SETTINGS_MODULE": f"tests.contrib.{settings}"}
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    passed = re.search(r"([0-9]+) passed", finished.stdout)
    assert finished.returncode == 0, finished.stdout[-5000:] + finished.stderr[-5000:]
    assert passed and int(passed[1]) >= least, finished.stdout[-500:]


def test_the_migrations_are_complete() -> None:
    command = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "flashcall_otp"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.contrib.settings"}
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, finished.stdout + finished.stderr
