"""What each channel's message says."""

from __future__ import annotations

from django.template.loader import select_template
from django.utils import translation

from django_flashcall.codes import Code
from django_flashcall.conf import get_config

SILENT = frozenset({"flashcall"})
"""Channels that carry no words: the caller ID is the message."""


def text(channel: str, *, code: Code, purpose: str, language: str) -> str:
    """Return what a person reads or hears over `channel`; empty for a channel without words.

    The words are a template, `flashcall/messages/<channel>_<purpose>.txt` or else `flashcall/messages/<channel>.txt`,
    so that a site changes them as it changes any other. Where WEBOTP_HOST is set, an SMS ends with the line that
    browsers fill the code in from (WICG, origin-bound one-time codes).
    """
    if channel in SILENT:
        return ""
    names = [f"flashcall/messages/{channel}_{purpose}.txt", f"flashcall/messages/{channel}.txt"]
    with translation.override(language or None):
        words = select_template(names).render({"code": code.digits, "purpose": purpose}).strip()
    host = get_config().webotp_host
    return f"{words}\n\n@{host} #{code.digits}" if host and channel == "sms" else words
