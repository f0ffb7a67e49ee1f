"""gunicorn, and what its processes use."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import HOST

ROOT = Path(__file__).resolve().parent.parent
LIBC = ctypes.CDLL(None, use_errno=True)
MACHINE = 0
"""Stands for all processes, where a process is asked for."""
STARTS_WITHIN = 30
"""Seconds."""


def environment(database: str) -> dict[str, str]:
    """Return the environment of a process that runs the site on `database`."""
    return os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.site.settings", "BENCHMARK_DATABASE": database}


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
    process = subprocess.Popen(command, cwd=ROOT, env=environment(database))
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


class Meter:
    """CPU time from now on: of the workers, of the database, and of everything that is neither these nor us."""

    def __init__(self, workers: Sequence[int], database: Sequence[int]) -> None:
        self._workers, self._database = workers, database
        self._started = self._read()

    def stop(self) -> tuple[float, float, float]:
        """Return the seconds since the start."""
        before, after = self._started, self._read()
        spent = {pid: max(seconds - before[pid], 0.0) for pid, seconds in after.items()}  # 0 where it has ended
        workers, database = (sum(spent[pid] for pid in pids) for pids in (self._workers, self._database))
        return workers, database, max(spent[MACHINE] - spent[os.getpid()] - workers - database, 0.0)

    def _read(self) -> dict[int, float]:
        pids = [os.getpid(), *self._workers, *self._database]
        return {MACHINE: _machine_seconds()} | {pid: _cpu_seconds(pid) for pid in pids}


def memory(pids: Sequence[int]) -> float:
    """Return the MiB of RAM that processes have to themselves, on average."""
    used = [_private_kib(pid) for pid in pids]
    return sum(used) / len(used) / 1024


def _cpu_seconds(pid: int) -> float:
    # The clock of a process (clock_getcpuclockid(3)), because the figures in /proc are in steps of 10 ms.
    clock = ctypes.c_int()
    if LIBC.clock_getcpuclockid(pid, ctypes.byref(clock)):
        return 0.0
    return time.clock_gettime(clock.value)


def _machine_seconds() -> float:
    user, nice, system, _idle, _iowait, interrupts, soft_interrupts = Path("/proc/stat").read_text().split()[1:8]
    ticks = map(int, (user, nice, system, interrupts, soft_interrupts))
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


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
