"""Each page in each state: axe finds nothing serious, and it fits a narrow screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import axe
from tests.browser.person import Person
from tests.browser.states import STATES, State

pytestmark = pytest.mark.slow

NARROW = 320
"""Pixels (WCAG 2.2, 1.4.10)."""


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_nobody_is_kept_out(
    page: Page,
    person: Person,
    context: BrowserContext,
    site: str,
    state: State,
    age: Callable[..., None],
    wrong: Callable[[str], str],
) -> None:
    """One test for both, because it takes longer to come to a state than to look at it."""
    state(person, age, wrong)
    assert axe.serious(page) == []
    page.set_viewport_size({"width": NARROW, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW
    speaks_ukrainian(context, site)
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "uk")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW


def test_a_page_in_ukrainian_is_ukrainian_all_over(page: Page, context: BrowserContext, site: str) -> None:
    speaks_ukrainian(context, site)
    page.goto("/phone/")
    expect(page.get_by_role("main")).to_contain_text("Номер телефону")
    expect(page.get_by_role("banner")).to_contain_text("Зареєструватися")


def speaks_ukrainian(context: BrowserContext, site: str) -> None:
    context.add_cookies([{"name": "django_language", "value": "uk", "url": site}])
