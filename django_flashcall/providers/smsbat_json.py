"""How SMSBAT's JSON is read, whatever it is about.

The documents differ between their pages and from their examples, so that reading is liberal in form. Where two readers
might read differently it is not read at all.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final, NoReturn

TAKEN: Final = {"accepted", "sent", "scheduled", "processing", "delivered", "read"}
REFUSED: Final = {"rejected", "failed", "undeliverable", "permanenterror", "expired", "error"}

MESSAGE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,254}", re.ASCII)


def read_object(body: bytes) -> dict[str, Any] | None:
    """Return the object of a body, or None where there is none, or such as two readers may read differently.

    A bare list, which is how the provider's cascade answers, counts as the list of messages. Numbers with a point are
    Decimal: some of them are money.
    """
    try:
        document = json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=Decimal
        )
    except (ValueError, ArithmeticError, RecursionError):
        return None
    if isinstance(document, list):
        return {"messages": document}
    return document if isinstance(document, dict) else None


def message_id(value: Any) -> str:
    """Return an id as text, and the empty string for one that is not fit to be kept or to stand in an address."""
    given = text(value)
    return given if MESSAGE_ID.fullmatch(given) else ""


def text(value: Any) -> str:
    """Return a string or an integer as text, and all else as the empty string."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def word(value: Any) -> str:
    """Return a status as the documents spell it, and the empty string for what is none."""
    return value.strip().casefold() if isinstance(value, str) else ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("A key is there twice.")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON.")
