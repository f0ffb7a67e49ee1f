"""The health page in a browser: under a strict content policy, narrow and dark, and read by axe."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from playwright.sync_api import BrowserContext, Page, expect

from tests.health.rows import in_every_section

pytestmark = pytest.mark.slow


@pytest.fixture
def health(page: Page, site: str) -> Page:
    """The page of a site with something in every section, reached from the admin's index with one click."""
    in_every_section()
    get_user_model().objects.create_superuser("root", password="root")
    page.goto("/admin/login/?next=/admin/")
    page.fill("[name=username]", "root")
    page.fill("[name=password]", "root")
    page.press("[name=password]", "Enter")
    page.get_by_role("main").get_by_role("link", name="Health").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Health of phone verification")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(health: Page, scheme: str) -> None:
    health.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = Axe().run(health, "#content-main").response
    assert found["passes"]
    assert [f"{one['id']}: {node['html']}" for one in found["violations"] for node in one["nodes"]] == []


def test_it_fits_a_narrow_screen(health: Page, context: BrowserContext, site: str) -> None:
    health.set_viewport_size({"width": 320, "height": 640})  # WCAG 2.2, 1.4.10
    for language in ("en", "uk"):
        context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        health.goto(health.url)
        expect(health.locator("html")).to_have_attribute("lang", language)
        assert health.evaluate("document.documentElement.scrollWidth") == 320


def test_every_word_of_a_chart_is_within_it(health: Page, context: BrowserContext, site: str) -> None:
    """In the longer of our languages, too."""
    for language in ("en", "uk"):
        context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        health.goto(health.url)
        outside = health.evaluate(
            """() => [...document.querySelectorAll(".flashcall-chart text")].filter((text) => {
                const inner = text.getBoundingClientRect(), outer = text.ownerSVGElement.getBoundingClientRect();
                return inner.left < outer.left - 1 || inner.right > outer.right + 1;
            }).map((text) => text.textContent)"""
        )
        assert outside == []


def test_a_reader_is_told_what_a_chart_shows(health: Page) -> None:
    chart = health.get_by_role("img", name="Attempts over time")
    expect(chart).to_be_visible()
    expect(health.get_by_role("table", name="Codes by channel")).to_be_visible()
    expect(health.get_by_role("link", name="Last 24 hours")).to_have_attribute("aria-current", "page")
    health.get_by_role("link", name="Last 30 days").click()
    expect(health.get_by_role("link", name="Last 30 days")).to_have_attribute("aria-current", "page")


def test_the_list_of_attempts_is_downloaded(health: Page) -> None:
    health.goto("/admin/flashcall/verificationattempt/")
    with health.expect_download() as started:
        health.get_by_role("link", name="Download as CSV").click()
    assert started.value.suggested_filename.endswith(".csv")
    assert started.value.path().read_text().count("'+38050999") == 40  # a superuser may see whole numbers
