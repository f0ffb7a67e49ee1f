"""Start and stop the sandbox: a server that speaks SMSBAT's HTTP and hands every message to a handset in memory."""

from __future__ import annotations

import os
import threading
from typing import Self

from django.conf import ENVIRONMENT_VARIABLE, settings

from django_flashcall.exceptions import ConfigurationError
from django_flashcall.sandbox.handler import Server


def start(port: int = 0, *, settles_after: float = 0) -> Sandbox:
    """Start the sandbox on `port` of 127.0.0.1, 0 for any free one, on a thread of its own.

    `settles_after` is for how many seconds a message is under way before it is delivered or not. Without Django
    settings it starts too. Raises ConfigurationError where they have DEBUG off, and OSError where the port is taken.
    """
    has_settings = settings.configured or ENVIRONMENT_VARIABLE in os.environ
    if has_settings and not settings.DEBUG:
        raise ConfigurationError("The sandbox does not start with DEBUG off, because it shows every code.")
    return Sandbox(port, settles_after)


class Sandbox:
    """The running server. Use it as a context manager, or call `stop`."""

    def __init__(self, port: int, settles_after: float) -> None:
        self._server = Server(port, settles_after)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="flashcall-sandbox", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens: BASE_URL of a provider that is to use it."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def report_to(self, url: str | None) -> None:
        """Send delivery reports to an address of this machine, such as `.../webhooks/default/<secret>/`.

        Raises ConfigurationError for another.
        """
        self._server.reporter.report_to(url)

    def wait(self) -> None:
        """Return when the server has ended."""
        self._thread.join()

    def stop(self) -> None:
        """End the server and free its port."""
        self._server.shutdown()
        self._server.server_close()
        self._server.reporter.stop()
        self._thread.join()
