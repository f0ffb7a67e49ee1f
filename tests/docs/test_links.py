"""Links lead somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.markdown import PAGES, README, ROOT, anchors, links, title

INDEX = ROOT / "docs" / "index.md"


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_every_link_inside_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target, anchor in links(page):
        if isinstance(target, str):
            continue
        assert target.is_file(), f"{target} is not there"
        assert target.is_relative_to(ROOT)
        if anchor:
            assert anchor in anchors(target), f"{target.name} has no heading #{anchor}"


def test_the_readme_or_the_index_leads_to_every_page() -> None:
    led = {target for page in [README, INDEX] for target, _ in links(page)}
    index = INDEX.read_text()
    for page in PAGES:
        name = page.relative_to(ROOT / "docs").with_suffix("").as_posix() if page.is_relative_to(ROOT / "docs") else ""
        if name and name != "index" and not name.startswith("recipes/"):
            assert page.resolve() in led or f"\n{name}\n" in index, f"nothing leads to {name}"


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_no_page_leads_out_without_encryption(page: Path) -> None:
    assert all(target.startswith("https://") for target, _ in links(page) if isinstance(target, str))
