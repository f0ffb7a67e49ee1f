"""What a client says of its languages is bounded by nobody."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

import django_flashcall
from django_flashcall import services
from django_flashcall.models import VerificationAttempt
from django_flashcall.providers import memory
from tests.api.client import Api
from tests.api.stage import PHONE

pytestmark = pytest.mark.django_db

HEADERS = [
    "",
    "*",
    "fr",
    "uk",
    "uk-UA",
    "uk_UA.UTF-8",
    "uk-Cyrl-UA-x-informal",
    "uk-x-" + "y" * 10_000,
    "uk-x-" + "-y" * 5_000,
    "u" * 10_000,
    "uk," * 3_333,
    "uk;q=0.1," * 1_000 + "en",
    "uk;q=" + "9" * 10_000,
    "tlh",
    "xx-YY",
    "../../../etc/passwd",
    "uk\r\nSet-Cookie: a=b",
    "uk\x00",
    "українська",
    "\ud800",
    "{% now %} %s %(x)s {0}",
]


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: repr(header[:25]))
def test_any_accept_language_gets_a_code(api: Api, outbox: list[Any], header: str) -> None:
    memory.fail("flashcall")
    api.credentials(HTTP_ACCEPT_LANGUAGE=header)
    response = api.start(PHONE)
    assert response.status_code == 201
    attempt = VerificationAttempt.objects.get()
    assert attempt.language in {"", settings.LANGUAGE_CODE, *dict(settings.LANGUAGES)}
    assert len(attempt.language) <= VerificationAttempt._meta.get_field("language").max_length
    assert outbox[-1].code.digits in outbox[-1].text
    assert not [value for value in response.headers.values() if "\n" in value]


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: repr(header[:25]))
def test_any_accept_language_gets_an_answer(api: Api, header: str) -> None:
    api.credentials(HTTP_ACCEPT_LANGUAGE=header)
    assert api.status("x").case == ("flashcall_status", 404, "not_found")
    assert api.verify("x").case == ("flashcall_verify", 400, None)
    assert api.start("112").case == ("flashcall_start", 400, "destination_not_allowed")


@pytest.mark.parametrize("language", ["uk", "tlh", "xx-yy", "uk-x-informal", "y" * 400])
def test_a_code_of_the_sites_own_is_sent_in_any_language(phone: str, outbox: list[Any], language: str) -> None:
    with translation.override(language):
        attempt = services.request_verification(phone, channel="sms")
    assert len(attempt.language) <= 16
    assert outbox[-1].text


def test_a_language_is_read_in_one_place_and_only_as_one_that_is_supported() -> None:
    package = Path(django_flashcall.__file__).parent
    asked = [
        (path.relative_to(package).as_posix(), line.strip())
        for path in package.rglob("*.py")
        if path.parent.name not in {"checks", "admin"}  # they choose no language of a message
        for line in path.read_text().splitlines()
        if re.search(r"get_language|get_supported|LANGUAGE_CODE|ACCEPT_LANGUAGE|Accept-Language|parse_accept", line)
    ]
    assert asked == [
        (
            "services/requesting.py",
            'language = translation.get_supported_language_variant(translation.get_language() or "")',
        )
    ]
