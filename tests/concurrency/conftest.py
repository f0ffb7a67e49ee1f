"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.concurrency.calls import site, smsbat  # noqa: F401  (fixtures)
from tests.concurrency.deadlocks import deadlocks


@pytest.fixture(autouse=True)
def no_deadlock(transactional_db: None) -> Iterator[None]:
    """None may be met, whether or not somebody tries again afterwards."""
    before = deadlocks()
    yield
    assert deadlocks() == before
