"""The tests on every supported pair of Python and Django; `make matrix` runs them all."""

import fcntl
import os
import tempfile
from pathlib import Path

import nox

PAIRS = [("3.11", "5.2")] + [(python, django) for python in ("3.12", "3.13") for django in ("5.2", "6.0", "6.1")]
PROJECT = nox.project.load_toml("pyproject.toml")
TOOLS = nox.project.dependency_groups(PROJECT, "test")

nox.options.error_on_missing_interpreters = True
nox.options.default_venv_backend = "uv"  # seven environments, of nearly the same packages
os.environ["UV_SYSTEM_CERTS"] = "1"  # as pip does
os.environ["UV_PYTHON_DOWNLOADS"] = "never"  # an interpreter that is missing is an error


@nox.session
@nox.parametrize(("python", "django"), PAIRS)
def tests(session: nox.Session, django: str) -> None:
    """Run the tests; what follows `--` goes to pytest."""
    _install(session, f"Django~={django}.0")
    session.run("pytest", *session.posargs)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """Run the tests on the oldest versions of what the package depends on."""
    oldest = [dependency.replace(">=", "==") for dependency in PROJECT["project"]["dependencies"]]
    _install(session, *oldest)
    session.run("pytest", *session.posargs)


def _install(session: nox.Session, *versions: str) -> None:
    # One after another, where several run: each writes the project's egg-info.
    with (Path(tempfile.gettempdir()) / "flashcall-matrix.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        session.install("--editable", ".", *TOOLS, *versions)
