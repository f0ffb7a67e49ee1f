"""All that is held about a number or a user, to be shown to the person it is about."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Model

from django_flashcall.services import staff_log
from django_flashcall.services.holdings import OTHERS, Subject

LEFT_OUT: Final = {
    "phone_digest": "made of the number, which is shown where it is still kept",
    "context_digest": "a digest of what the site bound the attempt to",
    "idempotency_digest": "a digest of a key that the client made up",
    "code_digest": "what a code is judged by",
    "key": "a digest of what the limit counts, under a key of the site",
}
"""Columns that are not shown, and why. Whatever else a row has is shown."""
TOLD: Final = ["action_time", "object_repr", "change_message"]
"""What is shown of an entry of the admin's log: not who of the staff it was, which is about somebody else."""


def export(subject: Subject) -> dict[str, list[dict[str, Any]]]:
    """Return what is held about a subject: lists of rows, by what they are, in the order of their making."""
    attempts = list(subject.attempts().prefetch_related("deliveries").order_by("pk"))
    statuses = list(subject.statuses().order_by("pk"))
    return {
        "attempts": [_shown(one) | {"deliveries": _deliveries(one)} for one in attempts],
        "phones": [_shown(status) for status in statuses],
        "limits": [_shown(limit) for limit in subject.limits(attempts).order_by("scope", "ends_at")],
        "log_entries": list(staff_log.entries([*attempts, *statuses]).order_by("pk").values(*TOLD)),
        **{other.name: [_shown(row) for row in other.rows(subject).order_by("pk")] for other in OTHERS},
    }


def _deliveries(attempt: Any) -> list[dict[str, Any]]:
    return [_shown(delivery) for delivery in sorted(attempt.deliveries.all(), key=lambda one: one.pk)]


def _shown(row: Model) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.name not in LEFT_OUT]
    return {field.name: getattr(row, field.attname) for field in fields}
