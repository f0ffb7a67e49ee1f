"""What `make` says on a machine where it cannot make a virtual environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def make(checkout: Path, python: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "test", f"PYTHON={python}"]
    plain = {"PATH": os.environ["PATH"], "HOME": str(checkout)}
    return subprocess.run(command, cwd=checkout, env=plain | environment, capture_output=True, text=True)


def test_a_python_that_is_not_there_is_named(checkout: Path) -> None:
    refused = make(checkout, "python-of-nowhere")
    assert refused.returncode != 0
    assert "There is no python-of-nowhere here. Install Python 3.11 or newer" in refused.stderr


def test_a_python_that_is_too_old_is_refused(checkout: Path) -> None:
    (checkout / "sitecustomize.py").write_text("import sys; sys.version_info = (3, 10, 13)")
    refused = make(checkout, sys.executable, PYTHONPATH=str(checkout))
    assert refused.returncode != 0
    assert f"Python 3.11 or newer is needed; {sys.executable} is older." in refused.stderr


def test_a_missing_venv_module_is_named_as_the_package_that_has_it(checkout: Path) -> None:
    (checkout / "ensurepip.py").write_text("raise ModuleNotFoundError('ensurepip')")
    refused = make(checkout, sys.executable, PYTHONPATH=str(checkout))
    assert refused.returncode != 0
    assert "install the package python{}.{}-venv.".format(*sys.version_info) in refused.stderr
    assert not (checkout / ".venv-test").exists()
