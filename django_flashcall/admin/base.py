"""What all of the admin pages share: they change no row by a form, show no full number and stay quick on large tables.

Each page is a mixin, which a site combines with the `ModelAdmin` of its own or of its theme.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from django_flashcall.models import PhoneStatus, VerificationAttempt, transactions

if TYPE_CHECKING:
    MixedIn = admin.ModelAdmin[Any]
else:
    MixedIn = object

COUNTED = 10_000
"""Rows up to which a list is counted, and paged through: beyond them it is searched and filtered."""

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Counts no further than `COUNTED`: PostgreSQL reads a whole table to count its rows."""

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        # Without `values` a slice is counted with its annotations, so that 10,000 states would be derived for it.
        return self.object_list.order_by().values("pk")[:COUNTED].count()


class ReadOnly:
    """For a model admin or an inline: nobody adds, changes or deletes by its forms, superusers included."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class QuickListMixin(ReadOnly, MixedIn):
    """A list that stays quick on a large table."""

    sortable_by = []  # no other column has an index that could give its order
    paginator = CappedPaginator
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ["flashcall/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows as they are on the database that is written."""
        return super().get_queryset(request).using(transactions.database())

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow what the filters offer alone.

        Django allows every column, and `?phone_number__startswith=` would tell a masked number digit by digit.
        """
        return lookup in {offered.parameter_name for offered in self.get_list_filter(request)}  # type: ignore[union-attr]


class ReviewMixin(QuickListMixin):
    """A list and a page of one of our tables that has a phone number."""

    ordering = ["-id"]
    list_select_related = ["user"]

    @admin.display(description=_("phone number"))
    def phone(self, obj: VerificationAttempt | PhoneStatus) -> str:
        return obj.masked_phone_number()


def exactly(moment: datetime) -> str:
    """Return a time with its seconds: Django's format has none, and a code lives for 90."""
    return date_format(localtime(moment), "j M Y H:i:s").replace(" ", NO_BREAK_SPACE)


def users_named(name: str) -> list[Any]:
    """Return the primary key of the user with this user name, in a list; an empty one where there is none."""
    users = get_user_model()
    try:
        return list(users._default_manager.filter(**{users.USERNAME_FIELD: name}).values_list("pk", flat=True))
    except (ValueError, ValidationError):  # a site's user name may be no text
        return []
