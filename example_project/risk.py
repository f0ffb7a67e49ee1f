"""A RISK_CHECK that asks for a CAPTCHA: Cloudflare's Turnstile, whose answer is asked for before money is spent.

In settings.py:

    FLASHCALL = {..., "RISK_CHECK": "example_project.risk.turnstile"}
    TURNSTILE_SECRET_KEY = os.environ["TURNSTILE_SECRET_KEY"]

The page shows the widget and sends its answer with `POST verifications/` and `POST verifications/{id}/fallback/` in the
header X-Turnstile-Response; a form posts it as cf-turnstile-response by itself. An answer is good for one request, so
the page asks the widget for another (`turnstile.reset()`) before it falls back or asks again.
"""

from __future__ import annotations

import logging
from typing import Any

import requests
from django.conf import settings
from django.http import HttpRequest

from django_flashcall.exceptions import Refused
from django_flashcall.phones import E164
from django_flashcall.services import Client

logger = logging.getLogger(__name__)

SITEVERIFY = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
LONGEST_ANSWER = 2048
"""Characters (developers.cloudflare.com/turnstile, "Validate the token")."""
TIMEOUT = 3
"""Seconds for the connection, and again for the answer."""


def turnstile(phone_number: E164, *, purpose: str, channel: str, user: Any, client: Client) -> None:
    """Raise Refused unless the request has the answer to a challenge that was solved by a person.

    What the site's own code starts without a client, the second step of a login, say, stands behind a form of its own.
    """
    if client.request is None:
        return
    answer = _answer(client.request)
    if not 0 < len(answer) <= LONGEST_ANSWER or not _solved(answer, client.ip_address):
        raise Refused


def _answer(request: HttpRequest) -> str:
    """Return the widget's answer. The API's body has been read by now, so that there it comes in a header."""
    return request.headers.get("X-Turnstile-Response") or request.POST.get("cf-turnstile-response", "")


def _solved(answer: str, address: str | None) -> bool:
    """Ask Cloudflare. Where it cannot be asked nobody is let through: who floods a site would wait for just that."""
    key: str = settings.TURNSTILE_SECRET_KEY  # type: ignore[misc]  # a setting of the site's own
    asked = {"secret": key, "response": answer}
    if address is not None:
        asked["remoteip"] = address
    try:
        told = requests.post(SITEVERIFY, data=asked, timeout=TIMEOUT).json()
    except requests.RequestException as error:
        logger.error("Turnstile cannot be asked (%s): nobody is let through.", type(error).__name__)
        return False
    return isinstance(told, dict) and told.get("success") is True
