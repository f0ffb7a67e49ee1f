"""What runs beside the clients: the provider, gunicorn, and somebody who kills its workers."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import children, memory
from tests.storm.wire import HOST, Broken, fetch

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 60
"""Seconds."""
WORKERS, THREADS = 3, 12


@contextmanager
def provider() -> Iterator[tuple[int, int]]:
    """Run the provider until the block ends; gives its process and its port."""
    command = [sys.executable, "-m", "tests.storm.provider"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(STARTS_WITHIN)


@contextmanager
def site(log: Path) -> Iterator[Site]:
    """Run gunicorn until the block ends. Its settings are those of this process's environment."""
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"]
    command += ["--bind", f"{HOST}:{port}", "--worker-class", "gthread", "--workers", str(WORKERS)]
    command += ["--threads", str(THREADS), "--log-level", "warning", "--backlog", "2048"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        try:
            running = Site(port, process)
            running.wait_until_up()
            yield running
        finally:
            process.terminate()
            process.wait(STARTS_WITHIN)


@dataclass
class Site:
    """A running gunicorn."""

    port: int
    process: subprocess.Popen[bytes]
    spared: int = 0
    """The worker that is never killed, because its memory is watched."""
    killed: list[int] = field(default_factory=list)

    def wait_until_up(self) -> None:
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError, Broken):
                fetch(self.port, "/ready/")
                self.spared = children(self.process.pid)[0]
                return
            time.sleep(0.1)
        raise RuntimeError("gunicorn did not start.")

    def kill_now_and_then(self, seconds: float, stop: threading.Event) -> None:
        """Kill a worker every so many seconds."""
        while not stop.wait(random.uniform(0.5, 1.5) * seconds):
            others = set(children(self.process.pid)) - {self.spared}
            for pid in list(others)[:1]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.killed.append(pid)


__all__ = ["ROOT", "Site", "memory", "provider", "site"]
