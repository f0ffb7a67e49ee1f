"""Reading a request's body."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_BODY = 16 * 1024
"""Bytes. The longest body that means anything here has a proof in it and is under 1 KiB."""


class SmallJSONParser(JSONParser):
    """JSON of at most 16 KiB: a number of ten million digits, or ten thousand brackets, is refused unread."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise ParseError("JSON parse error - too long")
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - too deep") from None
