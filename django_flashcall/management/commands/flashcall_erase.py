"""manage.py flashcall_erase: forget a number or a user."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError

from django_flashcall.management import subject
from django_flashcall.management.counts import in_words
from django_flashcall.services import erasing


class Command(BaseCommand):
    help = (
        "Erases all that is held about a phone number, or about a user and the numbers that are his: attempts with "
        "their deliveries, also those of which only a digest of the number is left; what is known of the number, its "
        "owner and a block included; the limits that count the number, the user, and the addresses that the attempts "
        "came from; and what the admin's log has about those attempts and numbers. A verification that is under way "
        "ends. The user's account is not touched. It says how many rows of what it erased, and no number. Killed "
        "half-way, it is run again. " + subject.EXIT_CODES
    )

    def add_arguments(self, parser: CommandParser) -> None:
        subject.add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="say what is held, and erase nothing")
        parser.add_argument("--json", action="store_true", help="say it as one line of JSON")
        parser.add_argument("--no-input", action="store_true", help="do not ask whether it shall be erased")

    def handle(self, *args: Any, **options: Any) -> None:
        whom = subject.read(options)
        asks = sys.stdin.isatty() and not (options["no_input"] or options["dry_run"])
        try:
            if asks:
                self._ask(erasing.look(whom))
            counts = erasing.look(whom) if options["dry_run"] else erasing.erase(whom)
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(f"The database failed: {type(error).__name__}.") from error
        self.stdout.write(
            _as_json(counts, options["dry_run"]) if options["json"] else _as_text(counts, options["dry_run"])
        )
        if not any(counts.values()):
            raise CommandError("Nothing is held.", returncode=subject.NOTHING_FOUND)

    def _ask(self, counts: dict[str, int]) -> None:
        """Ask whether it shall be erased. Raises CommandError where not."""
        if not any(counts.values()):
            return
        self.stderr.write(f"Held: {in_words(counts)}.")
        if input("Erase it? It cannot be undone. [yes/no] ").strip().lower() != "yes":
            raise CommandError("Nothing was erased.")


def _as_json(counts: dict[str, int], dry_run: bool) -> str:
    return json.dumps({"dry_run": dry_run, **counts})


def _as_text(counts: dict[str, int], dry_run: bool) -> str:
    return f"{'Held' if dry_run else 'Erased'}: {in_words(counts)}."
