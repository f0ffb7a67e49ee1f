"""Whoever carries a code to a phone; `base` has the contract."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from django_flashcall.conf import get_config
from django_flashcall.exceptions import ConfigurationError
from django_flashcall.providers.base import Provider

_instances: dict[tuple[int, str], Provider] = {}


def get_provider(alias: str = "default") -> Provider:
    """Return the provider that `alias` names in `FLASHCALL["PROVIDERS"]`: one instance a process.

    Raises ConfigurationError where the entry is missing, or names nothing that is a provider.
    """
    # Keyed by process, because connections and locks do not survive a fork; setdefault, because two threads may build.
    key = (os.getpid(), alias)
    return _instances.get(key) or _instances.setdefault(key, _build(alias))


def provider_class(alias: str) -> type[Provider]:
    """Return the class that `alias` names. Raises ConfigurationError."""
    path = _entry(alias).get("CLASS", "")
    try:
        found = import_string(path)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(f"FLASHCALL['PROVIDERS'][{alias!r}]['CLASS'] cannot be imported: {path!r}.") from error
    if not (isinstance(found, type) and issubclass(found, Provider)):
        raise ConfigurationError(f"FLASHCALL['PROVIDERS'][{alias!r}]['CLASS'] is not a Provider: {path!r}.")
    return found


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "FLASHCALL":
        _instances.clear()


def _entry(alias: str) -> Mapping[str, Any]:
    entry = get_config().providers.get(alias)
    if not isinstance(entry, Mapping):
        raise ConfigurationError(f"FLASHCALL['PROVIDERS'] has no {alias!r}, or none that is a dict.")
    return entry


def _build(alias: str) -> Provider:
    options = _entry(alias).get("OPTIONS")
    if not isinstance(options, Mapping | None):
        raise ConfigurationError(f"FLASHCALL['PROVIDERS'][{alias!r}]['OPTIONS'] is not a dict.")
    return provider_class(alias)(options or {})
