"""What keeps somebody out of a page, as far as axe can see it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

KEEPS_OUT = {"serious", "critical"}
BY_DAY = {"resultTypes": ["violations"]}
IN_THE_DARK = {**BY_DAY, "runOnly": ["color-contrast"]}
"""Nothing else is another thing there, and looking costs seconds."""


def serious(page: Page, *, within: str | None = None) -> list[str]:
    """Return what axe finds on a page, or in this part of it, in both schemes."""
    found = []
    for scheme, options in (("light", BY_DAY), ("dark", IN_THE_DARK)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.evaluate("Promise.allSettled(document.getAnimations().map((animation) => animation.finished))")
        response = Axe().run(page, context=within, options=options).response
        assert response["passes"]
        found += [
            f"{scheme}: {violation['id']}: {node['html']}"
            for violation in response["violations"]
            for node in violation["nodes"]
            if violation["impact"] in KEEPS_OUT and 'id="searchbar"' not in node["html"]  # Django's own
        ]
    return found
