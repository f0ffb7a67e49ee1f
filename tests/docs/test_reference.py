"""What the pages of docs/reference/ and docs/deployment.md show can be run as it is."""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from django_flashcall import services, signals, testing
from django_flashcall.api.serializers import attempt_json
from django_flashcall.api.urls import urlpatterns
from django_flashcall.models import VerificationAttempt
from django_flashcall.provider_contract import ProviderContract
from django_flashcall.providers.base import Message
from tests.checks.site import HEALTHY, told
from tests.docs.markdown import ROOT, blocks

REFERENCE = ROOT / "docs" / "reference"
HTTP = REFERENCE / "http.md"


def test_purposes_are_set_as_it_is_shown() -> None:
    known = {"FLASHCALL": copy.deepcopy(HEALTHY)}
    (block,) = blocks(REFERENCE / "settings.md", "python")
    exec(block.text, known)
    assert told(known["FLASHCALL"]) == []
    assert known["FLASHCALL"]["PURPOSES"]["withdrawal"]


@pytest.mark.django_db
def test_a_signal_is_heard_as_it_is_shown(user: Any, capsys: pytest.CaptureFixture[str]) -> None:
    known: dict[str, Any] = {}
    (block,) = blocks(REFERENCE / "signals.md", "python")
    exec(block.text, known)
    try:
        attempt = VerificationAttempt(phone_number=testing.NUMBER, user=user)
        signals.phone_verified.send(VerificationAttempt, attempt=attempt)
    finally:
        assert signals.phone_verified.disconnect(known["keep_number"])
    assert capsys.readouterr().out == f"olena {testing.NUMBER}\n"


@pytest.mark.django_db
def test_a_view_asks_for_a_verified_number_as_it_is_shown(user: Any) -> None:
    known: dict[str, Any] = {}
    _, block = blocks(REFERENCE / "services.md", "python")
    exec(block.text, known)

    class View(known["WithdrawalView"]):  # type: ignore[misc]
        def get(self, request: Any) -> Response:
            return Response()

    request = APIRequestFactory().get("/")
    force_authenticate(request, user)
    assert View.as_view()(request).status_code == 403
    testing.verified_phone(user)
    assert View.as_view()(request).status_code == 200


@pytest.mark.django_db
def test_a_view_calls_the_services_as_it_is_shown(
    user: Any, code: Callable[[], str], wrong: Callable[[str], str]
) -> None:
    known: dict[str, Any] = {}
    block, _ = blocks(REFERENCE / "services.md", "python")
    exec(block.text, known)
    testing.verified_phone(user)
    testing.let_pass(60)
    attempt_id = known["call"](RequestFactory().post("/"), user)
    assert not known["enter"](RequestFactory().post("/", {"code": wrong(code())}), attempt_id, user)
    assert known["enter"](RequestFactory().post("/", {"code": code()}), attempt_id, user)
    assert known["call"](RequestFactory().post("/"), user) is None  # too soon


@pytest.mark.parametrize("block", blocks(ROOT / "docs" / "deployment.md", "python"), ids=str)
def test_what_a_site_is_deployed_with_can_be_written_so(block: Any) -> None:
    known: dict[str, Any] = {"FLASHCALL": copy.deepcopy(HEALTHY), "DATABASES": {"default": {}}}
    exec(block.text, known | {"OLD_KEY": "old", "NEW_KEY": "new"}, known)
    assert told(known["FLASHCALL"]) == []


def test_the_table_has_every_endpoint_and_no_other() -> None:
    shown = set(re.findall(r"^\| `([A-Z]+) (\S+)` \|", HTTP.read_text(), re.MULTILINE))
    served = {
        (method, str(pattern.pattern).replace("<str:attempt_id>", "{id}"))
        for pattern in urlpatterns
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if hasattr(getattr(pattern.callback, "cls", None), method.lower())
    }
    assert shown == served | {("POST", "webhooks/{provider}/{secret}/")}


@pytest.mark.django_db
def test_the_table_has_every_field_of_an_attempt(attempt: VerificationAttempt) -> None:
    _, _, section = HTTP.read_text().partition("## An attempt")
    rows = re.findall(r"^\| (`.*?) \|", section.partition("\n## ")[0], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == attempt_json(attempt.standing).keys()


@pytest.mark.django_db
def test_the_sites_own_code_starts_a_purpose_as_it_is_shown(user: Any, phone: str) -> None:
    known = {"services": services, "phone_number": phone, "user": user}
    (block,) = blocks(HTTP, "python")
    exec(block.text, known)
    assert known["attempt"].purpose == "login"


SHOWN_PROVIDER, ITS_SETTING = blocks(REFERENCE / "providers.md", "python")


class TestTheProviderThatIsShown(ProviderContract):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> Any:
        known: dict[str, Any] = {}
        exec(SHOWN_PROVIDER.text, known)
        return known["Folder"]({"FOLDER": tmp_path})

    def test_its_file_has_the_text(self, provider: Any, tmp_path: Path, message_on: Callable[[str], Message]) -> None:
        message = replace(message_on("sms"), text="Your code is 482175.")
        provider.send(message, deadline=1)
        assert (tmp_path / message.id).read_text() == f"{message.phone_number}: Your code is 482175."


def test_its_setting_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, Any] = {"FLASHCALL": copy.deepcopy(HEALTHY)}
    exec(SHOWN_PROVIDER.text, known)
    monkeypatch.setitem(sys.modules, "shop", ModuleType("shop"))
    monkeypatch.setitem(sys.modules, "shop.texts", ModuleType("shop.texts"))
    monkeypatch.setattr(sys.modules["shop.texts"], "Folder", known["Folder"], raising=False)
    exec(ITS_SETTING.text, known)
    assert told(known["FLASHCALL"]) == []
