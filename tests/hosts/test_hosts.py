"""No setting of a host breaks us: the core of the suite passes under each, in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from tests.hosts.hosts import HOSTS

ROOT = Path(__file__).parents[2]
AT_ONCE = 2

pytestmark = pytest.mark.slow

Runs = dict[str, "Future[subprocess.CompletedProcess[str]]"]


def run(name: str) -> subprocess.CompletedProcess[str]:
    """Run a host's tests, on a database of its own beside that of this run."""
    host = HOSTS[name]
    arguments = ["--quiet", "--tb=short", "-p", "no:cacheprovider", *host.tests]
    arguments += [argument for plugin in host.plugins for argument in ("-p", f"tests.hosts.plugins.{plugin}")]
    arguments += [f"--deselect={test}" for test in host.left_out]
    ours = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    environment = {**ours, "DJANGO_SETTINGS_MODULE": "tests.hosts.settings", "FLASHCALL_HOST": name}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """The runs of the hosts that this session asks for, some of them at once."""
    chosen = [item.callspec.params["name"] for item in request.session.items if "runs" in item.fixturenames]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(run, name) for name in chosen}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", [name for name, host in HOSTS.items() if connection.vendor in host.vendors])
def test_the_core_of_the_suite_passes_on_this_host(name: str, runs: Runs) -> None:
    finished = runs[name].result()
    passed = re.search(r"([0-9]+) passed", finished.stdout)
    assert finished.returncode == 0, f"{finished.stdout[-5000:]}\n{finished.stderr[-5000:]}"
    assert passed and int(passed[1]) >= HOSTS[name].at_least, finished.stdout[-500:]


@pytest.mark.parametrize("name", HOSTS)
def test_what_a_host_leaves_out_is_there(name: str) -> None:
    for test in HOSTS[name].left_out:
        path, *names = test.partition("[")[0].split("::")
        text = (ROOT / path).read_text()
        assert all(re.search(rf"(def|class) {name}", text) for name in names)
