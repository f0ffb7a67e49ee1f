"""The health page: who sees it, what it says, what it is drawn of."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.http import HttpRequest
from django.test import Client
from django.urls import include, path, reverse
from django.utils import timezone

from django_flashcall import services
from django_flashcall.admin import HealthAdmin, HealthAdminMixin, charts
from django_flashcall.admin.charts import Bar
from django_flashcall.admin.tables import money, percent
from django_flashcall.codes import Code
from django_flashcall.models import Delivery, Health, Limit, VerificationAttempt
from django_flashcall.models.breakers import Breaker
from django_flashcall.providers import memory
from django_flashcall.providers.base import Result, Status
from tests.health.rows import attempt, paid

pytestmark = pytest.mark.django_db

ADDRESS = "/admin/flashcall/health/"
SVG = "{http://www.w3.org/2000/svg}"
MOST_QUERIES = 12


@pytest.fixture
def clerk() -> Callable[..., Client]:
    """A browser in which a member of staff with these permissions is signed in."""

    def sign_in(*permissions: str) -> Client:
        clerk = get_user_model().objects.create_user("clerk", is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        browser = Client()
        browser.force_login(clerk)
        return browser

    return sign_in


@pytest.fixture
def page(clerk: Callable[..., Client]) -> Callable[..., str]:
    """Read the page as staff who may see no more than it."""
    browser = clerk("view_health")

    def read(**query: str) -> str:
        response = browser.get(ADDRESS, query)
        assert response.status_code == 200
        return html.unescape(response.content.decode())

    return read


@pytest.fixture
def busy() -> None:
    """A site with something in every section."""
    for last in range(12):
        attempt(("flashcall", "delivered", paid("0.12")), number=f"+3805012345{last:02}", took=5 + last, redeemed=True)
    attempt(
        ("flashcall", "rejected", {"error_code": "invalid_number"}),
        ("sms", "accepted"),
        region="PL",
        number="+48601123456",
    )
    Breaker("default", 0, 0).count_failure(Limit.objects.all(), "credentials", at_once=True)


def ours(page: str) -> str:
    """Return what of a page is not Django's frame."""
    return page.split('id="content-main"')[1].split('<br class="clear">')[0]


def drawings(page: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", ours(page), re.DOTALL)


def words(page: str) -> str:
    """Return the text of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\xa0", " ").split())


def test_the_page_is_one_click_from_the_index(clerk: Callable[..., Client]) -> None:
    browser = clerk("view_health")
    for name in ("admin:index", "admin:app_list"):
        index = browser.get(reverse(name, args=["flashcall"] if name.endswith("list") else []))
        assert f'href="{ADDRESS}"' in index.content.decode()
    assert browser.get(ADDRESS).status_code == 200


def test_who_may_not_see_it_does_not(clerk: Callable[..., Client]) -> None:
    browser = clerk("view_verificationattempt", "view_limit", "change_health", "add_health")
    assert browser.get(ADDRESS).status_code == 403
    assert ADDRESS not in browser.get(reverse("admin:index")).content.decode()
    assert Client().get(ADDRESS).status_code == 302


def test_its_permission_opens_nothing_else(clerk: Callable[..., Client]) -> None:
    browser, row = clerk("view_health"), attempt()
    for address in (f"{ADDRESS}{row.pk}/change/", f"{ADDRESS}{row.pk}/history/", f"{ADDRESS}add/"):
        assert browser.get(address).status_code == 404
    for model in ("verificationattempt", "phonestatus", "limit"):
        assert browser.get(reverse(f"admin:flashcall_{model}_changelist")).status_code == 403
    permissions = Permission.objects.filter(content_type__model="health")
    assert list(permissions.values_list("codename", flat=True)) == ["view_health"]


@pytest.mark.parametrize("asked", ["24h", "7d", "30d", "", "nonsense", "a\0b", "1h"])
def test_the_window_is_chosen_by_its_link(asked: str, page: Any) -> None:
    shown = page(window=asked)
    chosen = re.findall(r'<a href="\?window=(\w+)" aria-current="page">', shown)
    assert chosen == [asked if asked in {"24h", "7d", "30d"} else "24h"]
    assert len(re.findall(r'<a href="\?window=', shown)) == 3


def test_an_empty_site_is_told_so(page: Any) -> None:
    shown = words(page())
    assert "Nothing is alarming." in shown
    assert "Nobody asked to be verified in this time." in shown
    assert "No limit refuses anybody now." in shown
    assert "default works" in shown
    assert drawings(page()) == []


def test_sections_without_rows_are_told_so(page: Any) -> None:
    attempt()
    shown = words(page())
    for sentence in (
        "Nobody was verified in this time.",
        "No provider told a cost in this time.",
        "No provider failed in this time.",
        "No ten thousand neighbouring numbers had ten attempts in this time.",
    ):
        assert sentence in shown


def test_the_page_says_what_is_so(busy: None, page: Any) -> None:
    shown = words(page())
    for said in (
        "Provider down: default fails; nothing is sent over it for",
        "Attempts 13",
        "Conversion 92 %",
        "Median time to verify 10 s",
        "Cost of a verified number 0.1200 UAH",
        "flashcall 13 12 12 12 12 100 %",
        "sms 1 1 0 0 0 0 %",
        "default flashcall rejected by the provider invalid_number 1 7.7 %",
        "UA 12 12 100 %",
        "PL 1 0 0 %",
        "+38050123•••• 12 12 100 %",
        "Half of those who were verified needed at most 10 s, nine of ten at most 15 s.",
    ):
        assert said in shown


@pytest.fixture
def alarming() -> None:
    """A site under attack, behind a proxy that it does not know, with most of its limit used."""
    for last in range(30):
        attempt(number=f"+3805012345{last:02}", checks=3, ip_address=None)
    hour = timedelta(hours=1)
    Limit.objects.create(key="0" * 64, scope="site", maximum=10, count=8, period=hour, ends_at=timezone.now() + hour)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (
            "Pumping:",
            "Of 30 attempts of the last two hours for numbers that begin with +38050123, 0 were verified: somebody may "
            "be sending for the sake of sending.",
        ),
        (
            "Pumping:",
            "Of 30 attempts of the last two hours for the region UA, 0 were verified: somebody may be sending for the "
            "sake of sending.",
        ),
        (
            "Guessing:",
            "Of 30 attempts of the last two hours, 30 used up all their wrong codes: somebody may be guessing.",
        ),
        ("Limit of the site:", "8 of 10 sends are used; the window ends in 60 minutes."),
        ("Limit of the site:", "People who do not own a number are refused at 90 %."),
        ("Addresses:", "None of the attempts of the last day has an address that can be a client's"),
        ("Addresses:", "set FLASHCALL['TRUSTED_PROXY_COUNT'] or FLASHCALL['TRUSTED_CLIENT_IP_HEADER']"),
    ],
)
def test_each_alarm_is_told_with_its_word(alarming: None, page: Any, word: str, sentence: str) -> None:
    told = re.findall(r"<li><strong>(.*?)</strong> (.*?)</li>", page(), re.DOTALL)
    assert [said for begins, said in told if begins == word and sentence in said]


@pytest.mark.parametrize("window", ["24h", "7d", "30d"])
def test_a_page_is_at_most_twelve_queries(
    window: str, busy: None, page: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(MOST_QUERIES):
        page(window=window)


def test_every_chart_has_a_name_a_description_and_a_table(busy: None, page: Any) -> None:
    shown = page()
    drawn = drawings(shown)
    assert len(drawn) == 6  # a funnel for each of two channels, time, times, regions, prefixes
    for drawing in drawn:
        svg = ElementTree.fromstring(drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))
        title, desc = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
        assert title is not None and desc is not None and title.text and desc.text
        assert svg.attrib["role"] == "img"
        assert svg.attrib["aria-labelledby"].split() == [title.attrib["id"], desc.attrib["id"]]
    ids = re.findall(r' id="(flashcall-[^"]+)"', shown)
    assert len(ids) == len(set(ids))
    for section in re.findall(r"<section.*?</section>", shown, re.DOTALL):
        assert "<svg" not in section or "<table" in section


def test_nothing_of_it_needs_a_lax_content_policy(busy: None, page: Any) -> None:
    assert not re.search(r"<style|<script|\sstyle=|\son\w+=|javascript:|https?://", ours(page()))


def test_no_secret_is_on_it(page: Any, phone: str) -> None:
    memory.script("flashcall", Result(status=Status.ACCEPTED, code=Code("86754231")))
    services.request_verification(phone)
    attempt(number=phone)
    for last in range(12):
        attempt(number=f"+3805012345{last:02}")
    VerificationAttempt.objects.update(context_digest="c0ffee" * 10)
    names = ["phone_digest", "context_digest", "phone_number"]
    secrets = {value for row in VerificationAttempt.objects.values_list(*names) for value in row}
    secrets |= set(Delivery.objects.values_list("code_digest", flat=True)) | {"86754231", phone[4:]}
    secrets |= set(Limit.objects.values_list("key", flat=True))
    shown = page(window="30d")
    assert [secret for secret in secrets if secret in shown] == []


def test_figures_are_written_in_the_language_and_drawn_in_none(page: Any, busy: None, settings: Any) -> None:
    settings.LANGUAGE_CODE = "uk"
    shown = page()
    assert "0,1200\xa0UAH" in shown
    for drawing in drawings(shown):
        assert not re.search(r'(?:x|y|width|height|viewBox)="[^"]*,', drawing)


class OwnSite(admin.AdminSite):
    """A site's own."""


class OwnHealthAdmin(HealthAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """A site's own, on a class of its theme's."""

    health_template = "flashcall/admin/health.html"


own = OwnSite(name="staff")
own.register(Health, OwnHealthAdmin)
urlpatterns = [path("staff/", own.urls), path("", include("tests.urls"))]


def test_it_stands_on_a_site_s_own_admin(clerk: Any, busy: None, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    browser = clerk("view_health")
    assert 'href="/staff/flashcall/health/"' in browser.get("/staff/").content.decode()
    shown = browser.get("/staff/flashcall/health/").content.decode()
    assert 'href="/staff/flashcall/"' in shown and "/admin/flashcall" not in shown


def test_nobody_adds_to_it() -> None:
    request = HttpRequest()
    request.user = get_user_model().objects.create_superuser("root")
    page = HealthAdmin(Health, admin.site)
    assert page.get_model_perms(request) == {"add": False, "change": False, "delete": False, "view": True}


# How figures are written and drawn


@pytest.mark.parametrize(
    ("share", "written"),
    [(None, "–"), (0, "0 %"), (0.0004, "< 0.1 %"), (0.052, "5.2 %"), (0.0996, "10 %"), (0.704, "70 %"), (1, "100 %")],
)
def test_a_share_is_written(share: float | None, written: str) -> None:
    assert percent(share).replace("\xa0", " ") == written


@pytest.mark.parametrize(
    ("amount", "written"), [("0.17649", "0.1765 UAH"), ("1234.5", "1,234.50 UAH"), ("0", "0.00 UAH")]
)
def test_money_is_written(amount: str, written: str) -> None:
    assert money(Decimal(amount), "UAH").replace("\xa0", " ") == written


def test_a_bar_is_as_long_as_its_value() -> None:
    chart = charts.lying("name", "Title", [Bar("a", 10, "ten"), Bar("b", 5, "five"), Bar("c", 0, "none")])
    lengths = [float(box.width) for box in chart.boxes]
    assert lengths[0] == 2 * lengths[1] and lengths[2] == 0
    assert lengths[0] + charts.LABELS + charts.VALUES == chart.width
    assert chart.description == "a: ten; b: five; c: none"


def test_a_column_stands_on_the_line_and_its_part_before_it() -> None:
    chart = charts.standing("name", [Bar("a", 10, "ten", part=4), Bar("b", 0, "0")], title="Title", said="Said.")
    whole, part, line = chart.boxes
    assert float(whole.y) + float(whole.height) == float(part.y) + float(part.height) == float(line.y)
    assert float(part.height) == 0.4 * float(whole.height) == 0.4 * charts.HEIGHT
    assert chart.texts[0].text == "ten"


@pytest.mark.parametrize("bars", [[Bar("a", 0, "0")], [Bar("a", 0, "0"), Bar("b", 0, "0")]])
def test_where_there_is_nothing_nothing_is_drawn(bars: list[Bar]) -> None:
    assert [box.kind for box in charts.standing("name", bars, title="Title", said="").boxes] == ["line"]
    assert {box.width for box in charts.lying("name", "Title", bars).boxes} == {"0"}
