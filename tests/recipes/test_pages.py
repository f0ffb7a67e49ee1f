"""The pages of the recipes: what they show of files is in the files, and the exchanges are so."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

import pytest
from django.core.management import call_command

from django_flashcall.testing import code_of
from example_project import settings as example
from example_project.tour.models import Payment
from tests.recipes.client import PASSWORD, Site
from tests.recipes.pages import FOLDER, ROOT, Page

PAGES = {path.stem: Page(path.stem) for path in sorted(FOLDER.glob("*.md"))}
EXCERPTS = [
    pytest.param(path, block, id=f"{name}:{path}")
    for name, page in PAGES.items()
    for path, block in page.shown().items()
    if path.startswith("example_project/")
]
RUN_ELSEWHERE = {
    "allauth": 7,
    "async": 2,
    "captcha": 1,
    "change-of-number": 1,
    "dj-rest-auth": 3,
    "django-otp": 6,
    "from-django-phone-verify": 1,
    "from-the-providers-sample": 2,
    "login-by-phone": 1,
    "login-jwt": 2,
    "own-provider": 3,
    "sentry": 3,
    "signup-drf": 1,
    "texts": 1,
    "users-phone": 3,
}
"""How much Python of its own each page has. Each piece is run by a test of its own, beside this one."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_title_and_is_in_the_list(name: str) -> None:
    outside_of_code = re.sub(r"^```.*?^```", "", PAGES[name].text, flags=re.DOTALL | re.MULTILINE)
    assert len(re.findall(r"^# ", outside_of_code, re.MULTILINE)) == 1
    assert name == "index" or f"({name}.md)" in PAGES["index"].text


@pytest.mark.parametrize("name", PAGES)
def test_its_links_lead_to_files(name: str) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", PAGES[name].text):
        assert (FOLDER / link).is_file(), link


@pytest.mark.parametrize(("path", "block"), EXCERPTS)
def test_what_is_shown_of_a_file_is_in_it(path: str, block: str) -> None:
    text = (ROOT / path).read_text()
    assert any(textwrap.indent(block, " " * depth) in text + "\n" for depth in (0, 4, 8))


def test_every_page_shows_a_file_or_is_run() -> None:
    assert {name: len(page.own()) for name, page in PAGES.items() if page.own()} == RUN_ELSEWHERE
    assert len(EXCERPTS) == 12


def test_the_purposes_that_are_shown_are_the_examples() -> None:
    shown = PAGES["login-by-phone"].shown()["example_project/settings.py"]
    assert eval("{" + shown + "}") == {"PURPOSES": example.FLASHCALL["PURPOSES"]}


def test_views_of_a_sites_own_leave_the_openapi_document_whole(tmp_path: Any) -> None:
    """Those that inherit from ours, with methods of their own, are documented by what they say themselves."""
    file = tmp_path / "schema.yml"
    call_command("spectacular", urlconf="example_project.urls", file=str(file), validate=True, fail_on_warn=True)
    document = file.read_text()
    assert "/api/login/password/:" in document
    change = document.partition("  /api/phone/phones/:")[2].partition("\n  /")[0]
    assert "#/components/schemas/Change'" in change.partition("    post:")[2]


class TestExchanges:
    """What a client sends, and what it gets."""

    @pytest.fixture
    def ready(self, request: pytest.FixtureRequest, db: None, django_user_model: Any) -> Site:
        """A client for the page of the parameter: a stranger, somebody with an account, or somebody signed in."""
        name, site = request.param, Site(enforce_csrf_checks=True)
        site.show_a_page()
        if name in {"signup-drf", "from-the-providers-sample"}:
            return site
        olena = request.getfixturevalue("olena")
        Payment.objects.create(pk=1, user=olena, payee="Taras", amount=100)
        if name in {"change-of-number", "payment"}:
            site.login(username="olena", password=PASSWORD)
        return site

    @pytest.mark.parametrize(
        ("ready", "page"), [(name, page) for name, page in PAGES.items() if page.exchanges()], indirect=["ready"]
    )
    def test_they_are_as_they_are_shown(self, ready: Site, page: Page) -> None:
        known: dict[str, str] = {}
        for exchange in page.exchanges():
            url, body = exchange.filled(exchange.url, known), json.loads(exchange.filled(exchange.body, known))
            reply = ready.get(url) if exchange.method == "GET" else ready.send(url, **body)
            answer = reply.json()
            assert (reply.status_code, answer) == (exchange.status, exchange.learn(answer, known)), url
            if known.keys() == {"id"}:
                known["code"] = code_of(known["id"])
                known["caller_id"] = f"+38044123{known['code']}"

    def test_there_are_as_many_as_are_read_here(self) -> None:
        counts = {name: len(page.exchanges()) for name, page in PAGES.items() if page.blocks("text")}
        assert counts == {
            "change-of-number": 4,
            "from-the-providers-sample": 2,
            "login-by-phone": 3,
            "login-jwt": 3,
            "payment": 3,
            "second-factor": 4,
            "signup-drf": 4,
        }
