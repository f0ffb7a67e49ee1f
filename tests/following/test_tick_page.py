"""What docs/tick.md says is so."""

from __future__ import annotations

import configparser
import re
import shlex
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.beat import Scheduler
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging, task_success

from django_flashcall.management.commands import flashcall_tick
from django_flashcall.models import Delivery
from django_flashcall.models.deliveries import FIRST_POLL_SECONDS, LAST_POLL_SECONDS, MOST_POLLS, SCHEDULED_POLLS
from django_flashcall.services import delivering, following, purging, ticking
from tests.following.books import Books

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "tick.md").read_text()
WORDS = " ".join(PAGE.split())
(CRON,) = re.findall(r"^```cron\n(.*?)\n```", PAGE, re.DOTALL | re.MULTILINE)
SERVICE, TIMER = re.findall(r"^```ini\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
TASK, SCHEDULE = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def understood(command: str) -> bool:
    """Tell whether a shell command runs the tick with arguments that it has."""
    program, manage, name, *arguments = shlex.split(command)
    parser = flashcall_tick.Command().create_parser("manage.py", name)
    parser.parse_args(arguments)
    return program.endswith("/python") and (manage, name) == ("manage.py", "flashcall_tick")


def unit(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


def test_the_line_for_cron() -> None:
    fields, command = re.fullmatch(r"((?:\* ){5})cd /srv/site && (.*) >> \S+", CRON).groups()  # type: ignore[union-attr]
    assert fields == "* * * * * "
    assert understood(command)


def test_the_units_of_systemd() -> None:
    service, timer = unit(SERVICE), unit(TIMER)
    assert service["Service"]["Type"] == "oneshot"
    assert understood(service["Service"]["ExecStart"])
    assert timer["Timer"]["OnCalendar"] == "minutely"
    assert timer["Install"]["WantedBy"] == "timers.target"


def leave_alone(**arguments: Any) -> None:
    """Somebody else has set up the log."""


@pytest.fixture
def app() -> Iterator[Celery]:
    """A Celery app with a broker in memory. It leaves the log of this process as it is."""
    app = Celery("site", broker="memory://", set_as_current=True)
    setup_logging.connect(leave_alone)
    yield app
    setup_logging.disconnect(leave_alone)
    app.close()


@pytest.mark.django_db(transaction=True)
def test_the_recipe_for_celery(app: Celery, due: Delivery, books: Books) -> None:
    books.write({due.pk.hex: "delivered"})
    known: dict[str, Any] = {"app": app, "__name__": "site.tasks"}
    exec(TASK + SCHEDULE, known)
    app.finalize()
    beat = Scheduler(app)
    beat.setup_schedule()
    entry = beat.schedule["flashcall_tick"]
    assert entry.schedule.run_every.total_seconds() == 60
    done = threading.Event()
    heard = lambda **_: done.set()  # noqa: E731
    task_success.connect(heard)
    with start_worker(app, pool="solo", perform_ping_check=False):
        beat.apply_entry(entry)
        assert done.wait(30)
    assert Delivery.objects.get().status == "delivered"
    assert books.asked == {due.pk.hex: 1}


@pytest.mark.parametrize(
    "words",
    [
        f"for {following.ASK_SECONDS:.0f} seconds at most".replace("3", "three"),
        f"asked {FIRST_POLL_SECONDS} seconds after".replace("5", "five"),
        f"That is {SCHEDULED_POLLS} times at most.",
        f"to {MOST_POLLS} at most",
        f"{purging.BATCH} rows at a time",
        f"{ticking.MOST:,} deliveries at most",
        f"begins nothing after {flashcall_tick.SECONDS:g} seconds",
    ],
)
def test_the_figures_are_the_codes(words: str) -> None:
    assert words in WORDS
    assert (LAST_POLL_SECONDS, purging.DAY, delivering.LONGEST_TTL) == (86400, 86400, 600)
