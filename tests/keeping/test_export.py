"""manage.py flashcall_export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.urls import reverse

from django_flashcall import services
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.fields import DigestField
from django_flashcall.services import exporting
from tests.keeping.conftest import ADDRESS, NUMBER, OTHER, Said, columns, dump

pytestmark = pytest.mark.django_db

Run = Callable[..., Said]
WHERE = {
    VerificationAttempt: lambda shown: shown["attempts"][0],
    Delivery: lambda shown: shown["attempts"][0]["deliveries"][0],
    PhoneStatus: lambda shown: shown["phones"][0],
    Limit: lambda shown: shown["limits"][0],
}
"""Where in what is written a row of each table is."""


@pytest.mark.parametrize("arguments", [[NUMBER], ["--user", "olena"]], ids=["a number", "a user"])
def test_all_that_is_held_is_shown(run: Run, held: None, user: Any, arguments: list[str]) -> None:
    shown = run("flashcall_export", *arguments).json
    attempts = shown["attempts"]
    assert [one["purpose"] for one in attempts] == ["signup", "login", "signup"]
    assert {one["phone_number"] for one in attempts} == {NUMBER}
    assert (attempts[0]["user"], attempts[0]["ip_address"], attempts[0]["status"]) == (user.pk, ADDRESS, "verified")
    assert attempts[0]["created_at"].startswith("20") and attempts[0]["redeemed_at"]
    assert [len(one["deliveries"]) for one in attempts] == [1, 1, 1]
    assert [(one["phone_number"], one["user"]) for one in shown["phones"]] == [(NUMBER, user.pk)]
    scopes = {one["scope"] for one in shown["limits"]}
    assert scopes == {"phone", "owner", "cooldown", "ip"} | ({"user"} if arguments[0] == "--user" else set())


def test_every_column_of_every_table_is_shown_or_left_out_for_a_reason(run: Run, held: None) -> None:
    shown = run("flashcall_export", NUMBER).json
    tables = {model for model in apps.get_app_config("flashcall").get_models() if not model._meta.proxy}
    assert tables == {*WHERE}
    named: set[str] = set()
    for model, find in WHERE.items():
        left_out = columns(model) - set(find(shown))
        assert left_out <= exporting.LEFT_OUT.keys(), model
        named |= left_out
    assert named == exporting.LEFT_OUT.keys()


def test_no_digest_is_shown(run: Run, held: None) -> None:
    out = run("flashcall_export", NUMBER).out
    for model in WHERE:
        for column in model._meta.concrete_fields:
            if isinstance(column, DigestField) or "digest" in column.name:
                assert column.name in exporting.LEFT_OUT
                assert not [
                    one for one in model._default_manager.values_list(column.name, flat=True) if one and one in out
                ]


def test_nobody_elses_is_shown(run: Run, held: None) -> None:
    said = run("flashcall_export", NUMBER)
    assert OTHER in dump() and OTHER not in said.out and "192.0.32.10" not in said.out


def test_it_changes_nothing(run: Run, held: None) -> None:
    before = dump()
    run("flashcall_export", NUMBER)
    assert dump() == before


def test_a_reduced_number_is_found_and_shown_as_what_is_left_of_it(run: Run, held: None) -> None:
    VerificationAttempt.objects.filter(phone_number=NUMBER).forget_numbers()
    shown = run("flashcall_export", "-", stdin=NUMBER).json["attempts"]
    assert [one["phone_number"] for one in shown] == ["•••••••03"] * 3


def test_one_line_or_many(run: Run, held: None) -> None:
    many, one = run("flashcall_export", NUMBER), run("flashcall_export", NUMBER, "--json")
    assert many.json == one.json
    assert one.out.count("\n") == 1 < many.out.count("\n")


def test_a_dry_run_says_how_much(run: Run, held: None) -> None:
    said = run("flashcall_export", NUMBER, "--dry-run").out
    assert said == "Held: attempts: 3, deliveries: 3, limits: 9, phones: 1, log entries: 0.\n"
    assert run("flashcall_export", NUMBER, "--dry-run", "--json").json["attempts"] == 3


def test_where_nothing_is_held_it_ends_with_three(run: Run, db: None) -> None:
    said = run("flashcall_export", NUMBER)
    assert (said.code, said.error) == (3, "Nothing is held.")
    assert said.json == {"attempts": [], "phones": [], "limits": [], "log_entries": []}


def test_times_are_utc(run: Run, db: None) -> None:
    attempt = services.request_verification(NUMBER)
    (shown,) = run("flashcall_export", NUMBER).json["attempts"]
    attempt.refresh_from_db()
    assert shown["created_at"][:19] == attempt.created_at.strftime("%Y-%m-%dT%H:%M:%S") and shown[
        "created_at"
    ].endswith("Z")


def test_what_staff_did_is_shown_without_who_it_was(run: Run, held: None, client: Any) -> None:
    client.force_login(get_user_model().objects.create_superuser("root"))
    page = reverse("admin:flashcall_phonestatus_act", args=[PhoneStatus.objects.get(phone_number=NUMBER).pk, "block"])
    client.post(page, {"reason": "Asked us to", "seconds": 3600})
    (entry,) = run("flashcall_export", NUMBER).json["log_entries"]
    assert entry.pop("action_time").startswith("20")
    assert entry == {
        "object_repr": "+380•••••••03",
        "change_message": "Blocked the number: 1 hour. Reason: Asked us to",
    }
