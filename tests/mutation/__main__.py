"""Do the tests notice? Each small fault that is put into the code has to make one of them fail.

    python -m tests.mutation                 all modules; about a quarter of an hour
    python -m tests.mutation grants limits   some
    python -m tests.mutation codes --show    only name the mutants

Every mutant is run in a process of its own, a fork of this one, which has loaded what the tests need but for the
package itself. What survives is named in `survivors.toml`, each with the reason why no test can or should notice it;
any other survivor, and one that is named there and is killed, fails the run.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Iterator
from contextlib import suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType
from typing import Any

import hypothesis
import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "django_flashcall"
SURVIVORS = Path(__file__).with_name("survivors.toml")
WORKERS, WANTED = 2, 0.9

SERVICES = ["tests/services/test_limits.py", "tests/services/test_requesting.py", "tests/services/test_verifying.py"]
TESTS = {
    "codes.py": ["tests/test_codes.py"],
    "phones.py": ["tests/test_phones.py"],
    "proofs.py": ["tests/test_proofs.py", "tests/services/test_redeeming.py", "tests/services/test_verifying.py"],
    "models/limits.py": [
        *SERVICES,
        "tests/models",
        "tests/test_admin_limits.py",
        "tests/following/test_tick.py",
        "tests/keeping",
        "tests/room",
    ],
    "models/grants.py": SERVICES,
    "services/limit_keys.py": [*SERVICES, "tests/keeping", "tests/room"],
    "services/admission.py": [
        *SERVICES,
        "tests/services",
        "tests/test_admin_limits.py",
        "tests/test_query_counts.py",
        "tests/concurrency/test_services.py",
    ],
}
"""Module to the tests that are about it, the quickest to fail first."""


# Plain assertions, because pytest loads what it rewrites by itself, and our plugin's whole package with it.
OPTIONS = ["-x", "-q", "--no-migrations", "--tb=short", "--assert=plain", "-p", "no:cacheprovider"]
OURS = {"django_flashcall", "tests", "example_project", "__main__"}
LOADED = """
import sys, django
django.setup()
import rest_framework.test
print(*sys.modules, sep="\\n")
"""


def load_everything_else() -> None:
    """Import what the tests import but for our own modules, so that no mutant has to."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    told = subprocess.run([sys.executable, "-c", LOADED], env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    for name in told.stdout.decode().split():
        if name.split(".")[0] not in OURS:
            with suppress(ImportError, ImproperlyConfigured):  # some want settings, and are loaded by each mutant
                importlib.import_module(name)


class Loader(SourceFileLoader):
    """Loads the mutant in place of its module."""

    def __init__(self, name: str, mutant: Mutant) -> None:
        super().__init__(name, str(mutant.path))
        self.mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.mutant.tree, str(self.mutant.path), "exec")


class Finder:
    """Finds the mutant where its module is imported."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.name = ".".join(mutant.path.relative_to(ROOT).with_suffix("").parts)

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return spec_from_loader(name, Loader(name, self.mutant)) if name == self.name else None


def run_tests(tests: list[str], mutant: Mutant | None) -> int:
    """Return pytest's verdict on a mutant, in this process."""
    if mutant is not None:
        sys.meta_path.insert(0, Finder(mutant))  # type: ignore[arg-type]
    generate = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("mutation", derandomize=True, database=None, phases=generate)
    hypothesis.settings.load_profile("mutation")
    return int(pytest.main([*tests, *OPTIONS]))


def fork(tests: list[str], mutant: Mutant | None, log: Path) -> int:
    """Start a process that runs the tests, and return its id."""
    if pid := os.fork():
        return pid
    os.setsid()
    with log.open("wb") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    verdict = 70
    try:
        verdict = run_tests(tests, mutant)
    except BaseException:  # nothing of ours may run in the parent's place
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(verdict)


def verdicts(work: list[tuple[list[str], Mutant | None]], limit: float) -> Iterator[tuple[Mutant | None, bool, str]]:
    """Run all of it and return for each, as it ends, whether the tests passed and what they said."""
    running: dict[int, tuple[Mutant | None, float, Path]] = {}
    folder = Path(tempfile.mkdtemp())
    left = iter(enumerate(work))
    while True:
        while len(running) < WORKERS and (job := next(left, None)):
            number, (tests, mutant) = job
            log = folder / f"{number}.log"
            running[fork(tests, mutant, log)] = mutant, time.monotonic(), log
        if not running:
            return
        time.sleep(0.01)
        for pid, (mutant, started, log) in list(running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended and time.monotonic() - started > limit:
                os.killpg(pid, signal.SIGKILL)  # a loop without end is noticed, too
                ended, status = os.waitpid(pid, 0)
            if ended:
                del running[pid]
                for left_over in Path(tempfile.gettempdir()).glob(f"flashcall-tests-{pid}.sqlite3*"):
                    left_over.unlink()
                yield mutant, status == 0, log.read_text(errors="replace")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("modules", nargs="*", help="such as codes or grants; all where none is named")
    parser.add_argument("--show", action="store_true", help="only name the mutants")
    asked = parser.parse_args()
    chosen = {path: tests for path, tests in TESTS.items() if not asked.modules or Path(path).stem in asked.modules}
    everything = {mutant.name: (tests, mutant) for path, tests in chosen.items() for mutant in mutants(PACKAGE / path)}
    if asked.show:
        print(*everything, sep="\n")
        return 0
    started = time.monotonic()
    load_everything_else()
    for path, tests in chosen.items():
        wreck = Mutant(PACKAGE / path, "module", "all of it -> raise", 1, ast.parse("raise RuntimeError"))
        for mutant, passed, output in verdicts([(tests, None), (tests, wreck)], limit=300):
            if passed is (mutant is wreck):
                print(output, f"The tests of {path} {'pass without it' if passed else 'fail'}.", sep="\n")
                return 1
    survivors = set()
    for mutant, passed, _output in verdicts(list(everything.values()), limit=90):
        if passed and mutant is not None:
            survivors.add(mutant.name)
            print(f"survived: {mutant.path.relative_to(ROOT)}:{mutant.line} {mutant.name}", flush=True)
    return report(set(everything), survivors, time.monotonic() - started)


def report(everything: set[str], survivors: set[str], seconds: float) -> int:
    """Print the result and return the exit status."""
    modules = {name.partition(".")[0] for name in everything}
    known = {name for name in tomllib.loads(SURVIVORS.read_text()) if name.partition(".")[0] in modules}
    killed = 1 - len(survivors) / len(everything)
    for name in sorted(survivors - known):
        print(f"not in {SURVIVORS.name}: {name}")
    for name in sorted(known - survivors):
        print(f"in {SURVIVORS.name}, but {'killed' if name in everything else 'no mutant'}: {name}")
    print(f"{len(everything)} mutants, {len(survivors)} survived, {killed:.1%} killed, in {seconds / 60:.0f} minutes")
    return int(killed < WANTED or survivors != known)


if __name__ == "__main__":
    sys.exit(main())
