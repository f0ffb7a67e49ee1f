"""Events for Sentry without codes, caller IDs, proofs and numbers. It needs nothing of sentry-sdk:

    sentry_sdk.init(dsn=..., before_send=scrubbed, before_send_transaction=scrubbed)

What is certain of an event is what is taken out of it: by the place where it stands, not by what it looks like. Local
variables cannot be told apart so (a form's `repr` quotes what was typed), so an event that is about a verification
has none at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

SECRET: Final = frozenset({"code", "caller_id", "proof", "phone_proof", "phone_number"})
"""Fields of a request whose values are not told."""
REMOVED: Final = "[Filtered]"
OURS: Final = "django_flashcall"

# As `proofs.sign` writes them, and E.164, wherever a text quotes one.
PROOF = re.compile(r"\bWyI[\w-]{40,200}:[\w-]{43}", re.ASCII)
NUMBER = re.compile(r"\+[1-9][0-9]{7,14}\b", re.ASCII)
WEBHOOK = re.compile(r"(/webhooks/[^/\s]+/)[^/\s\"']+")


def scrubbed(event: Any, hint: Any = None) -> Any:
    """Return an event or a transaction, changed in its place, that tells no secret of a verification."""
    about_us = _forget((event.get("request") or {}).get("data"))
    if about_us or any(_is_ours(frame) for frame in _frames(event)):
        for frame in _frames(event):
            frame.pop("vars", None)
    for key in list(event):
        event[key] = _without_secrets(event[key])
    return event


def _forget(body: Any) -> bool:
    """Blank the secret fields of a request's body, however deep, and tell whether it had one."""
    if isinstance(body, list):
        return sum(_forget(item) for item in body) > 0  # all of them, and not until the first
    if not isinstance(body, dict):
        return False
    secret = [name for name in body if name in SECRET]
    body.update(dict.fromkeys(secret, REMOVED))
    return sum(_forget(value) for value in body.values()) + len(secret) > 0


def _frames(event: Any) -> Iterator[dict[str, Any]]:
    """Give each frame of each stack trace that the event has."""
    holders = [event, *_values(event, "exception"), *_values(event, "threads")]
    for holder in holders:
        yield from (holder.get("stacktrace") or {}).get("frames") or ()


def _values(event: Any, name: str) -> list[dict[str, Any]]:
    return list((event.get(name) or {}).get("values") or ())


def _is_ours(frame: dict[str, Any]) -> bool:
    return (frame.get("module") or "").partition(".")[0] == OURS


def _without_secrets(value: Any) -> Any:
    """Return a part of the event with proofs, numbers and the webhooks' secrets taken out of its texts."""
    if isinstance(value, dict):
        return {key: _without_secrets(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(inner) for inner in value]
    if not isinstance(value, str):
        return value
    return WEBHOOK.sub(rf"\1{REMOVED}", NUMBER.sub(REMOVED, PROOF.sub(REMOVED, value)))
