"""What the tests of the API may ask for besides."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from tests.api.client import Api
from tests.api.stage import Stage


@pytest.fixture
def api(db: None) -> Api:
    """An anonymous client. Whatever it is answered is checked against the OpenAPI document."""
    return Api()


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Stage:
    return Stage(request)


@pytest.fixture
def started(stage: Stage) -> str:
    """The id of an attempt that was just started."""
    return stage.started()


@pytest.fixture
def throttled(settings: Any) -> Any:
    """Throttle a scope to one request an hour."""
    cache.clear()

    def throttle(*scopes: str) -> None:
        settings.REST_FRAMEWORK = {
            **settings.REST_FRAMEWORK,
            "DEFAULT_THROTTLE_RATES": dict.fromkeys(scopes, "1/hour"),
        }

    yield throttle
    cache.clear()
