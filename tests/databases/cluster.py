"""A PostgreSQL server of a test's own, to be maltreated."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
"""Where Debian has them, which does not put them on the path."""


class Cluster:
    """Runs until it is closed, on a loopback port of its own. The server refuses to run as root."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp())
        if os.getuid() == 0:
            shutil.chown(self._home, "postgres")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self._run("initdb", "-D", "data", "-U", "flashcall", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-p {self.port} -k {self._home} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", "data", "-w", "start", "-o", options)

    @property
    def settings(self) -> dict[str, Any]:
        """Its entry in DATABASES."""
        return {"NAME": "postgres", "USER": "flashcall", "HOST": "127.0.0.1", "PORT": str(self.port)}

    def crash(self) -> None:
        """Stop it without a goodbye, and start it again."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "restart")

    def close(self) -> None:
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self._home)

    def _run(self, program: str, *arguments: str) -> None:
        # One that is on the path is the site's own choice.
        found = shutil.which(program) or str(PROGRAMS[-1] / program)
        account = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        with (self._home / "log").open("ab") as log:
            subprocess.run([*account, found, *arguments], cwd=self._home, stdout=log, stderr=log, check=True)
