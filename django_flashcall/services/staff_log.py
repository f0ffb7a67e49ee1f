"""What staff did and saw, as far as Django's admin has written it down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import router
from django.db.models import Model, Q, QuerySet

from django_flashcall.models import VerificationAttempt


def entries(rows: Iterable[Model]) -> QuerySet[Any]:
    """Return the entries about these rows of ours; none where the site has no `django.contrib.admin`."""
    if not apps.is_installed("django.contrib.admin"):
        return VerificationAttempt.objects.none()
    from django.contrib.admin.models import LogEntry

    ids: defaultdict[Any, list[str]] = defaultdict(list)
    for row in rows:
        ids[row._meta].append(str(row.pk))
    wanted = Q(pk__in=[])
    for meta, pks in ids.items():
        kind = Q(content_type__app_label=meta.app_label, content_type__model=meta.model_name)
        wanted |= kind & Q(object_id__in=pks)
    return LogEntry.objects.using(router.db_for_write(LogEntry)).filter(wanted)
