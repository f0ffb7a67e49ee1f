"""A site gives `<flash-call>` its own looks by custom properties."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import django_flashcall
from tests.browser.person import Person

STYLES = Path(django_flashcall.__file__).parent / "static" / "flashcall"
SHOWN = {
    "--flashcall-ink": ("flash-call", "color", "rgb(1, 2, 3)"),
    "--flashcall-quiet": (".flashcall-time", "color", "rgb(2, 3, 4)"),
    "--flashcall-paper": ("[name=code] input[data-flashcall]", "background-color", "rgb(3, 4, 5)"),
    "--flashcall-line": ("[name=code] input[data-flashcall]", "border-top-color", "rgb(4, 5, 6)"),
    "--flashcall-accent": ("[data-flashcall=submit]", "background-color", "rgb(5, 6, 7)"),
    "--flashcall-on-accent": ("[data-flashcall=submit]", "color", "rgb(6, 7, 8)"),
    "--flashcall-alert": ("[data-flashcall=message]", "color", "rgb(7, 8, 9)"),
    "--flashcall-on-alert": ("[data-flashcall=message]", "background-color", "rgb(8, 9, 10)"),
    "--flashcall-radius": ("[data-flashcall=submit]", "border-top-left-radius", "17px"),
    "--flashcall-gap": ("flash-call", "row-gap", "19px"),
    "--flashcall-width": ("flash-call", "width", "211px"),
    "--flashcall-font": ("flash-call", "font-family", "fantasy"),
}
"""Where each shows."""


def test_every_property_is_tried() -> None:
    used = {name for style in STYLES.glob("*.css") for name in re.findall(r"--flashcall-[\w-]+", style.read_text())}
    assert used == SHOWN.keys()


@pytest.mark.slow
@pytest.mark.parametrize("at", ["/phone/", "/element/"])
def test_the_site_chooses_how_it_looks(page: Page, person: Person, at: str) -> None:
    """In a base of the site's own and in ours."""
    person.asks(at=at)
    expect(person.code).to_be_visible()
    for name, (part, style, value) in SHOWN.items():
        given = f"20px {value}" if name.endswith("-font") else value
        page.locator("flash-call").evaluate("(element, pair) => element.style.setProperty(...pair)", [name, given])
        expect(page.locator(part).first).to_have_css(style, value)


@pytest.mark.slow
def test_the_card_of_our_own_page_is_of_the_same_paper(page: Page) -> None:
    """Else the site's ink would stand on a paper that it was not chosen for."""
    page.goto("/element/")
    element = page.locator("flash-call")
    element.evaluate("element => element.style.setProperty('--flashcall-paper', 'rgb(3, 4, 5)')")
    expect(element).to_have_css("background-color", "rgb(3, 4, 5)")
