"""`python -m tests.recipes.sentry_site`: reads Python that initialises Sentry, lets things go wrong, tells the events.

Written to standard output as JSON: `secrets`, by what they are, and `events`.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from typing import Any

import django
import sentry_sdk
from django.core.management import call_command
from django.test.utils import setup_test_environment
from sentry_sdk.transport import Transport

DSN = "https://key@sentry.invalid/1"


class Kept(Transport):
    """Keeps what would be sent."""

    events: list[Any] = []

    def capture_envelope(self, envelope: Any) -> None:
        told = [item.get_event() or item.get_transaction_event() for item in envelope.items]
        self.events += filter(None, told)  # the others only count


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.recipes.sentry_site.settings"
    django.setup()
    setup_test_environment()
    call_command("migrate", verbosity=0)
    from django_flashcall.testing import offline
    from tests.recipes.sentry_site.accidents import Accidents

    init = partial(sentry_sdk.init, transport=Kept, **json.loads(os.environ.get("SENTRY_OPTIONS", "{}")))
    os.environ["SENTRY_DSN"] = DSN
    with offline():
        sentry_sdk.init = init  # type: ignore[assignment]
        exec(sys.stdin.read(), {"os": os})
        accidents = Accidents()
        accidents.happen()
    sentry_sdk.flush()
    told = {"secrets": accidents.secrets, "statuses": accidents.statuses, "events": Kept.events}
    print(json.dumps(told, default=str, ensure_ascii=False))


if __name__ == "__main__":
    main()
