"""JSON objects, read field by field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

INVALID: Final = "INVALID_REQUEST"


class BadRequest(Exception):
    """A request is not as documented."""

    def __init__(self, message: str, *, code: str = INVALID, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        """Names the field, never its value."""
        self.code = code
        self.status = status


class Fields:
    """An object of a request, `where` in its body. Every reader raises BadRequest for what is not as documented.

    `known` are the fields that it may have, None for any.
    """

    def __init__(self, value: object, where: str, *, known: Iterable[str] | None) -> None:
        if not isinstance(value, dict):
            raise BadRequest(f"{where} must be an object.")
        if known is not None and not value.keys() <= set(known):
            raise BadRequest(f"{where} has other fields than {', '.join(known)}.")
        self.where = where
        self._value = value

    def __contains__(self, name: str) -> bool:
        return name in self._value

    def get(self, name: str) -> object:
        """Return a field as it is, None where it is missing."""
        return self._value.get(name)

    def text(self, name: str, pattern: re.Pattern[str], *, code: str = INVALID) -> str:
        """Return a text that matches `pattern` from end to end."""
        value = self.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise BadRequest(f"{self.where}.{name} is missing or malformed.", code=code)
        return value

    def whole_number(self, name: str, *, most: int) -> int:
        """Return an integer from 1 to `most`."""
        value = self.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise BadRequest(f"{self.where}.{name} must be an integer from 1 to {most}.")
        return value

    def items(self, name: str, *, most: int) -> list[tuple[object, str]]:
        """Return the members of a list of 1 to `most`, each with its place in the body."""
        value = self.get(name)
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise BadRequest(f"{self.where}.{name} must be a list of 1 to {most}.")
        return [(item, f"{self.where}.{name}[{n}]") for n, item in enumerate(value)]

    def fields(self, name: str, *, known: Iterable[str] | None) -> Fields:
        """Return an object within this one."""
        return Fields(self.get(name), f"{self.where}.{name}", known=known)
