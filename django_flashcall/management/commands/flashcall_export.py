"""manage.py flashcall_export: show what is held about a number or a user."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, InterfaceError

from django_flashcall.management import subject
from django_flashcall.management.counts import in_words
from django_flashcall.services import erasing, exporting


class Command(BaseCommand):
    help = (
        "Writes all that is held about a phone number, or about a user and the numbers that are his, as JSON: attempts "
        "with their deliveries, what is known of the numbers, the limits that count them, and what the admin's log has "
        "about them. Numbers and addresses are whole, codes and digests are not in it. Somebody else may have entered "
        "the number: read it before you hand it out, and write it where only you can read (umask 077). "
        + subject.EXIT_CODES
    )

    def add_arguments(self, parser: CommandParser) -> None:
        subject.add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="say how much is held, and do not show it")
        parser.add_argument("--json", action="store_true", help="write it, or say it, in one line")

    def handle(self, *args: Any, **options: Any) -> None:
        whom = subject.read(options)
        try:
            held: dict[str, Any] = erasing.look(whom) if options["dry_run"] else exporting.export(whom)
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(f"The database failed: {type(error).__name__}.") from error
        if options["dry_run"] and not options["json"]:
            self.stdout.write(f"Held: {in_words(held)}.")
        else:
            dry_run = {"dry_run": True} if options["dry_run"] else {}
            indent = None if options["json"] else 2
            self.stdout.write(json.dumps({**dry_run, **held}, cls=DjangoJSONEncoder, indent=indent))
        if not any(held.values()):
            raise CommandError("Nothing is held.", returncode=subject.NOTHING_FOUND)
