"""README.md and docs/ as text: their blocks of code, headings and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"
RECIPES = ROOT / "docs" / "recipes"
PAGES = [README, ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
OURS = [page for page in PAGES if page.parent != RECIPES or page.stem == "captcha"]
"""Pages that speak of this package alone. The recipes speak of others too, and have tests of their own."""

FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>\S*)[^\n]*\n(?P<text>.*?)^(?P=fence)$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
NAMED = re.compile(r"\A# (?P<path>[\w./-]+)(?P<appended>, at the end)?$", re.MULTILINE)


def title(page: Path) -> str:
    """Return what a page is called in the name of a test."""
    return page.relative_to(ROOT).with_suffix("").as_posix()


@dataclass(frozen=True)
class Block:
    """A block of code on a page."""

    page: Path
    number: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{title(self.page)}-{self.number}"

    @property
    def path(self) -> str | None:
        """The file that its first line names, if that is a comment with a path."""
        named = NAMED.match(self.text)
        return named["path"] if named and "." in named["path"] else None

    @property
    def appended(self) -> bool:
        """It goes on at the end of its file."""
        return bool((named := NAMED.match(self.text)) and named["appended"])


def blocks(page: Path, *languages: str) -> list[Block]:
    """Return a page's blocks, in these languages or in all."""
    found = [Block(page, n, m["language"], m["text"]) for n, m in enumerate(FENCE.finditer(page.read_text()), 1)]
    return [block for block in found if not languages or block.language in languages]


def everywhere(*languages: str) -> list[Block]:
    """Return the blocks of the pages that speak of this package alone."""
    return [block for page in OURS for block in blocks(page, *languages)]


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return FENCE.sub("", page.read_text())


def commands(text: str) -> list[str]:
    """Return the commands that are shown after a prompt."""
    return re.findall(r"^\$ (.*)$", text, re.MULTILINE)


def links(page: Path) -> Iterator[tuple[Path | str, str]]:
    """Return where a page leads: a file, or an address, and an anchor or nothing."""
    for match in LINK.finditer(re.sub(r"`[^`\n]*`", "", prose(page))):
        target, _, anchor = (match[1] or match[2]).partition("#")
        yield (target, anchor) if "://" in target else ((page.parent / target).resolve() if target else page, anchor)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as Sphinx and most hosts of repositories make them."""
    titles = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}
