"""What is built: the sdist, the wheel, and an environment that has only the wheel. Each is made once in a run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PLANTED = [
    "templates/flashcall/planted/page.html",
    "templates/flashcall/planted/message.txt",
    "static/flashcall/planted/page.js",
    "locale/xx/LC_MESSAGES/django.mo",
]
"""One file of each kind, so that the rules are proved for files that are still to come."""


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git would keep, with the planted files."""
    ignored = [Path(pattern).name for pattern in (ROOT / ".gitignore").read_text().split()]
    copy = tmp_path_factory.mktemp("source") / "django-flashcall"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", *ignored))
    for name in PLANTED:
        planted = copy / "django_flashcall" / name
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.touch()
    return copy


@pytest.fixture(scope="session")
def dist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, source)
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment into which nothing but the wheel was installed."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", environment)
    run(environment / "bin" / "python", "-m", "pip", "install", "--quiet", wheel)
    run(environment / "bin" / "python", "-m", "pip", "check")
    return environment


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command that has to end well, and return what it printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
