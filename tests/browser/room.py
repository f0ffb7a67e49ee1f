"""Members of staff, and how they look for answers on the admin's pages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import axe

LOOK = ["view_verificationattempt", "view_delivery", "view_phonestatus", "view_limit", "view_health"]
SEE = [*LOOK, "view_full_phone"]
ACT = [*SEE, "change_verificationattempt", "change_phonestatus", "change_limit"]
PERMISSIONS = {"look": LOOK, "see": SEE, "act": ACT}
MOST_STEPS = 3


class Clerk:
    """Somebody of the staff, who begins at the admin's index. Each click and each search is a step."""

    def __init__(self, page: Page, *, sees_all: bool = True) -> None:
        self.page = page
        self.sees_all = sees_all
        self.steps = 0

    def begins_at(self, model: str) -> None:
        """Open the admin, and one of its lists."""
        self.page.goto("/admin/")
        self.steps = 0
        self.opens(model)

    def opens(self, name: str) -> None:
        """Follow a link, by what it says."""
        self.page.locator("#content").get_by_role("link", name=name).first.click()
        self.steps += 1

    def searches(self, term: str) -> None:
        """Search the list that is open."""
        self.page.locator("#searchbar").fill(term)
        self.page.locator("#searchbar").press("Enter")
        self.steps += 1

    def finds(self, number: str) -> None:
        """Look for a whole number."""
        self.page.get_by_label("Whole phone number").fill(number)
        self.page.get_by_role("button", name="Find the number").click()
        self.steps += 1

    def reads(self, *answers: str) -> None:
        """Find these texts on the page, after few steps."""
        for answer in answers:
            expect(self.page.locator("#content")).to_contain_text(answer)
        assert self.steps <= MOST_STEPS

    def objections(self) -> list[str]:
        """Return what axe has against the page, for those who see all that there is on it."""
        return axe.serious(self.page, within="#content") if self.sees_all else []  # around it is Django's own


def sign_in(context: BrowserContext, site: str, permissions: list[str], name: str = "olga") -> Any:
    """Let a browser be signed in as somebody of the staff with these permissions."""
    clerk, _ = get_user_model().objects.get_or_create(username=name, defaults={"is_staff": True})
    clerk.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(clerk)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    return clerk
