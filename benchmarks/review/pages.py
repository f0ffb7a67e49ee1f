"""The pages that are measured. A page is a name and its address; one more is one more line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, reverse

from django_flashcall import codes
from django_flashcall.conf import secrets
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt


@dataclass(frozen=True)
class Page:
    name: str
    address: str
    form: dict[str, str] | None = None
    """What is posted, where it is a form; the page that it leads to is what is measured."""


def known() -> list[Page]:
    """Return the pages of this database: lists, each filter with each of its values, searches and single rows."""
    pages = [Page("index", reverse("admin:index"))]
    pages += _lists("attempts", VerificationAttempt)
    pages += _lists("phones", PhoneStatus)
    pages += _lists("limits", Limit)
    pages += _searches() + _single_rows() + _health() + _numbers()
    return pages


def _lists(name: str, model: type[Model]) -> list[Page]:
    """Return a list's first page, its last, and one for each filter and value that it offers."""
    address = _address(model, "changelist")
    change_list = _change_list(address)
    last = change_list.paginator.num_pages
    pages = [Page(f"{name}", address), Page(f"{name}, last page", f"{address}?{urlencode({'p': last})}")]
    for field, value in _offered(change_list):
        pages.append(Page(f"{name}, {field}={value}", f"{address}?{urlencode({field: value})}"))
    return pages


def _change_list(address: str) -> Any:
    response: Any = staff().get(address)
    return response.context_data["cl"]


def _offered(change_list: Any) -> list[tuple[str, str]]:
    """Return the parameter and the value of every choice in the filters of a list, as the page itself offers them."""
    return [
        (spec.parameter_name, str(value))
        for spec in change_list.filter_specs
        if hasattr(spec, "lookup_choices")
        for value, _label in spec.lookup_choices
    ]


def _searches() -> list[Page]:
    attempt, delivery = _middle(VerificationAttempt), _middle(Delivery)
    terms = {
        "id": str(attempt.pk),
        "id of a delivery": str(delivery.pk),
        "provider's id": delivery.provider_message_id,
        "last digits": attempt.phone_number[-4:],
        "last two digits": attempt.phone_number[-2:],
        "user name": "user77",
        "nothing known": "no-such-thing",
    }
    address = _address(VerificationAttempt, "changelist")
    pages = [Page(f"attempts, search by {name}", f"{address}?{urlencode({'q': term})}") for name, term in terms.items()]
    address = _address(PhoneStatus, "changelist")
    return [*pages, Page("phones, search by user name", f"{address}?{urlencode({'q': 'user77'})}")]


def _single_rows() -> list[Page]:
    rows = {"one attempt": _middle(VerificationAttempt), "one phone": _middle(PhoneStatus)}
    newest = VerificationAttempt.objects.order_by("-pk")[0]
    rows["one attempt, the newest"] = newest
    return [Page(name, _address(type(row), "change", row.pk)) for name, row in rows.items()]


def _health() -> list[Page]:
    """Return the page of figures, where there is one, with its windows."""
    address = _found("admin:flashcall_health") or _found("admin:flashcall_health_changelist")
    if address is None:
        return []
    return [Page(f"health, {hours}", f"{address}?{urlencode({'window': hours})}") for hours in ("24h", "7d", "30d")]


def _numbers() -> list[Page]:
    """Return the searches by whole number, by the forms that lead to it, where there are such."""
    number = str(_middle(VerificationAttempt).phone_number)
    digest = codes.digest(secrets()[0], "phone", number)  # which PostgreSQL could not make
    VerificationAttempt.objects.filter(phone_number=number).update(phone_digest=digest)
    forms = {
        "attempts": _found("admin:flashcall_verificationattempt_find"),
        "phones": _found("admin:flashcall_phonestatus_find"),
    }
    return [Page(f"{name}, whole number", address, {"number": number}) for name, address in forms.items() if address]


def _found(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _address(model: type[Model], page: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def _middle(model: type[Any]) -> Any:
    """Return a row from the middle of the table's time."""
    rows = model.objects.order_by("pk")
    return rows[rows.count() // 2]


def staff() -> Client:
    """Return the browser of somebody who may see everything."""
    from django.contrib.auth import get_user_model

    users: Any = get_user_model()
    user, _made = users.objects.get_or_create(username="staff", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    return client
