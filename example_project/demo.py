"""`make demo`: the example site and the sandbox on this machine, and a client that proves a number on them.

Everything listens on loopback only, because DEBUG is on and the administrator's password is known.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from django_flashcall.sandbox.server import start

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
PORTS = range(8000, 8100)
"""Where the site is put without --port: on the first that is free."""

WHAT_TO_OPEN = """
Open {site}/                   the site
     {site}/sandbox/handset/   the handset
     {site}/admin/             the admin pages: user admin, password admin

Ctrl-C stops it."""


def main() -> int:
    """Run the demo. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make demo ARGS=...")
    parser.add_argument("--once", action="store_true", help="end after the client's transcript")
    parser.add_argument("--port", type=int, help=f"port of the site; the first free one from {PORTS.start} by default")
    options = parser.parse_args()
    if options.port not in {None, *range(1, 65536)}:
        parser.error(f"{options.port} is not a port")
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="flashcall-demo-") as folder:
            return run(Path(folder), options.port, once=options.once)
    except PortTaken as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0


def run(folder: Path, port: int | None, *, once: bool) -> int:
    """Serve the site with its database in `folder` until it is interrupted, or `once`. Returns the exit status."""
    # Without settings yet, the sandbox starts first, because the site's settings ask for its address.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    with start(settles_after=2) as sandbox:
        secret = secrets.token_urlsafe()
        site = prepare_site(folder, sandbox.url, secret)
        with serve(site, [port] if port else PORTS) as (address, thread):
            sandbox.report_to(f"{address}/api/phone/webhooks/default/{secret}/")
            print(f"The example site is at {address}, the sandbox at {sandbox.url}.", flush=True)
            client = [sys.executable, "-m", "example_project.client", address]
            status = subprocess.run(client, cwd=ROOT).returncode  # noqa: S603  (the words are ours)
            if status or once:
                return status
            print(WHAT_TO_OPEN.format(site=address), flush=True)
            thread.join()
            return 0


def prepare_site(folder: Path, sandbox_url: str, webhook_secret: str) -> StaticFilesHandler:
    """Return the site as a WSGI application, with a migrated database and an administrator."""
    os.environ["WEBHOOK_SECRETS"] = webhook_secret
    os.environ["DJANGO_SETTINGS_MODULE"] = "example_project.settings"
    os.environ["DEBUG"] = "1"
    os.environ["SANDBOX_URL"] = sandbox_url
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'demo.sqlite3'}"
    site = StaticFilesHandler(get_wsgi_application())
    for name in ("django.request", "django.server", "django_flashcall"):  # the client prints what it sends and gets
        logging.getLogger(name).setLevel(logging.ERROR)
    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser("admin", password="admin")  # noqa: S106  (for loopback only)
    return site


class PortTaken(Exception):
    """Something else listens on every port that the site may have."""


@contextmanager
def serve(site: StaticFilesHandler, ports: Iterable[int]) -> Iterator[tuple[str, threading.Thread]]:
    """Serve the site on the first free one of `ports`; gives its address and the thread that serves it."""
    server = bind(ports)
    server.set_app(site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}", thread
    finally:
        server.shutdown()
        server.server_close()


def bind(ports: Iterable[int]) -> ThreadedWSGIServer:
    for port in ports:
        try:
            return ThreadedWSGIServer((LOOPBACK, port), WSGIRequestHandler)
        except OSError as error:
            taken = error
    raise PortTaken(f"The site cannot have port {port}: {taken.strerror}. Choose one: make demo ARGS=--port=N")


if __name__ == "__main__":
    sys.exit(main())
