"""An outer net of DRF throttles, for hosts that set their rates. Money and codes are guarded by LIMITS, not here."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from django_flashcall.services import Client


class FlashcallThrottle(SimpleRateThrottle):
    """Throttles a user, or an anonymous caller's address, at the rate that DEFAULT_THROTTLE_RATES has for `scope`.

    Without a rate it lets everything through. The address is the one that LIMITS counts, and not what
    X-Forwarded-For claims.
    """

    def get_rate(self) -> str | None:
        rates: dict[str, Any] = api_settings.DEFAULT_THROTTLE_RATES
        return rates.get(self.scope or "")

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if request.user and request.user.is_authenticated:
            ident: str | None = f"user-{request.user.pk}"
        else:
            ident = Client.from_request(request._request).ip_bucket
        return ident and self.cache_format % {"scope": self.scope, "ident": ident}


class RequestThrottle(FlashcallThrottle):
    """For what may place a call or send a message."""

    scope = "flashcall_request"


class VerifyThrottle(FlashcallThrottle):
    """For entered codes."""

    scope = "flashcall_verify"


class StatusThrottle(FlashcallThrottle):
    """For everything else."""

    scope = "flashcall_status"
