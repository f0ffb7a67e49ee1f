"""What the tests of this folder share."""

from tests.api.conftest import api, stage, started, throttled  # noqa: F401  (fixtures)
