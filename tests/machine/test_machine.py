"""All that an attempt can go through, in any order, against a model of what is promised."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.machine.ears import Ears, listening
from tests.machine.judge import World
from tests.machine.machine import Machine
from tests.machine.sites import SITES
from tests.machine.steps import STEP

PARTS = [(number, part) for number in range(len(SITES)) for part in range(10)]
"""Of each site some, so that none takes long."""
RUNS, LEAST, DATABASES = 34, 9, 2
"""In each part, on SQLite and on PostgreSQL: more than 2,000 runs in all, and more than 500 steps of each kind."""
KINDS = {"request", "verify", "fall_back", "cancel", "redeem", "clock", "provider"}

thorough = settings(
    max_examples=RUNS,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def spoken(settings: Any) -> None:
    """Let codes be spoken, too: what is said is the site's own template."""
    words = ("django.template.loaders.locmem.Loader", {"flashcall/messages/voice.txt": "{{ code }}"})
    engine = copy.deepcopy(settings.TEMPLATES[0])
    engine["APP_DIRS"] = False
    engine["OPTIONS"]["loaders"] = [words, "django.template.loaders.app_directories.Loader"]
    settings.TEMPLATES = [engine]


@pytest.fixture(scope="module")
def total(request: pytest.FixtureRequest) -> Iterator[World]:
    """Count what all parts do, and print it at the end."""
    total = World(users=[], age=lambda seconds: None, ears=Ears(), signals=[])
    yield total
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{report(total)}")


@pytest.fixture
def world(transactional_db: None, spoken: None, age: Any, sent_signals: list[Any], total: World) -> Iterator[World]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug here
    users = [get_user_model().objects.create_user(name) for name in ("olena", "taras", "stranger")]
    with listening() as ears:
        world = World(users, age, ears, sent_signals)
        yield world
    total.runs += world.runs
    total.steps += world.steps
    total.results += world.results


def test_there_are_two_thousand_runs_and_five_hundred_steps_of_each_kind() -> None:
    assert DATABASES * len(PARTS) * RUNS >= 2000
    assert DATABASES * len(PARTS) * LEAST >= 500


@pytest.mark.slow
@pytest.mark.parametrize(("number", "part"), PARTS, ids=[f"{SITES[number].name}-{part}" for number, part in PARTS])
def test_the_product_does_what_the_model_says(number: int, part: int, world: World) -> None:
    @seed(10_000 * (connection.vendor == "sqlite") + 1000 * number + part)  # the same each time, others on each
    @thorough
    @given(st.lists(STEP, min_size=20, max_size=30))
    def run(steps: Any) -> None:
        Machine(SITES[number], world).run(steps)

    run()
    assert world.runs >= RUNS
    assert world.steps.total() / world.runs >= 20
    assert not {kind for kind in KINDS if world.steps[kind] < LEAST}


def report(world: World) -> str:
    """Return what was done how often, and what came of it."""
    average = world.steps.total() / max(world.runs, 1)
    lines = [f"{world.runs} runs of {average:.1f} steps on {connection.vendor}:"]
    lines += [f"{count:8} {kind}" for kind, count in world.steps.most_common()]
    lines += ["What came of them:", *(f"{count:8} {result}" for result, count in sorted(world.results.items()))]
    return "\n".join(lines)
