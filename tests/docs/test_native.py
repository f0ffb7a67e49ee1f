"""The vectors that docs/native.md has native apps keep to are what the server does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from django_flashcall import codes
from tests.docs.markdown import ROOT, blocks

PAGE = ROOT / "docs" / "native.md"
VECTORS = json.loads((PAGE.parent / "caller-id-vectors.json").read_text())

Vector = dict[str, Any]
caller_ids = pytest.mark.parametrize("vector", VECTORS["caller_ids"], ids=lambda v: f"{v['why']}, {v['length']}")
typed = pytest.mark.parametrize("vector", VECTORS["typed"], ids=lambda v: v["why"])


@pytest.fixture
def enter(db: None, flashcall: Callable[..., None], phone: str) -> Callable[[Vector, dict[str, str]], Any]:
    """Start an attempt whose code is the vector's digits, enter something, and return the answer."""

    def enter(vector: Vector, body: dict[str, str]) -> Any:
        code = vector["digits"] or "4821"
        flashcall(TEST_NUMBERS={phone: code}, CODE_LENGTH={"flashcall": len(code)})
        client, url = APIClient(), "/api/phone/verifications/"
        started = client.post(url, {"phone_number": phone}, format="json").json()
        answer = client.post(f"{url}{started['id']}/verify/", body, format="json")
        left = client.get(f"{url}{started['id']}/").json()["checks_left"]
        return answer, started["checks_left"] - left

    return enter


@caller_ids
def test_the_digits_of_a_caller_id(vector: Vector) -> None:
    code = codes.tail(vector["caller_id"], vector["length"])
    assert (code and code.digits) == vector["digits"]


@caller_ids
def test_the_api_reads_a_caller_id_so(vector: Vector, enter: Callable[..., Any]) -> None:
    expect(vector, *enter(vector, {"caller_id": vector["caller_id"]}))


@typed
def test_the_digits_of_what_was_typed(vector: Vector) -> None:
    assert codes.tidy(vector["text"]) == vector["digits"]


@typed
def test_the_api_reads_what_was_typed_so(vector: Vector, enter: Callable[..., Any]) -> None:
    expect(vector, *enter(vector, {"code": vector["text"]}))


def expect(vector: Vector, answer: Any, spent: int) -> None:
    """Assert that the right digits were accepted, and that what is malformed was told and spent no check."""
    if vector["digits"] is None:
        assert (answer.status_code, spent) == (400, 0)
        assert "error" not in answer.json()
    else:
        assert answer.json()["status"] == "verified"


def test_the_page_shows_one_of_them() -> None:
    (shown,) = blocks(PAGE, "json")
    assert json.loads(shown.text) in VECTORS["caller_ids"]
