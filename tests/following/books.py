"""A provider with books: what became of each message stands in a file, which all processes read."""

from __future__ import annotations

import hmac
import json
import os
import signal
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django_flashcall.providers import base
from django_flashcall.providers.base import Message, Provider, Report, ReportStatus, Result, Status

CLASS = f"{__name__}.BooksProvider"
SECRET = "s" * 40


class Books:
    """The books of one provider, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: tuple[int, dict[str, Any]] = (0, {})

    def write(self, entries: Mapping[Any, Any]) -> None:
        """Say what becomes of messages, by their provider's ids: a status, or all that a report has."""
        known = {**self.entries(), **{str(key): _entry(value) for key, value in entries.items()}}
        (self.folder / "new").write_text(json.dumps(known))
        (self.folder / "new").replace(self.folder / "books.json")

    def entries(self) -> dict[str, Any]:
        try:
            changed = (self.folder / "books.json").stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if self._read[0] != changed:
            self._read = (changed, json.loads((self.folder / "books.json").read_text()))
        return self._read[1]

    def note(self, what: str, line: str) -> int:
        """Append a line, as several processes can at once, and return the size of the file."""
        with (self.folder / what).open("ab", buffering=0) as file:
            file.write(f"{line}\n".encode())
            return file.tell()

    def noted(self, what: str) -> list[str]:
        path = self.folder / what
        return path.read_text().split() if path.exists() else []

    @property
    def asked(self) -> Counter[str]:
        """How often was asked about which message."""
        return Counter(self.noted("asked"))

    @property
    def sent(self) -> list[str]:
        """The channels of what was sent, oldest first."""
        return [line.partition(":")[0] for line in self.noted("sent")]


def _entry(value: Any) -> dict[str, Any]:
    return {"status": str(value)} if isinstance(value, str) else dict(value)


class BooksProvider(Provider):
    """Takes every message, but on the channels in REFUSES, and answers from the books in FOLDER.

    With DIES, a number of bytes, it ends its process by SIGKILL when the list of what was asked is that long.
    """

    follows = True

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        self.cascades = bool(options.get("CASCADES"))  # type: ignore[misc]
        self.books = Books(Path(options["FOLDER"]))

    def send(self, message: Message, *, deadline: float) -> Result:
        self.books.note("sent", f"{message.channel}:{message.id}")
        if message.channel in self.options.get("REFUSES", []):
            return Result(status=Status.REJECTED, error_code=base.REJECTED)
        return Result(status=Status.ACCEPTED, provider_message_id=message.id)

    def status(self, provider_message_id: str, *, deadline: float) -> Report | None:
        if self.books.note("asked", provider_message_id) >= self.options.get("DIES", float("inf")):
            os.kill(os.getpid(), signal.SIGKILL)
        entry = self.books.entries().get(provider_message_id)
        if entry is None:
            return None
        if entry["status"] == "raises":
            raise RuntimeError("of the provider's own")
        cost, steps = entry.get("cost"), entry.get("steps")
        return Report(
            provider_message_id=entry.get("id", provider_message_id),
            status=ReportStatus(entry["status"]),
            channel=entry.get("channel"),
            cost=None if cost is None else Decimal(cost),
            currency=entry.get("currency", ""),
            steps=None if steps is None else frozenset(steps),
        )

    def accepts(self, secret: str) -> bool:
        return hmac.compare_digest(secret.encode(), SECRET.encode())

    def reported(self, body: bytes) -> str | None:
        try:
            return str(json.loads(body)["messageId"])
        except (ValueError, LookupError, TypeError, RecursionError):
            return None
