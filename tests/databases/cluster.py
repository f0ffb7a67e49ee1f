"""A PostgreSQL server of a test's own, to be maltreated."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
"""Where Debian has them, which does not put them on the path."""


class Cluster:
    """Runs until it is closed. The server refuses to run as root.

    It listens on a socket in its own folder: while it is down, nobody else can take its place, as of a port.
    """

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp())
        if os.getuid() == 0:
            shutil.chown(self._home, "postgres")
        self._run("initdb", "-D", "data", "-U", "flashcall", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-k {self._home} -c listen_addresses= -c fsync=off"
        self._run("pg_ctl", "-D", "data", "-w", "start", "-o", options)

    @property
    def settings(self) -> dict[str, Any]:
        """Its entry in DATABASES."""
        return {"NAME": "postgres", "USER": "flashcall", "HOST": str(self._home), "PORT": ""}

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
