"""Finding rows: by ids and last digits in the search box, by a whole number through a form that posts it."""

from __future__ import annotations

import re
import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from django_flashcall import phones
from django_flashcall.admin.base import MixedIn
from django_flashcall.conf import get_config
from django_flashcall.exceptions import DestinationNotAllowed
from django_flashcall.models import Delivery, VerificationAttempt, transactions
from django_flashcall.phones import E164

LOOKED_THROUGH: Final = 20_000
"""Attempts, the newest, among which is looked where no index helps. So that costs the same however many there are."""
LAST_DIGITS: Final = re.compile(r"[0-9]{2,4}", re.ASCII)
"""At most four: with more of them a masked number would be told digit by digit."""
FOUND: Final = 200
"""Attempts that a search by last digits keeps."""


def attempts_named(term: str) -> list[uuid.UUID]:
    """Return the ids of the attempts that an id spells: theirs, one of a delivery, or a provider's."""
    try:
        ids = [uuid.UUID(term)]
    except ValueError:
        ids = []
    deliveries = Delivery.objects.using(transactions.database()).filter(Q(pk__in=ids) | Q(provider_message_id=term))
    return [*ids, *deliveries.values_list("attempt_id", flat=True)]


def attempts_ending(term: str) -> list[uuid.UUID]:
    """Return the ids of the newest attempts whose numbers end with these two to four digits."""
    if not LAST_DIGITS.fullmatch(term):
        return []
    newest, _oldest = VerificationAttempt.objects.using(transactions.database()).newest(LOOKED_THROUGH)
    return list(newest.filter(phone_number__endswith=term).order_by("-pk").values_list("pk", flat=True)[:FOUND])


class FindingMixin(MixedIn):
    """Gives a list a form for a whole number. It is posted, so that it is in no address, history or server log."""

    change_list_template = "flashcall/admin/change_list.html"

    def found(self, request: HttpRequest, number: E164) -> str | None:
        """Return the address of what is known of a number, or None."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = sensitive_post_parameters("number")(require_POST(self.admin_site.admin_view(self.find_view)))
        return [path("find/", view, name=f"{self.opts.app_label}_{self.opts.model_name}_find"), *super().get_urls()]

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """Go to what is known of the number that was posted."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            number = phones.parse(request.POST.get("number", ""), get_config().default_region()).number
        except (ValidationError, DestinationNotAllowed):
            messages.error(request, _("Enter one phone number with its country code, for example +380 50 123 45 67."))
            return redirect(self.address("changelist"))
        address = self.found(request, number)
        if address is None:
            messages.warning(request, _("Nothing is known of this number."))
        return redirect(address or self.address("changelist"))

    def changelist_view(  # type: ignore[override]  # the class before it may give a stream
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        context = {"find_url": self.address("find"), **(extra_context or {})}
        return super().changelist_view(request, extra_context=context)

    def address(self, page: str, *arguments: Any) -> str:
        """Return the address of one of this model's pages."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=arguments, current_app=self.admin_site.name)
