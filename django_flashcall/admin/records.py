"""What staff did and saw, in the admin's own log, which is also each row's history."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

LOOKED: Final = 4
"""Of an entry: nothing was changed, somebody saw a whole number. Django has no word for that."""
SHOWN: Final = 20


def act(request: HttpRequest, row: Model, message: str) -> None:
    """Write that somebody of the staff did something about a row."""
    _write(request, row, message, CHANGE)


def look(request: HttpRequest, row: Model) -> None:
    """Write that somebody of the staff saw the whole number of a row."""
    _write(request, row, _("Saw the whole phone number."), LOOKED)


def acts(row: Model) -> list[LogEntry]:
    """Return the latest of what staff did about a row, with who did it."""
    kind = ContentType.objects.get_for_model(row)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(row.pk), action_flag=CHANGE)
    return list(entries.select_related("user").order_by("-action_time")[:SHOWN])


def _write(request: HttpRequest, row: Model, message: str, flag: int) -> None:
    user: Any = request.user
    LogEntry.objects.create(
        user_id=user.pk,
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=str(row)[:200],
        action_flag=flag,
        change_message=message,
    )
