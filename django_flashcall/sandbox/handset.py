"""The site's end: asks the sandbox what a handset got, and for delivery reports.

Over HTTP, so that the sandbox may be another process.
"""

from __future__ import annotations

import re
from typing import Any, Final

import requests
from django.utils.translation import gettext as _

from django_flashcall.conf import get_config
from django_flashcall.phones import E164
from django_flashcall.sandbox.events import Event
from django_flashcall.sandbox.reports import Kind

ADDRESS = re.compile(r"(http://(?:127\.0\.0\.1|localhost|\[::1\])(?::([0-9]{1,5}))?)/?", re.ASCII)
MOST_RECENT: Final = 10
TIMEOUT: Final = 2
"""Seconds."""


class SandboxDown(Exception):
    """No sandbox answers. The text, which is for the developer, says what to do."""


def events(number: E164) -> list[Event]:
    """Return what a handset got, newest first. Raises SandboxDown."""
    return [Event.from_json(event) for event in _ask(f"handset/{number}.json", "events")]


def recent_numbers() -> list[E164]:
    """Return the numbers of at most 10 handsets that got something, the latest first. Raises SandboxDown."""
    return [E164(number) for number in _ask("handsets.json", "numbers")[:MOST_RECENT]]


def reports(number: E164) -> list[dict[str, Any]] | None:
    """Return the delivery reports of messages to a number, newest first; None where nobody gets any.

    Raises SandboxDown.
    """
    sent = _asked("GET", f"handset/{number}/reports.json", "reports")
    return None if sent is None else list(sent)


def demand_reports(number: E164, kind: Kind) -> None:
    """Have the sandbox send delivery reports of a kind, where it has a message to report of. Raises SandboxDown."""
    _asked("POST", f"handset/{number}/reports", None, json={"kind": kind.value})


def _ask(path: str, key: str) -> list[Any]:
    return list(_asked("GET", path, key) or [])


def _asked(method: str, path: str, key: str | None, **body: Any) -> Any:
    """Return a member of the sandbox's answer, or all of it where no `key` is given."""
    url, port = _address()
    try:
        with requests.Session() as connection:
            connection.trust_env = False  # a proxy that the environment names does not know this machine's ports
            reply = connection.request(method, f"{url}/{path}", timeout=TIMEOUT, allow_redirects=False, **body)
            answer = reply.json()
            return answer if key is None else answer[key]
    except (requests.RequestException, KeyError, TypeError):
        text = _("The sandbox does not answer at %(url)s. Start it with: %(command)s")
        command = f"python -m django_flashcall.sandbox --port {port}"
        raise SandboxDown(text % {"url": url, "command": command}) from None


def _address() -> tuple[str, str]:
    """Return where the first provider that is on this machine listens, and its port."""
    for entry in get_config().providers.values():
        match = ADDRESS.fullmatch(str(entry.get("OPTIONS", {}).get("BASE_URL")))
        if match:
            return match[1], match[2] or "80"
    raise SandboxDown(_("No provider in FLASHCALL has a BASE_URL on this machine, such as http://127.0.0.1:8025."))
