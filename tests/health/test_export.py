"""The list of attempts as a CSV file."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from django_flashcall import services
from django_flashcall.admin import attempts, export
from django_flashcall.admin.export import harmless
from django_flashcall.codes import Code
from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.providers import memory
from django_flashcall.providers.base import Result, Status
from tests.health.rows import attempt, paid

pytestmark = pytest.mark.django_db

LIST = "/admin/flashcall/verificationattempt/"
SIGNED_IN = 4
"""Queries that tell who it is and what he may: the session, the user, and his permissions and his groups'."""


@pytest.fixture
def staff() -> Callable[..., Client]:
    """A browser in which a member of staff with these permissions is signed in."""

    def sign_in(*permissions: str) -> Client:
        kind = ContentType.objects.get_for_model(VerificationAttempt)
        for name in permissions:
            Permission.objects.get_or_create(codename=name, content_type=kind, defaults={"name": name})
        clerk = get_user_model().objects.create_user("clerk", is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        browser = Client()
        browser.force_login(clerk)
        return browser

    return sign_in


@pytest.fixture
def browser(staff: Callable[..., Client]) -> Client:
    return staff("view_verificationattempt")


def text(browser: Client, query: str = "") -> str:
    response = browser.get(f"{LIST}?format=csv{query}")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(response.streaming_content).decode("utf-8")  # type: ignore[attr-defined]


def rows(browser: Client, query: str = "") -> list[dict[str, str]]:
    """Return the rows of the file, as a program reads them."""
    return list(csv.DictReader(io.StringIO(text(browser, query).removeprefix("\ufeff"), newline="")))


def test_the_list_links_to_its_file_and_keeps_its_filters(browser: Client) -> None:
    page = browser.get(f"{LIST}?state=verified&created=7d&p=2").content.decode()
    assert '<a href="?state=verified&amp;created=7d&amp;format=csv" download>Download as CSV</a>' in page
    assert '<a href="?format=csv" download>' in browser.get(LIST).content.decode()


def test_a_row_says_what_the_list_does(browser: Client, user: Any) -> None:
    written = attempt(
        ("flashcall", "delivered", paid("0.1200")), ("sms", "delivered", paid("0.8")), took=30, redeemed=True, user=user
    )

    (row,) = rows(browser)

    stamp = "%Y-%m-%d %H:%M:%SZ"
    assert row == {
        "id": str(written.pk),
        "created": written.created_at.astimezone(UTC).strftime(stamp),
        "phone number": "'+380•••••••03",
        "region": "UA",
        "purpose": "signup",
        "state": "verified",
        "channels": "flashcall, sms",
        "wrong codes": "0",
        "wrong codes allowed": "3",
        "verified at": written.verified_at.astimezone(UTC).strftime(stamp) if written.verified_at else "",
        "proof redeemed at": written.redeemed_at.astimezone(UTC).strftime(stamp) if written.redeemed_at else "",
        "cost": "0.92 UAH",
        "user": "olena",
    }


def test_costs_of_two_currencies_are_not_added_up(browser: Client) -> None:
    attempt(("flashcall", "delivered", paid("10", "UAH")), ("sms", "delivered", paid("0.05", "EUR")))
    assert rows(browser)[0]["cost"] == "10 UAH; 0.05 EUR"


@pytest.mark.parametrize(("query", "found"), [("", 3), ("&state=verified", 1), ("&created=24h", 2), ("&q=nobody", 0)])
def test_the_file_has_what_the_list_shows(query: str, found: int, browser: Client) -> None:
    attempt(took=3)
    attempt()
    attempt(ago=2 * 86400)
    assert len(rows(browser, query)) == found


def test_a_search_by_id_is_kept(browser: Client) -> None:
    attempt()
    sought = attempt()
    assert [row["id"] for row in rows(browser, f"&q={sought.pk}")] == [str(sought.pk)]


def test_the_newest_comes_first(browser: Client) -> None:
    written = [str(attempt().pk) for _ in range(3)]
    assert [row["id"] for row in rows(browser)] == written[::-1]


# Who gets what


def test_whole_numbers_are_for_those_who_may_see_them(staff: Any, phone: str) -> None:
    attempt(number=phone)
    browser = staff("view_verificationattempt", "view_full_phone")
    assert [row["phone number"] for row in rows(browser)] == [f"'{phone}"]


@pytest.mark.parametrize(
    ("permissions", "said"),
    [
        (["view_verificationattempt"], "Exported to CSV, with masked numbers."),
        (["view_verificationattempt", "view_full_phone"], "Exported to CSV, with whole numbers."),
    ],
)
def test_each_file_is_written_down(
    permissions: list[str], said: str, staff: Any, caplog: pytest.LogCaptureFixture
) -> None:
    browser = staff(*permissions)
    browser.get(LIST)
    assert not LogEntry.objects.exists()

    with caplog.at_level(logging.INFO, logger="django_flashcall"):
        rows(browser, "&q=00000000-0000-0000-0000-000000000000")

    entry = LogEntry.objects.get()
    assert (entry.change_message, entry.user.username) == (said, "clerk")  # type: ignore[attr-defined]
    assert said in caplog.messages
    assert "00000000" not in caplog.text + entry.object_repr


def test_who_may_not_see_the_list_gets_no_file(staff: Any) -> None:
    attempt()
    browser = staff("view_health", "view_full_phone")
    assert browser.get(f"{LIST}?format=csv").status_code == 403
    assert Client().get(f"{LIST}?format=csv").status_code == 302
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("lookup", ["phone_number__startswith", "phone_digest", "deliveries__code_digest"])
def test_the_file_is_filtered_by_nothing_that_the_list_is_not(lookup: str, browser: Client) -> None:
    attempt()
    assert browser.get(f"{LIST}?format=csv&{lookup}=%2B380").status_code == 400


@pytest.mark.parametrize("asked", ["xlsx", "", "CSV"])
def test_another_format_shows_the_list(asked: str, browser: Client) -> None:
    attempt()
    assert "text/html" in browser.get(f"{LIST}?format={asked}").headers["Content-Type"]


def test_no_secret_is_in_it(staff: Any, phone: str) -> None:
    memory.script("flashcall", Result(status=Status.ACCEPTED, code=Code("86754231")))
    services.request_verification(phone)
    VerificationAttempt.objects.update(context_digest="c0ffee" * 10, idempotency_digest="decade" * 10)
    names = ["phone_digest", "context_digest", "idempotency_digest"]
    secrets = {value for row in VerificationAttempt.objects.values_list(*names) for value in row}
    secrets |= {*Delivery.objects.values_list("code_digest", flat=True), "86754231"}
    masked = text(staff("view_verificationattempt"))
    assert [secret for secret in {*secrets, phone[4:]} if secret in masked] == []
    get_user_model().objects.all().delete()
    full = text(staff("view_verificationattempt", "view_full_phone"))
    assert phone in full and [secret for secret in secrets if secret in full] == []


def test_the_file_is_not_kept_and_not_guessed_at(browser: Client) -> None:
    headers = browser.get(f"{LIST}?format=csv").headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].startswith('attachment; filename="verificationattempt-')


# What a spreadsheet makes of it


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+380", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"),
        "=cmd|' /C calc'!A0",
    ],
)
def test_a_cell_that_begins_a_formula_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(("cell", "written"), [("UA", "UA"), (None, ""), (3, "3"), ("a=b", "a=b"), ("", "")])
def test_others_stay_as_they_are(cell: object, written: str) -> None:
    assert harmless(cell) == written


def test_what_people_call_themselves_runs_nowhere(browser: Client) -> None:
    names = ["=HYPERLINK(1)", '@"x",\r\n=1', "+1;=2"]
    for name in names:
        attempt(user=get_user_model().objects.create(username=name))

    found = rows(browser)

    assert [row["user"] for row in found] == [f"'{name}" for name in reversed(names)]
    for line in csv.reader(io.StringIO(text(browser).removeprefix("\ufeff"), newline="")):
        assert not [cell for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_it_is_in_the_reader_s_language_and_excel_reads_it(browser: Client, settings: Any) -> None:
    settings.LANGUAGE_CODE = "uk"
    attempt(took=3)
    assert text(browser).startswith("\ufeff")
    assert "підтверджено" in text(browser)
    assert "номер телефону" in text(browser)


# What it costs


def test_rows_are_read_in_batches(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "BATCH", 4)
    written = [str(attempt(("flashcall", "failed"), ("sms", "accepted")).pk) for _ in range(10)]

    response = browser.get(f"{LIST}?format=csv")
    lines = iter(response)  # type: ignore[call-overload]
    with CaptureQueriesContext(connection) as queries:
        head_and_four = [next(lines) for _ in range(5)]
    assert len(head_and_four) == 5
    assert len(queries) == 3  # which, the rows with their users and states, their deliveries
    assert all("LIMIT 4" in query["sql"] or " IN (" in query["sql"] for query in queries)

    with CaptureQueriesContext(connection) as queries:
        rest = list(lines)
    assert len(rest) == 6
    assert len(queries) == 2 * 3 + 1
    ids = [line.decode().split(",")[0] for line in [*head_and_four[1:], *rest]]
    assert ids == written[::-1]


def test_the_first_page_of_queries_is_bounded(browser: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        attempt()
    with django_assert_max_num_queries(12):
        rows(browser)


def test_a_file_that_is_cut_off_says_so(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    monkeypatch.setattr(export, "MOST", 4)
    for _ in range(4):
        attempt()
    assert "There are more" not in text(browser)
    attempt()
    lines = text(browser).splitlines()
    assert len(lines) == 1 + 4 + 1
    assert lines[-1].startswith("There are more.")


def test_the_file_looks_no_further_than_the_list(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "LOOKED_THROUGH", 2)
    oldest, *newest = [str(attempt(took=3).pk) for _ in range(3)]
    assert len(rows(browser)) == 3
    *found, end = text(browser, "&state=verified").splitlines()[1:]
    assert [line.partition(",")[0] for line in found] == newest[::-1]
    assert end == '"Looked through 2 attempts, the newest first. The list goes on to older ones."'
    (further,) = re.findall(r'href="(\?[^"]*before=[^"]*)"', browser.get(f"{LIST}?state=verified").content.decode())[:1]
    page = browser.get(LIST + further.replace("&amp;", "&")).content.decode()
    (file,) = re.findall(r'href="\?([^"]*)" download', page)
    query = file.replace("&amp;", "&").removesuffix("&format=csv")
    assert [row["id"] for row in rows(browser, f"&{query}")] == [oldest]


def test_what_is_purged_meanwhile_is_left_out(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    written = [attempt() for _ in range(4)]
    lines = iter(browser.get(f"{LIST}?format=csv"))  # type: ignore[call-overload]
    next(lines)
    next(lines)
    written[0].delete()
    assert len(list(lines)) == 2
