"""What staff see and get: every page of the admin, every file, and what the commands write."""

from __future__ import annotations

import io
import re

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt
from django_flashcall.services import health
from tests.api.witness import Witness


def see_what_staff_see(witness: Witness, prefix: str) -> None:
    """See all of it. The numbers that were asked for begin with this prefix, which figures are told by."""
    see_admin_pages(witness, prefix)
    see_what_commands_say(witness)


def see_admin_pages(witness: Witness, prefix: str) -> None:
    """See every page of ours, and what each act answers, as a member of staff without `view_full_phone`."""
    clerk = get_user_model().objects.create_user("clerk", is_staff=True)
    codenames = ["view_delivery", "view_health"]
    codenames += [
        f"{may}_{name}" for may in ("view", "change") for name in ("verificationattempt", "phonestatus", "limit")
    ]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    browser = Client()
    browser.force_login(clerk)
    pages = [reverse("admin:index"), reverse("admin:flashcall_limit_changelist")]
    for name, model in (("verificationattempt", VerificationAttempt), ("phonestatus", PhoneStatus)):
        pages.append(reverse(f"admin:flashcall_{name}_changelist"))
        for key in model.objects.values_list("pk", flat=True):
            pages += [reverse(f"admin:flashcall_{name}_{page}", args=[key]) for page in ("change", "history")]
    for page in pages:
        response = browser.get(page)
        assert response.status_code == 200
        # A limit has no other name than its key, by which the list's own form tells the rows that were chosen.
        shown = re.sub(r'name="_selected_action" value="[0-9a-f]{64}"', "", response.content.decode())
        witness.see(page, dict(response.headers), shown)
    see_health(witness, browser, prefix)
    see_what_staff_do(witness, browser)
    see_what_staff_find(witness, browser)
    see_files(witness, browser)


def see_health(witness: Witness, browser: Client, prefix: str) -> None:
    """See the figures of each window. They are told by prefix, which is a number less its last four digits."""
    before = len(witness.records)
    for window in health.WINDOWS:
        page = reverse("admin:flashcall_health_changelist") + f"?window={window}"
        response = browser.get(page)
        assert response.status_code == 200
        shown = re.sub(rf"{re.escape(prefix)}(••••|(?=, [0-9]+ were verified))", "", response.content.decode())
        witness.see(page, dict(response.headers), shown)
    # Of a variable that a template does not have, Django logs all others, which are those of the page.
    witness.records[before:] = [record for record in witness.records[before:] if record.name != "django.template"]


def see_files(witness: Witness, browser: Client) -> None:
    """See each list as a file."""
    for model in (VerificationAttempt, PhoneStatus, Limit):
        page = reverse(f"admin:flashcall_{model._meta.model_name}_changelist") + "?format=csv"
        response = browser.get(page)
        written = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
        assert written.count("\n") == model._default_manager.count() + 1
        witness.see(page, dict(response.headers), written)


def see_what_commands_say(witness: Witness) -> None:
    """See what is written of everybody's data. Only what is handed to a person has his number, and his alone."""
    numbers = set(VerificationAttempt.objects.values_list("phone_number", flat=True))
    for command, *options in (
        ("flashcall_export",),
        ("flashcall_export", "--dry-run"),
        ("flashcall_erase", "--dry-run", "--json"),
        ("flashcall_erase", "--dry-run"),
    ):
        for number in numbers:
            said = said_by(command, number, *options)
            allowed = number if (command, *options) == ("flashcall_export",) else "nothing"
            assert "attempts" in said
            witness.see(" ".join([command, *options]), said.replace(allowed, ""))
    for options in ([], ["--dry-run"], ["--json"], ["--dry-run", "--json"]):
        witness.see(" ".join(["flashcall_purge", *options]), said_by("flashcall_purge", *options))
    witness.see("flashcall_erase", said_by("flashcall_erase", numbers.pop(), "--json"))


def said_by(command: str, *arguments: str) -> str:
    """Return what a command writes, its errors included."""
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, stderr=out)
    return out.getvalue()


def see_what_staff_do(witness: Witness, browser: Client) -> None:
    given = {"reason": "asked us to", "seconds": "3600"}
    rows = [*VerificationAttempt.objects.all()[:5], *PhoneStatus.objects.all()]
    for row in rows:
        for name in ("ask", "forgive", "block", "unblock", "cancel", "release"):
            address = reverse(f"admin:flashcall_{row._meta.model_name}_act", args=[row.pk, name])
            response = browser.post(address, given, follow=True)
            witness.see(address, dict(response.headers), response.content.decode())
    entries = list(LogEntry.objects.values_list("object_repr", "change_message"))
    assert len(entries) > len(rows)
    witness.see_object("log entries", entries)


def see_what_staff_find(witness: Witness, browser: Client) -> None:
    """See what follows a search. It is by the number's digest, which is then in the address and in the links."""
    row = VerificationAttempt.objects.latest("pk")
    witness.secrets["digest"].discard(row.phone_digest)
    for model in ("verificationattempt", "phonestatus"):
        find = reverse(f"admin:flashcall_{model}_find")
        response = browser.post(find, {"number": str(row.phone_number)}, follow=True)
        witness.see(find, response.content.decode())
