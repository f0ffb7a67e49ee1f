"""Columns of our own: a phone number, a digest."""

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


class DigestField(models.CharField):  # type: ignore[type-arg]
    """The 64 hex digits of a keyed digest, to be looked up by.

    On PostgreSQL it is no `varchar`, for which Django would make a second index that serves only LIKE.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 64
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def db_type(self, connection: Any) -> str | None:
        return "char(64)" if connection.vendor == "postgresql" else super().db_type(connection)
