"""A client of the API whose every answer is held against the OpenAPI document."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import pytest
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker
from rest_framework.test import APIClient

ROOT = "/api/phone/"

Case = tuple[str, int, str | None]
"""Operation, status and, for a refusal of ours, its error code."""


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI document of our endpoints."""
    ours = [path(ROOT.removeprefix("/"), include("django_flashcall.api.urls"))]
    generated = SchemaGenerator(patterns=ours).get_schema(request=None, public=True)
    return json.loads(json.dumps(generated, default=str))


def about(seconds: int) -> Any:
    """Equals that many seconds and, as the clock goes on while a test runs, one less."""
    return pytest.approx(seconds - 0.5, abs=0.5)


def operations() -> dict[str, dict[str, Any]]:
    """The documented operations by their ids."""
    return {operation["operationId"]: operation for item in document()["paths"].values() for operation in item.values()}


def documented_cases() -> set[Case]:
    """All that is documented: a refusal of ours by its code, all else, DRF's own refusals too, without one."""
    found: set[Case] = set()
    for name, operation in operations().items():
        for status, response in operation["responses"].items():
            schema = response.get("content", {}).get("application/json", {}).get("schema", {})
            shapes = schema.get("anyOf", [schema])
            for shape in shapes:
                codes = shape.get("properties", {}).get("error", {}).get("enum", [None])
                found |= {(name, int(status), code) for code in codes}
    return found


class Api(APIClient):
    """What a client may do, by name. Each answer gets a `case` and a `body`, its JSON."""

    def start(self, phone_number: object, **body: object) -> Any:
        return self.post(f"{ROOT}verifications/", {"phone_number": phone_number, **body}, format="json")

    def status(self, attempt_id: object) -> Any:
        return self.get(f"{ROOT}verifications/{attempt_id}/")

    def cancel(self, attempt_id: object) -> Any:
        return self.delete(f"{ROOT}verifications/{attempt_id}/")

    def verify(self, attempt_id: object, **body: object) -> Any:
        return self.post(f"{ROOT}verifications/{attempt_id}/verify/", body, format="json")

    def fallback(self, attempt_id: object, **body: object) -> Any:
        return self.post(f"{ROOT}verifications/{attempt_id}/fallback/", body, format="json")

    def phones(self) -> Any:
        return self.get(f"{ROOT}phones/")

    def own(self, proof: object) -> Any:
        return self.post(f"{ROOT}phones/", {"proof": proof}, format="json")

    def send(self, where: str, data: bytes, *, content_type: str = "application/json", **extra: Any) -> Any:
        """Post bytes as they are to an address below the API's."""
        return self.generic("POST", ROOT + where, data, content_type=content_type, **extra)

    def request(self, **kwargs: Any) -> Any:
        response = super().request(**kwargs)
        response.body = json.loads(response.content) if response.content else None
        if response.wsgi_request.path_info.startswith(ROOT):
            response.case = checked(response.wsgi_request.method, response.wsgi_request.path_info, response)
        return response


def checked(method: str, url: str, response: Any) -> Case | None:
    """Fail unless the document has such an answer; return which one it is, None to a method that it does not have."""
    (item,) = [item for template, item in document()["paths"].items() if _template(template).fullmatch(url)]
    assert response["Cache-Control"] == "no-store"
    operation = item.get({"HEAD": "get"}.get(method, method.lower()))
    if operation is None:
        assert response.status_code == 405 or (method, response.status_code) == ("OPTIONS", 200), response
        return None
    assert str(response.status_code) in operation["responses"], f"{response.status_code} is not documented"
    answer = operation["responses"][str(response.status_code)]
    assert set(_required_headers(answer)) <= set(response.headers)
    if method == "HEAD":
        return None
    error = _checked_body(answer, response)
    return operation["operationId"], response.status_code, error


def _template(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{[a-z_]+\\}", "[^/]+", re.escape(text)))


def _required_headers(answer: dict[str, Any]) -> list[str]:
    return [name for name, header in answer.get("headers", {}).items() if header.get("required")]


def _checked_body(answer: dict[str, Any], response: Any) -> str | None:
    if "content" not in answer:
        assert response.content == b""
        return None
    (media_type,) = answer["content"]
    assert response["Content-Type"] == media_type
    _validator(json.dumps(answer["content"][media_type]["schema"])).validate(response.body)
    body = response.body if isinstance(response.body, dict) else {}
    if "retry_after" in body or "Retry-After" in response.headers:
        assert "error" not in body or response.headers["Retry-After"] == str(body["retry_after"])
    return body.get("error") if isinstance(body.get("error"), str) else None


@functools.cache
def _validator(schema: str) -> Draft202012Validator:
    """A validator that takes nothing besides what is documented."""
    strict = {"allOf": [json.loads(schema)], "unevaluatedProperties": False, "components": document()["components"]}
    if json.loads(schema).get("type") == "array":
        del strict["unevaluatedProperties"]
    return Draft202012Validator(strict, format_checker=FormatChecker())
