"""Results to compare with."""

from django_flashcall.providers import base
from django_flashcall.providers.base import Result, Status

TAKEN = Result(status=Status.ACCEPTED, provider_message_id="abc123def456")
"""What comes of `server.accepted`."""


def rejected(error_code=base.REJECTED, message_id=""):
    return Result(status=Status.REJECTED, error_code=error_code, provider_message_id=message_id)


def unknown(error_code=base.MALFORMED_ANSWER, message_id=""):
    return Result(status=Status.UNKNOWN, error_code=error_code, provider_message_id=message_id)


def unreachable(error_code=base.CONNECTION):
    return Result(status=Status.UNREACHABLE, error_code=error_code)
