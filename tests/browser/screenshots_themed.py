"""Pages of the admin under the theme that the settings name. `screenshots.py` starts it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.room import ACT, Clerk, sign_in
from tests.browser.room_views import THEMED, View
from tests.browser.screenshots import shoot
from tests.themes import urls

pytestmark = pytest.mark.filterwarnings("ignore:Overriding get_action")  # which the theme does as before Django 6.1


@pytest.mark.parametrize("strict", [False])
@pytest.mark.parametrize("view", THEMED, ids=lambda view: view.__name__)
def test_screenshots_of_the_admin(
    page: Page, context: BrowserContext, site: str, view: View, age: Callable[..., None]
) -> None:
    assert urls.MIXINS  # importing it has registered the theme's classes
    sign_in(context, site, ACT)
    view(Clerk(page), age)
    shoot(page, context, site, f"themed_{view.__name__}", anew=True)
