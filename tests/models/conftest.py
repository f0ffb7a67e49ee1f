"""What the tests of limits share."""

from __future__ import annotations

import pytest
from django.db import connections

from django_flashcall.models.transactions import database


@pytest.fixture(params=["with the first use", "beforehand"])
def beforehand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether rows are added before they are taken, as always on MariaDB; elsewhere it is tried as well."""
    features = connections[database()].features
    if request.param == "beforehand":
        monkeypatch.setattr(features, "supports_update_conflicts_with_target", False)
    return not features.supports_update_conflicts_with_target
