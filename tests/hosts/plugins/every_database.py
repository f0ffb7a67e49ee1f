"""For a host whose tables are not on `default`: every test may use every database."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("django_db")
        arguments: dict[str, Any] = {**(mark.kwargs if mark else {}), "databases": "__all__"}
        if mark or "db" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db(**arguments), append=False)
