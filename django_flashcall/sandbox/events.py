"""What a handset got, on both ends of the wire between the sandbox and the site."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: Final[dict[str, str | Promise]] = {
    "flashcall": _("Missed call"),
    "sms": "SMS",
    "viber_otp": "Viber",
    "viber_promo": "Viber",
    "viber_trans": "Viber",
    "viber_carousel": "Viber",
    "viber_survey": "Viber",
    "rcs": "RCS",
    "speechcall": _("Voice message"),
}
"""How a handset calls each message type."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One call that rang, or one message that arrived."""

    type: str
    """SMSBAT's message type: `flashcall`, `sms`, `viber_otp`, ..."""
    sender: str | None = field(repr=False)
    """The number that rings, None where it is withheld; of a message, the sender's name."""
    text: str | None = field(repr=False)
    """None for a call."""
    at: datetime

    @property
    def label(self) -> str | Promise:
        return LABELS.get(self.type, self.type)

    def as_json(self) -> dict[str, str | None]:
        """Return the event as the sandbox and the site publish it."""
        return {"type": self.type, "from": self.sender, "text": self.text, "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Event:
        """Return the event that `as_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(type=data["type"], sender=data["from"], text=data["text"], at=datetime.fromisoformat(data["at"]))
