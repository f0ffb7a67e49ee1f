"""What the tests of this folder share: connections made anew, and tests that only one server can run."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections

from tests.concurrency.calls import site, smsbat  # noqa: F401  (fixtures)
from tests.databases.adversary import Adversary

ELSEWHERE = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only_on(*vendors, why): the test is about these databases and runs on them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about another database than this run's, and remember why."""
    marks = {item: item.get_closest_marker("only_on") for item in items}
    elsewhere = {item: mark for item, mark in marks.items() if mark and connection.vendor not in mark.args}
    items[:] = [item for item in items if item not in elsewhere]
    config.hook.pytest_deselected(items=list(elsewhere))
    config.stash[ELSEWHERE] = Counter(
        f"on {' and '.join(mark.args)} only: {mark.kwargs['why']}" for mark in elsewhere.values()
    )


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for reason, count in config.stash.get(ELSEWHERE, Counter()).items():
        terminalreporter.write_line(f"{count} deselected, which run {reason}")


@pytest.fixture
def adversary(transactional_db: None) -> Iterator[Adversary]:
    """Somebody else on this database, who lets go of everything at the end."""
    adversary = Adversary()
    yield adversary
    adversary.close()


@pytest.fixture
def connect_with(transactional_db: None) -> Iterator[Callable[..., None]]:
    """Make all connections anew, with keys of DATABASES changed; OPTIONS are added to those that there are."""
    before = copy.deepcopy(connection.settings_dict)

    def change(OPTIONS: dict[str, Any] | None = None, **values: Any) -> None:  # noqa: N803  (Django's spelling)
        connection.settings_dict["OPTIONS"].update(OPTIONS or {})
        connection.settings_dict.update(values)
        _connect_anew()

    yield change
    connection.settings_dict.update(before)
    _connect_anew()


def _connect_anew() -> None:
    connection.close()
    for cached in ("timezone", "timezone_name"):
        vars(connections[connection.alias]).pop(cached, None)
