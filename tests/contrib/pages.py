"""A page of docs/recipes that shows what joins us with another package: its blocks, and the exchanges it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django_flashcall import testing

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "recipes"
EXCHANGE = re.compile(r"^(GET|POST) (\S+)(?: (\{.*\}))?\n([0-9]{3}) (\{.*\})$", re.MULTILINE)


def text(page: str) -> str:
    return (FOLDER / f"{page}.md").read_text()


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```", text(page), re.DOTALL | re.MULTILINE)


def settings_of(block: str) -> dict[str, Any]:
    """Return the settings that a block makes, as one that extends lists leaves them."""
    known: dict[str, Any] = {"INSTALLED_APPS": [], "MIDDLEWARE": []}
    exec(block, known)
    return {name: value for name, value in known.items() if name.isupper() and value}


def replay(client: Any, page: str) -> int:
    """Send the requests that a page shows, hold the answers against those shown, and return how many there were.

    `<id>` and the like stand for what an earlier answer had, `...` for more.
    """
    found = [exchange for block in blocks(page, "http") for exchange in EXCHANGE.findall(block)]
    known: dict[str, str] = {}
    for method, url, body, status, shown in found:
        if "<code>" in body:
            known["code"] = testing.code_of(known["id"])
        sent = json.loads(_filled(body or "{}", known))
        answer = client.generic(method, _filled(url, known), json.dumps(sent), content_type="application/json")
        assert answer.status_code == int(status), (url, answer.content)
        expected = json.loads(shown.replace(", ...}", "}").replace("{...}", "{}"))
        real = answer.json()
        for key, value in expected.items():
            if named := re.fullmatch(r"<(\w+)>", str(value)):
                known[named[1]] = expected[key] = real[key]
        assert {**real, **expected} == real
        assert real.keys() == expected.keys() or "...}" in shown
    return len(found)


def _filled(text: str, known: dict[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda name: known[name[1]], text)
