"""`make storm`: lets the storm loose on the PostgreSQL server that DATABASE_URL names, and balances the books."""

from __future__ import annotations

import argparse
import itertools
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from benchmarks.databases import connect
from tests.storm import hostile, processes
from tests.storm.honest import Newcomer, Owner, Person
from tests.storm.ledger import Ledger
from tests.storm.provider import REPLY_LOST, Call
from tests.storm.wire import Broken, Client, fetch

if TYPE_CHECKING:
    from tests.storm.books import Books

OWNERS, NEWCOMERS = 17, 5
"""Honest people a second."""
SITE_LIMIT, SITE_MORE = 50, 150
"""Calls of the whole site for each second of the storm and besides: strangers use their share up before it is over."""
HOSTILE_USER = "hostile"
FAULTS = [f"{number:04}" for number in range(1, 10)] + [REPLY_LOST]
"""Endings of numbers at which the provider plays a fault that an SMS gets round."""


def main() -> int:
    options = _options()
    random.seed(options.seed)
    ledger = Ledger()
    with processes.provider() as (provider_pid, handset):
        _prepare_site(handset, options.seconds)
        owned = _make_owners(OWNERS * (options.seconds + 1))
        with tempfile.NamedTemporaryFile() as log, processes.site(Path(log.name)) as site:
            field = hostile.Field(site.port, handset, ledger, owned, ThreadPoolExecutor(24))
            watched = _storm(field, site, provider_pid, options)
            books = _close(handset, ledger, watched, options.seconds)
            return _report(books, options, Path(log.name).read_text(errors="replace"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--kill-every", type=float, default=3, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not 3 <= options.seconds <= 300:  # the shortest window of a limit is ten minutes
        parser.error("a storm lasts from 3 to 300 seconds")
    return options


def _prepare_site(provider: int, seconds: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.storm.site.settings"
    os.environ["STORM_PROVIDER"] = f"http://127.0.0.1:{provider}"
    os.environ["STORM_SITE_LIMIT"] = f"{SITE_LIMIT * seconds + SITE_MORE}/h"
    with connect("postgres") as server:
        server.execute("DROP DATABASE IF EXISTS storm")
        server.execute("CREATE DATABASE storm")
    django.setup()
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("site").get_models():
            editor.create_model(model)


def _make_owners(count: int) -> list[str]:
    """Make users with a verified number each; return the numbers. One in ten of them has a fault."""
    from django.contrib.auth import get_user_model

    from django_flashcall.models import PhoneStatus
    from django_flashcall.models.clock import DbNow

    users = get_user_model().objects
    users.create_user(HOSTILE_USER, password=hostile.PASSWORD)
    numbers = [_number("50", index) for index in range(count)]
    made = users.bulk_create([users.model(username=number) for number in numbers])
    PhoneStatus.objects.bulk_create(
        PhoneStatus(phone_number=user.username, user=user, verified_at=DbNow(), verified_channel="flashcall")
        for user in made
    )
    return numbers


def _number(operator: str, index: int) -> str:
    """Return a number, of which a hundred share a prefix of 10,000, and ten of those end in a fault."""
    block, place = divmod(index, 100)
    ending = FAULTS[place // 10] if place % 10 == 0 else f"{1000 + place}"
    return f"+380{operator}{block:03}{ending}"


def _storm(field: hostile.Field, site: processes.Site, provider_pid: int, options: argparse.Namespace) -> list[Any]:
    """Let everybody loose; return what the memory was."""
    from tests.storm.books import Watched

    over, ends = threading.Event(), time.monotonic() + options.seconds
    pids = {"the worker that lived": site.spared, "the provider": provider_pid}
    with _killing(site, options.kill_every, over), ThreadPoolExecutor(160) as people:
        bad = [threading.Thread(target=_again_and_again, args=(one, rate, ends)) for rate, one in _hostile(field)]
        for thread in bad:
            thread.start()
        honest = []
        before: dict[str, float] = {}
        for person in _honest(field, ends):
            honest.append(people.submit(lambda person=person: field.ledger.ended(person.get_in())))
            if not before and ends - time.monotonic() < options.seconds * 2 / 3:
                before = {name: processes.memory([pid]) for name, pid in pids.items()}
        for thread in bad:
            thread.join()
        over.set()
        for future in wait(honest).done:
            future.result()
    field.ledger.deeds["workers killed"] = len(site.killed)
    return [Watched(name, before[name], processes.memory([pid])) for name, pid in pids.items()]


@contextmanager
def _killing(site: processes.Site, seconds: float, over: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=site.kill_now_and_then, args=(seconds, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _honest(field: hostile.Field, ends: float) -> Iterator[Person]:
    """Return people as they arrive."""
    owners = random.sample(list(field.owned), len(field.owned))
    started, a_second = time.monotonic(), OWNERS + NEWCOMERS
    for step in itertools.count():
        time.sleep(max(started + step / a_second - time.monotonic(), 0))
        if time.monotonic() > ends:
            return
        if step % a_second < NEWCOMERS:
            number = _number("67", step)
            yield Newcomer(Client(field.port, field.ledger, "newcomer"), field.handset, number, f"new-{number}")
        else:
            number = owners.pop()
            yield Owner(Client(field.port, field.ledger, "owner"), field.handset, number, number)


def _hostile(field: hostile.Field) -> list[tuple[float, Any]]:
    """Return the hostile, each as many times as it takes to act as often as it wants to."""
    return [(1.0, one) for rate, one in hostile.everybody(field, HOSTILE_USER) for _ in range(int(rate))]


def _again_and_again(somebody: Any, rate: float, ends: float) -> None:
    next_act = time.monotonic() + random.random() / rate
    while next_act < ends:
        time.sleep(max(next_act - time.monotonic(), 0))
        with suppress(Broken, OSError):
            somebody.act()
        next_act = max(next_act + 1 / rate, time.monotonic())


def _close(handset: int, ledger: Ledger, watched: list[Any], seconds: int) -> Books:
    from tests.storm.books import Books

    ledger.faults += [f"the provider could not answer: {text}" for text in fetch(handset, "/refused")]
    return Books([Call(**call) for call in fetch(handset, "/calls")], ledger, watched, seconds)


def _report(books: Books, options: argparse.Namespace, log: str) -> int:
    from tests.storm.books import shown

    deeds = ", ".join(f"{n:,} {what}" for what, n in sorted(books.ledger.deeds.items()))
    waits = [outcome.seconds for outcome in books.ledger.outcomes if outcome.end == "in"]
    results = list(books.check())
    failed = sum(bool(checked.problems) for checked in results)
    if failed:
        print("The end of the site's log:\n" + "\n".join(log.splitlines()[-40:]))
    print(f"\nStorm of {options.seconds} s on {processes.WORKERS} workers of {processes.THREADS} threads: {deeds}.")
    print(f"Those who got in took {median(waits or [0]):.1f} s, the slowest {max(waits, default=0):.1f} s.\n")
    for checked in results:
        print(f"{'FAILED' if checked.problems else 'ok':6}  {checked.title}: {checked.counted}")
        for problem in shown(checked.problems):
            print(f"        {problem}")
    print(f"\n{failed} of the books' checks failed." if failed else "\nThe books balance.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
