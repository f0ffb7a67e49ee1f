"""Numbers of rows, said in a line."""

from __future__ import annotations

from collections.abc import Mapping


def in_words(counts: Mapping[str, int]) -> str:
    """Return counts as `attempts: 3, limits: 1`."""
    return ", ".join(f"{name.replace('_', ' ')}: {count:,}" for name, count in counts.items())
