"""The lists of numbers and limits as CSV files; what all files share is tested with the attempts' one."""

from __future__ import annotations

import csv
import io
from datetime import UTC
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from django_flashcall import services
from django_flashcall.models import Limit, PhoneStatus
from tests.room.conftest import LOOK, SEE, text, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(staff: Any) -> Any:
    """Read the rows of a list's file as staff with these permissions."""

    def read(model: str, permissions: list[str] = LOOK, **query: str) -> list[dict[str, str]]:
        answer = staff(*permissions).get(url("changelist", model=model), {"format": "csv", **query})
        assert answer.status_code == 200
        written = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(written, newline="")))

    return read


def said() -> str:
    return str(LogEntry.objects.latest("pk").change_message)


def at(moment: Any) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def test_a_number_s_row_says_what_the_list_does(phone: str, user: Any, rows: Any) -> None:
    PhoneStatus.objects.give(phone, user=user, channel="sms")
    services.block(phone, reason="=1+1", seconds=3600)
    status = PhoneStatus.objects.get()
    assert rows("phonestatus") == [
        {
            "phone number": "'+380•••••••03",
            "state": "verified, blocked",
            "user": "olena",
            "verified at": at(status.verified_at),
            "verified channel": "sms",
            "blocked until": at(status.blocked_until),
            "block reason": "'=1+1",
        }
    ]
    assert said() == "Exported to CSV, with masked numbers."


def test_whole_numbers_are_for_those_who_may_see_them(phone: str, user: Any, rows: Any) -> None:
    PhoneStatus.objects.give(phone, user=user, channel="sms")
    assert rows("phonestatus", SEE)[0]["phone number"] == f"'{phone}"
    assert said() == "Exported to CSV, with whole numbers."


def test_the_file_of_numbers_has_what_was_searched_for(phone: str, user: Any, rows: Any) -> None:
    PhoneStatus.objects.give(phone, user=user, channel="sms")
    services.block("+380671234567", reason="x", seconds=3600)
    assert len(rows("phonestatus")) == 2
    assert [row["user"] for row in rows("phonestatus", q="olena")] == ["olena"]


@pytest.mark.parametrize("permissions", [LOOK, SEE], ids=["look", "see"])
def test_a_limit_s_row_says_what_the_list_does_and_has_no_whole_number(
    permissions: list[str], phone: str, rows: Any, flashcall: Any
) -> None:
    flashcall(LIMITS={"phone": "1/h"})
    services.request_verification(phone)
    limit = Limit.objects.get(scope="phone")
    found = rows("limit", permissions)
    assert len(found) == Limit.objects.count()
    (row,) = [row for row in found if row["what it counts"] == "codes for a number in 60 minutes"]
    assert row == {
        "what it counts": "codes for a number in 60 minutes",
        "whose": "'+380•••••••03",
        "uses": "1",
        "allowed": "1",
        "state": "refuses",
        "ends at": at(limit.ends_at),
    }
    assert phone not in str(found) and limit.key not in str(found)
    assert said() == "Exported to CSV, with masked numbers."


def test_the_file_of_limits_is_filtered_as_the_list_is(phone: str, rows: Any, flashcall: Any) -> None:
    flashcall(LIMITS={"phone": "1/h"})
    services.request_verification(phone)
    assert {row["state"] for row in rows("limit")} == {"refuses", ""}
    assert {row["state"] for row in rows("limit", refusing="yes")} == {"refuses"}


@pytest.mark.parametrize("model", ["phonestatus", "limit"])
def test_the_list_links_to_its_file(model: str, staff: Any) -> None:
    page = staff(*LOOK).get(url("changelist", model=model))
    assert '<a href="?format=csv" download>Download as CSV</a>' in page.content.decode()
    assert ("Find the number" in text(page)) == (model == "phonestatus")


@pytest.mark.parametrize("model", ["phonestatus", "limit"])
def test_who_may_not_see_the_list_gets_no_file(model: str, staff: Any) -> None:
    browser = staff("view_verificationattempt", "view_full_phone")
    assert browser.get(url("changelist", model=model), {"format": "csv"}).status_code == 403
    assert not LogEntry.objects.exists()
