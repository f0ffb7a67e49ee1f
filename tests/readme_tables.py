"""The tables of README.md that are made from the code: `python -m tests.readme_tables --write` renews them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- checks:begin -->\n", "<!-- checks:end -->"


def checks() -> str:
    """Return the table of system checks: of the settings, and of the providers' options."""
    from django_flashcall.problems import PROBLEMS
    from django_flashcall.providers.console import CONSOLE_CHECKS
    from django_flashcall.providers.function import FUNCTION_CHECKS
    from django_flashcall.providers.smsbat_checks import SMSBAT_CHECKS

    says = {id: f"{problem.title} {problem.hint}" for id, problem in PROBLEMS.items()}
    says |= SMSBAT_CHECKS | CONSOLE_CHECKS | FUNCTION_CHECKS
    rows = [f"| `{id}` | {_escaped(text)} |\n" for id, text in says.items()]
    return "".join(["| id | what is wrong, and what to do |\n", "|---|---|\n", *rows])


def renewed(readme: str) -> str:
    """Return README.md with the tables as they are now."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{checks()}{END}{after}"


def _escaped(text: str) -> str:
    return text.replace("|", r"\|").replace("<", "&lt;").replace("*", r"\*")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    text = renewed(README.read_text())
    if "--write" in sys.argv[1:]:
        README.write_text(text)
    else:
        sys.stdout.write(checks())
