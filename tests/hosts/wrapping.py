"""A host's own words for what is refused."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def wrapped(error: Exception, context: Any) -> Response | None:
    response = exception_handler(error, context)
    if response is not None:
        response.data = {"errors": {"status": response.status_code, "data": response.data}}
    return response
