"""`python -m django_flashcall.sandbox --port 8025`: the sandbox as a process of its own."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

from django_flashcall.sandbox.server import start

DEFAULT_PORT = 8025
SETTLES_AFTER = 2
"""Seconds."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sandbox until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m django_flashcall.sandbox",
        description="A server on 127.0.0.1 that speaks SMSBAT's HTTP. Calls and messages go to the handset page.",
    )
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 for any free one (default: %(default)s)")
    parser.add_argument("--reports-to", metavar="URL", help="the site's address for delivery reports, secret included")
    options = parser.parse_args(arguments)
    try:
        sandbox = start(options.port, settles_after=SETTLES_AFTER)
        sandbox.report_to(options.reports_to)
    except (ImproperlyConfigured, ImportError, OSError) as error:
        parser.exit(1, f"{error}\n")
    try:
        with sandbox:
            print(f"The sandbox listens at {sandbox.url}: BASE_URL of your provider. Ctrl-C ends it.", flush=True)
            sandbox.wait()
    except KeyboardInterrupt:
        print("The sandbox has ended.")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return port


if __name__ == "__main__":
    main()
