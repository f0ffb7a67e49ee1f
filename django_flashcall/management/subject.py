"""Whom a command is about: a number, which is kept out of the shell's history, or a user."""

from __future__ import annotations

import sys
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser

from django_flashcall.services.holdings import Subject, Unknown

NOTHING_FOUND: Final = 3
"""The exit code where nothing is held. argparse ends with 2 where the arguments are wrong."""
EXIT_CODES: Final = (
    "It ends with 0 when it is done, with 1 after an error, with 2 where the arguments are wrong, and with "
    f"{NOTHING_FOUND} where nothing is held."
)


def add_arguments(parser: CommandParser) -> None:
    """Let the command be told a number or a user."""
    parser.add_argument(
        "number",
        nargs="?",
        help="the phone number; - reads it from standard input, and left out it is asked for. As an argument it stays "
        "in the shell's history and is seen by everybody who may list the machine's processes",
    )
    parser.add_argument("--user", metavar="NAME", help="the user of this name, and all numbers that are his")
    parser.add_argument("--user-id", metavar="ID", help="the user with this primary key, and all numbers that are his")


def read(options: dict[str, Any]) -> Subject:
    """Return whom the arguments name. Raises CommandError, in whose text they are not."""
    given = [name for name in ("number", "user", "user_id") if options[name] is not None]
    if len(given) > 1:
        raise CommandError("Give a number or a user, and one of them.", returncode=2)
    try:
        if options["user"] is not None:
            return Subject.of_user(**{get_user_model().USERNAME_FIELD: options["user"]})
        if options["user_id"] is not None:
            return Subject.of_user(pk=options["user_id"])
        return Subject.of_number(_number(options["number"]))
    except Unknown as error:
        raise CommandError(str(error)) from None


def _number(given: str | None) -> str:
    if given == "-":
        return sys.stdin.readline().strip()
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise CommandError("Give a number or a user; - reads the number from standard input.", returncode=2)
    try:
        return input("Phone number: ").strip()
    except (EOFError, KeyboardInterrupt):
        raise CommandError("No number was given.") from None
