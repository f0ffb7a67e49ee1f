"""How a refusal looks over HTTP: a status, a code for programs and a sentence for people."""

from __future__ import annotations

import logging

from rest_framework.response import Response
from rest_framework.views import set_rollback

from django_flashcall.refusals import DETAIL, Refusal

logger = logging.getLogger("django_flashcall")


def refuse(refusal: Refusal) -> Response:
    """Return the response for a refusal."""
    body = {"error": refusal.code, "detail": DETAIL[refusal.code], **refusal.extra}
    return Response(body, status=refusal.status, headers=refusal.headers)


def from_database_error(error: Exception) -> Response:
    """Return the response where the database is away, or locked for too long. What was sent is not sent again."""
    logger.error("The database failed.", exc_info=error)
    set_rollback()
    return refuse(Refusal("provider_unavailable"))
