"""What is known of a number, for the pages that show one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from django_flashcall.admin import words
from django_flashcall.admin.advice import is_blocked, of_block, of_limits
from django_flashcall.admin.number_acts import subject
from django_flashcall.models import PhoneStatus, VerificationAttempt, transactions
from django_flashcall.services import limiting


def status_of(phone_number: str) -> PhoneStatus | None:
    """Return what is known of a number, with its owner and the time that it is blocked, in one SELECT."""
    statuses = PhoneStatus.objects.using(transactions.database()).with_block().select_related("user")
    return statuses.filter(phone_number=phone_number).first()


def status_address(page: admin.ModelAdmin[Any], request: HttpRequest, status: PhoneStatus | None) -> str | None:
    """Return the address of a number's page, where there is one and this member of staff may see it."""
    return None if status is None else _address(page, request, "phonestatus", status)


def attempt_address(page: admin.ModelAdmin[Any], request: HttpRequest, attempt: VerificationAttempt) -> str | None:
    """Return the address of an attempt's page, where there is one and this member of staff may see it."""
    return _address(page, request, "verificationattempt", attempt)


def _address(page: admin.ModelAdmin[Any], request: HttpRequest, model: str, row: Model) -> str | None:
    if not request.user.has_perm(f"flashcall.view_{model}"):
        return None
    try:
        return reverse(f"admin:flashcall_{model}_change", args=[row.pk], current_app=page.admin_site.name)
    except NoReverseMatch:  # a site need not register all of our pages
        return None


def number_panel(page: admin.ModelAdmin[Any], request: HttpRequest, row: VerificationAttempt) -> dict[str, Any]:
    """Return what stands above a list that has one number's attempts: its owner, its block, and what refuses it."""
    status = status_of(row.phone_number)
    return {
        "number": row.masked_phone_number(),
        "status": status,
        "status_url": status_address(page, request, status),
        "blocked": status is not None and is_blocked(status),
        "told": [*of_block(status), *of_limits(limits_of(row))],
    }


def limit_lines(holding: limiting.Holding) -> list[dict[str, Any]]:
    """Return the rows of the table of a number's limits."""
    return [
        {
            "what": words.scope(held.scope, held.period),
            "uses": held.uses,
            "allowed": held.allowed,
            "left": words.within(held.left),
            "refuses": held.refuses,
        }
        for held in holding.limits
    ]


def limits_of(row: VerificationAttempt | PhoneStatus) -> limiting.Holding:
    """Return what holds a row's number back; nothing where the number is kept no longer."""
    try:
        return limiting.look(subject(row))
    except ValidationError:
        return limiting.Holding(limits=[], checks=None, checks_in=0, down={})
