"""Who asks: the address and the browser behind a request."""

from __future__ import annotations

import functools
import ipaddress
import logging
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest

from django_flashcall.conf import get_config

logger = logging.getLogger("django_flashcall")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
SHARED = ipaddress.ip_network("100.64.0.0/10")
"""Carrier-grade NAT (RFC 6598), which Python counts as neither private nor global."""


@dataclass(frozen=True)
class Client:
    """The person's end of a request, as far as it is known."""

    ip_address: str | None = None
    """The address, only where it can be a client's own: None behind a proxy that is not declared."""
    user_agent: str = ""
    """At most 255 characters, without control characters."""
    request: HttpRequest | None = field(default=None, repr=False, compare=False)
    """For RISK_CHECK, which may need more of it (the answer to a CAPTCHA, say)."""

    @classmethod
    def from_request(cls, request: HttpRequest) -> Client:
        """Return the client of a request. X-Forwarded-For is read only as far as TRUSTED_PROXY_COUNT says."""
        address = _parse(_claimed(request))
        if address is None or not _can_be_a_client(address):
            if not settings.DEBUG:  # a developer's own machine is no proxy
                _warn_about_proxy()
            address = None
        agent = "".join(letter for letter in request.headers.get("User-Agent", "") if letter.isprintable())
        return cls(str(address) if address else None, agent[:255], request)

    @property
    def ip_bucket(self) -> str | None:
        """The value that the `ip` limit counts: the address, or for IPv6 its /64, which is one household."""
        if self.ip_address is None:
            return None
        address = ipaddress.ip_address(self.ip_address)
        if address.version == 4:
            return str(address)
        return str(ipaddress.ip_network((address, 64), strict=False))


def _claimed(request: HttpRequest) -> str:
    config = get_config()
    if config.trusted_client_ip_header:
        return str(request.headers.get(config.trusted_client_ip_header, ""))
    if config.trusted_proxy_count:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        return hops[-config.trusted_proxy_count] if len(hops) >= config.trusted_proxy_count else ""
    return str(request.META.get("REMOTE_ADDR") or "")


def _parse(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])  # a zone (RFC 4007) is of no use here
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _can_be_a_client(address: Address) -> bool:
    return address.is_global and not (address.version == 4 and address in SHARED)


@functools.cache
def _warn_about_proxy() -> None:
    """Say it once a process: a limit that counts a proxy's address would stop the whole site."""
    logger.warning(
        "The address of a request is not a client's, so the limit on addresses is not applied. Behind a reverse "
        "proxy set FLASHCALL['TRUSTED_PROXY_COUNT'] or FLASHCALL['TRUSTED_CLIENT_IP_HEADER']."
    )
