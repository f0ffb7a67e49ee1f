"""The pages under docs/recipes, read for their tests."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "recipes"
SHOWN = re.compile(r"^`([\w/]+\.\w+)`:\n\n```\w+\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXCHANGE = re.compile(r"^(GET|POST) (\S+)(?: (\{.*\}))?\n([0-9]{3}) (\{.*\})$", re.MULTILINE)


class Page:
    """One page."""

    def __init__(self, name: str) -> None:
        self.path = FOLDER / f"{name}.md"
        self.text = self.path.read_text()

    def blocks(self, language: str) -> list[str]:
        """Return the blocks of a language, in their order."""
        return re.findall(rf"^```{language}\n(.*?)^```", self.text, re.DOTALL | re.MULTILINE)

    def shown(self) -> dict[str, str]:
        """Return the blocks that are of a file which the line above names, by its path."""
        return dict(SHOWN.findall(self.text))

    def own(self) -> list[str]:
        """Return the Python that is on the page alone, so that a test has to run it."""
        return [block for block in self.blocks("python") if block not in self.shown().values()]

    def exchanges(self) -> list[Exchange]:
        """Return the requests and answers that the page shows, in their order."""
        return [Exchange(*found) for block in self.blocks("text") for found in EXCHANGE.findall(block)]


class Exchange:
    """A request and its answer. `<id>` and the like stand for what an earlier answer had; `...` for more."""

    def __init__(self, method: str, url: str, body: str, status: str, answer: str) -> None:
        self.method, self.url, self.body, self.status = method, url, body or "{}", int(status)
        self.open = answer.endswith(", ...}")
        self.answer: dict[str, Any] = json.loads(answer.replace(", ...}", "}"))

    def filled(self, text: str, known: dict[str, str]) -> str:
        return re.sub(r"<(\w+)>", lambda found: known[found[1]], text)

    def learn(self, answer: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
        """Remember what the real answer has where a name stands; return the answer as it should be."""
        expected = dict(self.answer)
        for key, shown in self.answer.items():
            if named := re.fullmatch(r"<(\w+)>", str(shown)):
                known[named[1]] = expected[key] = answer[key]
        return {**answer, **expected} if self.open else expected
