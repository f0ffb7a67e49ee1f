"""The column that holds a phone number."""

from __future__ import annotations

from typing import Any

from django.db import models

from django_flashcall.phones import E164


class E164Field(models.CharField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A number in E.164 form, at most 16 characters, read back as an `E164`, which shows itself masked.

    Not `phonenumber_field`'s column: what that one stores depends on the host's PHONENUMBER_DB_FORMAT, and limits,
    ownership and searches need one spelling.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 16
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def from_db_value(self, value: str | None, *args: Any) -> E164 | None:
        return None if value is None else E164(value)
