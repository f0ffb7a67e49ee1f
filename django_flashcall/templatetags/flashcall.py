"""Filters for templates: `{% load flashcall %}`."""

from __future__ import annotations

from typing import Any

from django import template

from django_flashcall import phones, services

register = template.Library()


@register.filter
def has_verified_phone(user: Any) -> bool:
    """Tell whether a user owns a verified number: `{% if request.user|has_verified_phone %}`. One query."""
    return bool(getattr(user, "is_authenticated", False) and services.phones_of(user))


@register.filter
def masked(number: str) -> str:
    """Return a number with all but its country code and last two digits hidden."""
    return phones.mask(number)


@register.filter
def spaced(masked: str) -> str:
    """Return a masked number as +380 ••• •• •• 03."""
    start, dots, end = masked.partition("•")[0], masked.count("•"), masked.rpartition("•")[2]
    groups = [dots % 2 + 2] + [2] * ((dots - dots % 2 - 2) // 2) if dots > 2 else [dots]
    return "\N{NO-BREAK SPACE}".join(filter(None, [start, *("•" * group for group in groups), end]))


@register.filter
def clock(seconds: int) -> str:
    """Return seconds as 1:05."""
    return f"{seconds // 60}:{seconds % 60:02}"
