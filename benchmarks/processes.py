"""gunicorn, and what its processes use."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import HOST

ROOT = Path(__file__).resolve().parent.parent
LIBC = ctypes.CDLL(None, use_errno=True)
STARTS_WITHIN = 30
"""Seconds."""


class Server:
    """A running gunicorn."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self._process = process

    def workers(self) -> list[int]:
        """Return the ids of its worker processes."""
        return children(self._process.pid)


@contextmanager
def serving(database: str, *, workers: int = 2, threads: int = 4) -> Iterator[Server]:
    """Run the site on `database` until the block ends."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"]
    command += ["--bind", f"{HOST}:{port}", "--worker-class", "gthread", "--workers", str(workers)]
    command += ["--threads", str(threads), "--keep-alive", "600", "--log-level", "error"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.site.settings", "BENCHMARK_DATABASE": database}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        server = Server(port, process)
        _wait_for(server, process, workers)
        yield server
    finally:
        process.terminate()
        process.wait(STARTS_WITHIN)


def children(pid: int) -> list[int]:
    """Return the ids of a process's children."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time that living processes have used, all their threads together."""
    return sum(map(_cpu_seconds, pids))


def memory(pids: Iterable[int]) -> float:
    """Return the MiB of RAM that processes have to themselves, on average."""
    used = [_private_kib(pid) for pid in pids]
    return sum(used) / len(used) / 1024


def _cpu_seconds(pid: int) -> float:
    # The clock of a process (clock_getcpuclockid(3)), because the figures in /proc are in steps of 10 ms.
    clock = ctypes.c_int()
    if LIBC.clock_getcpuclockid(pid, ctypes.byref(clock)):
        return 0.0
    return time.clock_gettime(clock.value)


def _private_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(server: Server, process: subprocess.Popen[bytes], workers: int) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        if len(server.workers()) == workers and _listens(server.port):
            return
        time.sleep(0.05)
    raise RuntimeError("gunicorn did not start.")


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), 1).close()
    except OSError:
        return False
    return True
