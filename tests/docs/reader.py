"""A reader who does what a page says, in an empty folder and with nothing but the wheel."""

from __future__ import annotations

import json
import os
import queue
import re
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.docs.markdown import Block

PATIENCE = 60
"""Seconds."""
SHOWN_SITE = "127.0.0.1:8000"
FRESH = ["python3 -m venv venv", ". venv/bin/activate", "pip install ./django-flashcall"]
"""What a page has the reader do first. The test has done it already, with the wheel in place of the checkout."""


@dataclass
class Reader:
    """What the reader types ends up here."""

    folder: Path
    venv: Path
    known: dict[str, str] = field(default_factory=dict)
    """What the page shows, such as an id, and what it is in truth."""

    @property
    def environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTHON"))}
        return plain | {"PATH": f"{self.venv / 'bin'}:{plain['PATH']}", "PYTHONUNBUFFERED": "1"}

    def type(self, command: str) -> str:
        """Run a command line as it is shown, and return what it printed."""
        for shown, real in self.known.items():
            command = command.replace(shown, real)
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            return ""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def write(self, name: str, text: str, *, appended: bool = False) -> None:
        """Write a file, or go on at its end."""
        with (self.folder / name).open("a" if appended else "w") as file:
            file.write(f"\n{text}" if appended else text)

    def save(self, block: Block) -> None:
        """Write a block into the file that it names."""
        assert block.path
        self.write(block.path, block.text, appended=block.appended)

    def curl(self, command: str) -> dict[str, Any]:
        """Run a command line of curl and return the JSON that it printed."""
        reply: dict[str, Any] = json.loads(self.type(command))
        return reply

    @contextmanager
    def serving(self) -> Iterator[queue.Queue[str]]:
        """Run the development server, on a port of its own; what it prints comes line by line."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            site = f"127.0.0.1:{free.getsockname()[1]}"
        command = ["python", "manage.py", "runserver", "--noreload", site]
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines: queue.Queue[str] = queue.Queue()
        assert process.stdout
        reading = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout or ()], daemon=True)
        reading.start()
        try:
            wait_for(r"development server at http", lines)
            self.known[SHOWN_SITE] = site
            yield lines
        finally:
            process.terminate()
            process.wait(PATIENCE)
            reading.join(PATIENCE)
            process.stdout.close()


def wait_for(pattern: str, lines: queue.Queue[str]) -> re.Match[str]:
    """Read lines until one matches, and return the match."""
    while True:
        line = lines.get(timeout=PATIENCE)
        if match := re.search(pattern, line):
            return match


def ringing(lines: queue.Queue[str], shown: str) -> str:
    """Wait for the line that a page shows, with other digits at its end, and return those digits."""
    words, _, digits = shown.strip().rpartition(" ")
    return wait_for(rf"^{re.escape(words)} (\d{{{len(digits)}}})$", lines)[1]


def wrong(code: str) -> str:
    """Return another code."""
    return str(int(code[0]) % 9 + 1) + code[1:]


def arguments(command: str) -> list[str]:
    """Return what a command line is given."""
    return shlex.split(command)[1:]
