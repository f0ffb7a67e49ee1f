"""The tests on every supported pair of Python and Django; `make matrix` runs them all."""

import nox

PAIRS = [("3.11", "5.2")] + [(python, django) for python in ("3.12", "3.13") for django in ("5.2", "6.0", "6.1")]
PROJECT = nox.project.load_toml("pyproject.toml")
TOOLS = nox.project.dependency_groups(PROJECT, "test")

nox.options.error_on_missing_interpreters = True


@nox.session
@nox.parametrize(("python", "django"), PAIRS)
def tests(session: nox.Session, django: str) -> None:
    """Run the tests; what follows `--` goes to pytest."""
    session.install(f"Django~={django}.0", "--editable", ".", *TOOLS)
    session.run("pytest", *session.posargs)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """Run the tests on the oldest versions of what the package depends on."""
    oldest = [dependency.replace(">=", "==") for dependency in PROJECT["project"]["dependencies"]]
    session.install("--editable", ".", *TOOLS, *oldest)
    session.run("pytest", *session.posargs)
