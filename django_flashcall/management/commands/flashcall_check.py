"""manage.py flashcall_check: does verification work here?"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from django_flashcall import conf, phones
from django_flashcall.checks import TAG
from django_flashcall.conf import get_config
from django_flashcall.exceptions import ConfigurationError, FlashcallError
from django_flashcall.management.dialogue import Dialogue
from django_flashcall.providers import get_provider


class Command(BaseCommand):
    help = (
        "Checks the settings of phone verification, shows those in force, and connects to the providers. With --to it "
        "verifies one number, by a real call, and tells how the provider rings."
    )
    requires_system_checks = []  # it runs its own

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="NUMBER", help="verify this number here and now")
        parser.add_argument("--purpose", help="the purpose to verify it for; the first of PURPOSES if left out")
        parser.add_argument("--channel", help="the channel to begin with; the purpose's first if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["to"] and (options["purpose"] or options["channel"]):
            raise CommandError("--purpose and --channel say how to verify a number: give it with --to.")
        self.check(tags=[TAG], display_num_errors=True)
        self._show_settings()
        self._probe()
        if options["to"]:
            self._verify(options["to"], options["purpose"], options["channel"])

    def _show_settings(self) -> None:
        self.stdout.write("FLASHCALL, with its defaults:")
        for key, value in conf.merged(settings.FLASHCALL).items():
            self.stdout.write(f"  {key}: {SHOWN.get(key, repr)(value)}")

    def _probe(self) -> None:
        """Connect to every provider that a channel uses. Raises CommandError where one is out of reach."""
        config = get_config()
        channels = {channel for purpose in config.purposes.values() for channel in purpose.channels}
        obstacles = []
        for alias in sorted({config.provider_alias(channel) for channel in channels}):
            obstacle = get_provider(alias).probe(deadline=config.request_deadline)
            self.stdout.write(f"Provider {alias!r}: {'cannot be reached' if obstacle else 'nothing is in the way'}.")
            if obstacle:
                obstacles.append(f"{alias}: {obstacle}")
        if obstacles:
            raise CommandError("\n".join(obstacles))

    def _verify(self, phone_number: str, purpose: str | None, channel: str | None) -> None:
        config = get_config()
        try:
            rules = config.purpose(purpose or next(iter(config.purposes)))
            if phones.parse(phone_number, config.default_region()).number in rules.test_numbers:
                raise CommandError("This is one of TEST_NUMBERS: nobody would be called.")
            Dialogue(self.stdout, rules).run(phone_number, channel)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except (FlashcallError, ConfigurationError) as error:
            raise CommandError(str(error)) from None


def _providers(value: dict[str, dict[str, Any]]) -> str:
    """Return the providers without the values of their options, which may be secret."""
    return "; ".join(
        f"{alias}: {entry['CLASS']} (options: {', '.join(entry.get('OPTIONS', {})) or 'none'})"
        for alias, entry in value.items()
    )


def _purposes(value: dict[str, dict[str, Any]]) -> str:
    """Return the purposes without the numbers that they list."""
    return repr({name: entry | _counted(entry) for name, entry in value.items()})


def _counted(entry: dict[str, Any]) -> dict[str, int]:
    return {key: len(entry[key]) for key in ("TEST_NUMBERS",) if key in entry}


SHOWN = {"PROVIDERS": _providers, "PURPOSES": _purposes, "TEST_NUMBERS": len}
"""How settings are shown that have secrets or numbers in them."""
