"""`make screenshots`: each page in each state at 360 and 1280 px, light and dark, in English and Ukrainian.

Three of them are the pictures of README.md and docs/pages.md, and are put there as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.person import Person
from tests.browser.room import ACT, Clerk, sign_in
from tests.browser.room_views import VIEWS, View
from tests.browser.states import STATES, State

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "screenshots"
SHOWN = {"calling-360-light-en": "calling", "all_ways-360-dark-uk": "ways", "handset_list-360-light-en": "handset"}
"""What docs/ shows, by the names that it has there."""
LANGUAGES = ["en", "uk"]
WIDTHS = [360, 1280]
SCHEMES = ["light", "dark"]


@pytest.fixture
def sharpness() -> int:
    """Two, so that a picture that is shown small can be read."""
    return 2


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_screenshots(
    page: Page,
    context: BrowserContext,
    person: Person,
    site: str,
    state: State,
    age: Callable[..., None],
    wrong: Callable[[str], str],
) -> None:
    state(person, age, wrong)
    shoot(page, context, site, state.__name__)


@pytest.mark.parametrize("strict", [False])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_screenshots_of_the_admin(
    page: Page, context: BrowserContext, site: str, view: View, age: Callable[..., None]
) -> None:
    sign_in(context, site, ACT)
    view(Clerk(page), age)
    shoot(page, context, site, f"admin_{view.__name__}")


def test_screenshots_under_a_theme() -> None:
    """In a process of its own, because an app of the theme's comes before the admin's."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "--quiet", "tests/browser/screenshots_themed.py"]
    environment = {**ours, "DJANGO_SETTINGS_MODULE": "tests.themes.unfold"}
    subprocess.run(command, cwd=FOLDER.parent, env=environment, check=True, timeout=600)


def shoot(page: Page, context: BrowserContext, site: str, name: str, *, anew: bool = False) -> None:
    """Take a page in each language, width and scheme; `anew` where its script looks at the scheme but once."""
    FOLDER.mkdir(exist_ok=True)
    for language in LANGUAGES:
        if language != LANGUAGES[0]:
            context.add_cookies([{"name": "django_language", "value": language, "url": site}])
            page.reload()  # a page that answers a post, too
            page.wait_for_load_state("networkidle")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 740})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
                if anew:
                    page.reload(wait_until="networkidle")
                made = f"{name}-{width}-{scheme}-{language}"
                picture = page.screenshot(path=FOLDER / f"{made}.png", full_page=True)
                if made in SHOWN:
                    (ROOT / "docs" / f"{SHOWN[made]}.png").write_bytes(picture)
