"""Reading a request's body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

MAX_BODY: Final = 16 * 1024
"""Bytes. The longest body that means anything here has a proof in it and is under 1 KiB."""


def refuse_long_body(request: Request) -> None:
    """Raise ParseError for a body that says it is longer than MAX_BODY, before anything reads it."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:  # DRF takes such a body for an empty one
        return
    if length > MAX_BODY:
        raise ParseError("JSON parse error - too long")


class StrictJSONParser(JSONParser):
    """JSON in UTF-8 in which no key is twice.

    Content-Type's `charset` means nothing (RFC 8259, 8.1), and to heed it is dangerous, because to Python `zlib` is
    one. Of a key that is there twice, a proxy in front of us may have judged the other value.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            text = stream.read().decode("utf-8")
            return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
        except RecursionError:
            raise ParseError("JSON parse error - too deep") from None
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key is there twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
