"""What the room says when it is asked, and not when it is imported, is translated too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import django_flashcall
from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt
from tests.room.conftest import ACT, act, text, url

PACKAGE = Path(django_flashcall.__file__).parent


@pytest.fixture
def browser(staff: Any, settings: Any) -> Any:
    settings.LANGUAGE_CODE = "uk"
    return staff(*ACT)


def test_the_story(attempt: VerificationAttempt, browser: Any) -> None:
    said = text(browser.get(url("change", attempt)))
    for word in (
        "Спроба для +380•••••••03",
        "Країна, мова",
        "Можна продовжити до",
        "Хибні коди",
        "Людина за коди не платить.",
    ):
        assert word in said
    assert "Провайдера запитано: він ще не знає" in text(act(browser, attempt, "ask"))
    assert "Спробу скасовано: її коди більше не приймаються." in text(act(browser, attempt, "cancel"))


def test_the_page_of_a_number(phone: str, user: Any, browser: Any) -> None:
    PhoneStatus.objects.give(phone, user=user, channel="sms")
    status = PhoneStatus.objects.get()
    said = text(browser.get(url("change", status)))
    assert "Номер +380•••••••03" in said and re.search(r"Підтверджено .+ через SMS\.", said)
    assert "нічий" in text(act(browser, status, "release", reason="Продано"))


def test_the_list_of_limits(attempt: Any, browser: Any) -> None:
    chosen = {
        "action": "forgive",
        "_selected_action": [Limit.objects.filter(scope="site").values_list("pk", flat=True)[0]],
    }
    page = browser.post(url("changelist", model="limit"), chosen, follow=True)
    assert "Жодне з цих обмежень не можна пробачити" in text(page)


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)).replace("/", ".")
)
def test_texts_are_marked_by_names_that_the_tool_knows(path: Path) -> None:
    """xgettext finds the texts of these names alone; those of another are in no catalogue."""
    assert set(re.findall(r"\bgettext(?:_lazy)? as (\w+)", path.read_text())) <= {"_"}
    assert not re.findall(r"\{(?:_|n?gettext)\(", path.read_text()), "nor does it look into f-strings"
