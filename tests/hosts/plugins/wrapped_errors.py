"""For a host whose errors have a shape of its own, in which what DRF has to say is wrapped.

The suite's clients unwrap it. What the package itself refuses never passes through the host's handler.
"""

from __future__ import annotations

import json
from typing import Any

from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import exception_handler

ask = APIClient.request


def wrap(error: Exception, context: Any) -> Response | None:
    """The host's EXCEPTION_HANDLER."""
    response = exception_handler(error, context)
    if response is not None:
        response.data = {"status": response.status_code, "wrapped": response.data}
    return response


def request(client: APIClient, **kwargs: Any) -> Any:
    response = ask(client, **kwargs)
    if response.status_code >= 400 and response["Content-Type"] == "application/json":
        body = response.json()
        said = body.get("wrapped", {})
        assert ("error" in body, "error" in said) == ("wrapped" not in body, False)
        response.content = json.dumps(said or body)
    return response


APIClient.request = request
