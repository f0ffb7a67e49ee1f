"""For a host below a path: a proxy that takes the path away from what the suite's clients ask for."""

from __future__ import annotations

from typing import Any

from django.test import RequestFactory

ask = RequestFactory.generic


def generic(factory: RequestFactory, method: str, path: str, *args: Any, **extra: Any) -> Any:
    return ask(factory, method, path.removeprefix("/shop"), *args, **extra)


RequestFactory.generic = generic
