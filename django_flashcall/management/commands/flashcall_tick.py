"""manage.py flashcall_tick: what is done now and then."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError

from django_flashcall.services import ticking
from django_flashcall.services.ticking import Tick

SECONDS = 50.0
"""Less than the minute after which cron starts the next one."""


class Command(BaseCommand):
    help = (
        "Asks the providers what became of deliveries, stores as unknown what a process that died has left, sends the "
        "next channel's code where AUTO_FALLBACK says so, and deletes what RETENTION_DAYS no longer keeps. Several may "
        "run at once. It ends with 0, also where time was too short for all of it, and with 1 if the database fails."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what there is to do, and do nothing")
        parser.add_argument("--json", action="store_true", help="say it as one line of JSON")
        parser.add_argument(
            "--seconds", type=float, default=SECONDS, help=f"begin nothing after that time; {SECONDS:g} if left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = ticking.look() if options["dry_run"] else ticking.tick(seconds=options["seconds"])
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(f"The database failed: {type(error).__name__}.") from error
        self.stdout.write(_as_json(done, options["dry_run"]) if options["json"] else _as_text(done, options["dry_run"]))


def _as_json(done: Tick, dry_run: bool) -> str:
    return json.dumps({"dry_run": dry_run, **dataclasses.asdict(done)})


def _as_text(done: Tick, dry_run: bool) -> str:
    counts = dataclasses.asdict(done)
    finished = counts.pop("finished")
    said = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in counts.items())
    if dry_run:
        return f"To do: {said}."
    return f"Done: {said}." + ("" if finished else " There was no time for the rest.")
