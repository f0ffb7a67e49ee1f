"""What each channel's message says."""

from __future__ import annotations

import functools
import logging

from django.template.loader import select_template
from django.utils import translation

from django_flashcall.codes import Code
from django_flashcall.conf import get_config
from django_flashcall.parts import parts

logger = logging.getLogger("django_flashcall")

SILENT = frozenset({"flashcall"})
"""Channels that carry no words: the caller ID is the message."""


def text(channel: str, *, code: Code, purpose: str, language: str) -> str:
    """Return what a person reads or hears over `channel`; empty for a channel without words.

    The log says once of each purpose and language that its SMS is paid for more than once.
    """
    if channel in SILENT:
        return ""
    said = words(channel, code=code, purpose=purpose, language=language)
    if channel == "sms" and parts(said) > 1:
        _tell_of_parts(purpose, language, parts(said))
    return said


def words(channel: str, *, code: Code, purpose: str, language: str) -> str:
    """Return the text of a channel that has one.

    It is a template, `flashcall/messages/<channel>_<purpose>.txt` or else `flashcall/messages/<channel>.txt`, so that a
    site changes it as it changes any other. Its variables are `code`, `spoken`, which is the code digit by digit for a
    voice, and `purpose`. Where WEBOTP_HOST is set, an SMS ends with the line that browsers fill the code in from (WICG,
    origin-bound one-time codes).
    """
    names = [f"flashcall/messages/{channel}_{purpose}.txt", f"flashcall/messages/{channel}.txt"]
    values = {"code": code.digits, "spoken": ", ".join(code.digits), "purpose": purpose}
    with translation.override(language or None):
        said = select_template(names).render(values).strip()
    host = get_config().webotp_host
    return f"{said}\n\n@{host} #{code.digits}" if host and channel == "sms" else said


@functools.cache
def _tell_of_parts(purpose: str, language: str, count: int) -> None:
    logger.warning(
        "An SMS for %s in %s is sent, and paid for, in %d parts: its text is too long.",
        purpose,
        language or "the default language",
        count,
        extra={"channel": "sms", "purpose": purpose, "language": language, "parts": count},
    )
