"""What docs/retention.md shows is run here, and its figures are the code's."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from django_flashcall import services
from django_flashcall.conf import DEFAULTS
from django_flashcall.management import subject
from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt
from django_flashcall.services import Client, purging
from tests.checks.site import SMSBAT, told
from tests.keeping.conftest import ADDRESS, NUMBER, Said

pytestmark = pytest.mark.django_db

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "retention.md").read_text()
WORDS = " ".join(PAGE.split())
Run = Callable[..., Said]


def shown(command: str) -> list[tuple[list[str], str]]:
    """Return the lines of a command that are shown, each with what it says."""
    text = "".join(re.findall(r"^```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
    found = re.findall(r"^\$ python manage.py (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
    lines = [(shlex.split(line.partition("<")[0].partition(">")[0]), said) for line, said in found]
    return [(words[1:], said) for words, said in lines if words[0] == command]


@pytest.fixture
def session(run: Run) -> Callable[[str], None]:
    """Run the commands of one name in their order, and compare what they say."""

    def session(name: str) -> None:
        lines = shown(name)
        assert len(lines) >= 2
        for arguments, expected in lines:
            said = run(name, *arguments, stdin=f"{NUMBER}\n")
            error = f"CommandError: {said.error}\n" if said.error else ""
            assert said.out + error == expected

    return session


def test_purging_as_it_is_shown(session: Any, age: Any) -> None:
    services.request_verification(NUMBER, client=Client(ip_address=ADDRESS))
    age(31 * 86400)
    Limit.objects.filter(pk__in=list(Limit.objects.values_list("pk", flat=True)[6:])).delete()
    session("flashcall_purge")


def test_erasing_as_it_is_shown(session: Any, user: Any) -> None:
    services.request_verification(NUMBER)
    PhoneStatus.objects.create(phone_number=NUMBER)
    session("flashcall_erase")


def test_exporting_as_it_is_shown(run: Run) -> None:
    services.request_verification(NUMBER)
    ((arguments, said),) = shown("flashcall_export")
    held = run("flashcall_export", *arguments, stdin=f"{NUMBER}\n")
    assert (said, held.code) == ("", 0)
    assert all(f"`{name}`" in PAGE for name in held.json)


def test_the_settings_that_are_shown_are_right() -> None:
    (text,) = re.findall(r"^```python\nFLASHCALL = (.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    entry = {"CLASS": SMSBAT, "OPTIONS": {"API_KEY": "0123456789abcdef", "SENDER": "MyShop"}}
    assert told({"PROVIDERS": {"default": entry}, "ALLOWED_REGIONS": ["UA"], **eval(text)}) == []


@pytest.mark.parametrize(
    "words",
    [
        f"who asked | {purging.ADDRESS_DAYS} days |",
        f"`RETENTION_DAYS`, {DEFAULTS['RETENTION_DAYS']} |",
        f"`HISTORY_DAYS`, {DEFAULTS['HISTORY_DAYS']} |",
        f"It changes {purging.BATCH} rows in a transaction",
        f"| {subject.NOTHING_FOUND} | | nothing is held |",
    ],
)
def test_the_figures_are_the_codes(words: str) -> None:
    assert words in WORDS
    assert (purging.DAY, purging.RECENT, purging.WHOLE_EVERY) == (86400, 3600, 86400)


def test_a_reduced_number_reads_as_it_says() -> None:
    services.request_verification(NUMBER)
    VerificationAttempt.objects.forget_numbers()
    assert f"reads `{VerificationAttempt.objects.get().phone_number}`" in WORDS


def test_the_admin_s_log_is_deleted_as_it_is_shown(user: Any) -> None:
    (snippet,) = re.findall(r"^```python\n(from datetime.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for model in (VerificationAttempt, type(user)):
        for days in (364, 366):
            kind, at = ContentType.objects.get_for_model(model), timezone.now() - timedelta(days=days)
            LogEntry.objects.create(user=user, content_type=kind, action_flag=2, action_time=at)
    exec(snippet, {})
    assert LogEntry.objects.filter(content_type__app_label="flashcall").count() == 1
    assert LogEntry.objects.count() == 3
