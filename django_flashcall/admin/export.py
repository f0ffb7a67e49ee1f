"""What a list shows, as a CSV file: streamed, with numbers masked, and harmless to the spreadsheet that opens it."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import select_template
from django.utils import timezone, translation
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Any]
else:
    Base = object  # `ModelAdmin` is the site's, or its theme's

logger = logging.getLogger("django_flashcall")

VIEW_FULL_PHONE: Final = "flashcall.view_full_phone"
"""The permission to see whole numbers."""
ASKED: Final = "format"
"""The parameter of a list's address that asks for the file."""
LOOKED: Final = 4
"""Of an entry in the admin's log: nothing was changed, something was seen. Django has no word for that."""
BATCH: Final = 500
"""Rows that are read at once, so that a long file takes no more memory than a short one."""
MOST: Final = 100_000
"""Rows of one file. Where there are more, its last line says so."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes a cell for a formula by (OWASP, CSV Injection)."""
BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""

Column = Callable[[Any, bool], object]
"""Gives the cell of a row; the second argument tells whether whole numbers may be shown."""


class Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def harmless(value: object) -> str:
    """Return a cell's text that no spreadsheet runs: one that would begin a formula has an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def stamp(moment: datetime | None) -> str | None:
    """Return a time as programs and spreadsheets read it, in UTC."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def lines(rows: Iterator[Sequence[object]]) -> Iterator[str]:
    """Return the lines of a CSV file, one at a time."""
    writer = csv.writer(Echo())
    for number, row in enumerate(rows):
        line = writer.writerow([harmless(cell) for cell in row])
        yield line if number else BYTE_ORDER_MARK + line


class CsvExportMixin(Base):
    """For a model admin: a link on its list that gives what the list shows, filtered as it is, as a CSV file.

    Put it before the other bases. Who may see the list may have the file. Numbers are masked but for staff with
    `flashcall.view_full_phone`; each file is written down in the admin's log and in the log `django_flashcall`.
    """

    change_list_template = "flashcall/admin/export_list.html"
    csv_columns: Mapping[Any, Column]
    """Head to cell."""
    csv_has_numbers = True
    """Whether a column has whole numbers for who may see them."""

    def csv_rows(self, pks: Sequence[Any]) -> Iterable[Any]:
        """Return the rows with these primary keys, with all that the columns need."""
        raise NotImplementedError

    def csv_end(self, request: HttpRequest) -> str:
        """Return what the last line says of rows that were not looked at; empty where all were."""
        return ""

    def changelist_view(  # type: ignore[override]  # a stream is no HttpResponse
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Show the list with its link; or with `format=csv` in the query, which the list never sees, give the file."""
        query = request.GET.copy()
        wanted = query.pop(ASKED, None)
        if wanted == ["csv"] and request.method == "GET":
            request.GET = query  # type: ignore[assignment]
            return self._export(request)
        query.pop("p", None)
        query[ASKED] = "csv"
        template = super().change_list_template or select_template(self._list_templates())
        context = {**(extra_context or {}), "export_query": query.urlencode(), "export_base": template}
        return super().changelist_view(request, context)

    def _list_templates(self) -> list[str]:
        """Return the names under which Django looks for the template of a list."""
        app, model = self.opts.app_label, self.opts.model_name
        return [f"admin/{app}/{model}/change_list.html", f"admin/{app}/change_list.html", "admin/change_list.html"]

    def _export(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect(request.path)
        user: Any = request.user
        full = self.csv_has_numbers and user.has_perm(VIEW_FULL_PHONE)
        self._write_down(request, full=full)
        rows = self._cells(found, full, translation.get_language(), self.csv_end(request))
        response = StreamingHttpResponse(lines(rows), content_type="text/csv; charset=utf-8")
        name = f"{self.opts.model_name}-{timezone.localdate():%Y-%m-%d}.csv"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _write_down(self, request: HttpRequest, *, full: bool) -> None:
        """Tell who took the list with him. Not what it was filtered by: that may be a number's digest."""
        said = "Exported to CSV, with whole numbers." if full else "Exported to CSV, with masked numbers."
        user: Any = request.user
        LogEntry.objects.create(
            user_id=user.pk,
            content_type=ContentType.objects.get_for_model(self.model, for_concrete_model=False),
            object_repr=str(self.opts.verbose_name_plural)[:200],
            action_flag=LOOKED,
            change_message=said,
        )
        logger.info(said, extra={"user_id": user.pk, "model": self.opts.label, "whole_numbers": full})

    def _cells(self, found: QuerySet[Any], full: bool, language: str | None, end: str) -> Iterator[list[object]]:
        """Return the head and the rows, newest first, by ranges of the primary key, which cost the same everywhere."""
        with translation.override(language):
            yield [str(head) for head in self.csv_columns]
        written, found = 0, found.order_by("-pk")
        pks = list(found.values_list("pk", flat=True)[:BATCH])
        while pks and written < MOST:
            with translation.override(language):
                rows = {row.pk: row for row in self.csv_rows(pks)}
                # One that was purged meanwhile is left out.
                batch = [[cell(rows[pk], full) for cell in self.csv_columns.values()] for pk in pks if pk in rows]
            yield from batch
            written += len(pks)
            pks = list(found.filter(pk__lt=pks[-1]).values_list("pk", flat=True)[:BATCH])
        if pks:
            with translation.override(language):
                yield [_("There are more. Filter the list to get the others: a file has at most %d rows.") % MOST]
        elif end:
            yield [end]
