"""Whether a connection to an address can be made at all."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH


def obstacle(url: str, *, deadline: float) -> str | None:
    """Return what keeps a connection to the host of `url` from being made, or None where it was made.

    TCP, and TLS where the URL has it, with `deadline` seconds for each. Nothing is sent over it.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    try:
        with socket.create_connection((host, port), timeout=deadline) as connected:
            if secure:
                # The certificates that requests trusts, because it is what sends.
                context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
                context.wrap_socket(connected, server_hostname=host).close()
    except (OSError, UnicodeError) as error:
        return f"{host}:{port}: {error}"
    return None
