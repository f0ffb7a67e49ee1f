"""manage.py flashcall_purge: keep nothing longer than it is needed."""

from __future__ import annotations

import json
import math
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError

from django_flashcall.management.counts import in_words
from django_flashcall.management.progress import Progress
from django_flashcall.services import purging


class Command(BaseCommand):
    help = (
        "Forgets what is older than it has to be: of attempts the address and the browser after "
        f"{purging.ADDRESS_DAYS} days, the number after RETENTION_DAYS but for its digest, region and last two "
        "digits, and all of them after "
        "HISTORY_DAYS; limits a day after they ended; numbers that nobody owns and nobody blocks. flashcall_tick does "
        "the same now and then: run this one before a first tick on a large table, or instead of it, once a day. It "
        f"changes {purging.BATCH} rows at a time and rests as long as that took, so that a site goes on serving. It "
        "may be killed and run again, and several may run at once. It ends with 0, also where time was too short for "
        "all of it, with 1 if the database fails, and with 2 where the arguments are wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what there is to forget, and forget nothing")
        parser.add_argument("--json", action="store_true", help="say it as one line of JSON")
        parser.add_argument(
            "--seconds", type=float, default=math.inf, help="begin nothing after that time; all of it if left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts, finished = (purging.look(), True) if options["dry_run"] else self._purge(options)
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(f"The database failed: {type(error).__name__}.") from error
        if options["json"]:
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], **counts, "finished": finished}))
            return
        said = f"{'To forget' if options['dry_run'] else 'Forgotten'}: {in_words(counts)}."
        self.stdout.write(said + ("" if finished else " There was no time for the rest."))

    def _purge(self, options: dict[str, Any]) -> tuple[dict[str, int], bool]:
        """Purge as long as there is time; return what was done, and whether that was all."""
        ends: float = time.monotonic() + options["seconds"]
        in_time = True

        def more() -> bool:
            nonlocal in_time
            in_time = time.monotonic() < ends
            return in_time

        watched = self.stdout.isatty() and not options["json"]
        if not watched:
            return purging.purge(whole=True, more=more), in_time
        progress = Progress(self.stdout, purging.look())
        counts = purging.purge(whole=True, more=more, told=progress.add)
        progress.end()
        return counts, in_time
