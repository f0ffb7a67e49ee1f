"""The tests on every supported pair of Python and Django; `make matrix` runs them all."""

import nox

PAIRS = [("3.11", "5.2")] + [(python, django) for python in ("3.12", "3.13") for django in ("5.2", "6.0", "6.1")]

nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = True


@nox.session
@nox.parametrize(("python", "django"), PAIRS)
def tests(session: nox.Session, django: str) -> None:
    """Run the tests; what follows `--` goes to pytest."""
    group = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "test")
    session.install(f"Django~={django}.0", "--editable", ".", *group)
    session.run("pytest", *session.posargs)
