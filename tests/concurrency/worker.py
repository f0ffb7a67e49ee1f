"""A process of a site with several: `python -m tests.concurrency.worker` does what its parent tells it over pipes."""

from __future__ import annotations

import os
import pickle
import sys
from typing import Any

import django
from django.conf import settings
from django.test.utils import override_settings

from tests.concurrency.together import together


def told(outcome: Any) -> str:
    """Return in a word what a service returned or raised."""
    name = type(outcome).__name__
    return str(outcome.status) if name == "Outcome" else name


def main() -> None:
    """Read the databases, then jobs until there are no more; say when one can begin, and what came of it."""
    parent, answers = sys.stdin.buffer, sys.stdout.buffer
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    settings.DATABASES = pickle.load(parent)
    django.setup()
    while job := pickle.load(parent):
        with override_settings(FLASHCALL=job["flashcall"]):
            calls = pickle.loads(job["calls"])
            answer(answers, "ready")
            pickle.load(parent)
            answer(answers, [told(outcome) for outcome in together(calls)])


def answer(answers: Any, what: Any) -> None:
    pickle.dump(what, answers)
    answers.flush()


if __name__ == "__main__":
    main()
