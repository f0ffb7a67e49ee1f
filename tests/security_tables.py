"""The guessing odds of docs/security.md, from the default settings: `python -m tests.security_tables --write`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from django_flashcall.conf import Config, Rate

PAGE = Path(__file__).resolve().parent.parent / "docs" / "security.md"
DAY = 86400
YEAR = 365
POOLS = (300, 1_000, 3_000, 9_000)
"""Different tails of CALLER_IDS: the fewest that are not an error, some, the fewest without a warning, and all."""


@dataclass(frozen=True)
class Guesser:
    """What a guesser may do, by the limits."""

    checks: int
    """Wrong codes of one attempt."""
    failures: int
    """Wrong codes on one number in a day."""
    sprayed: int
    """Attempts in a day, each on another number, from as many addresses as he likes."""
    from_one_address: int
    """The same from one."""

    @classmethod
    def under(cls, config: Config) -> Guesser:
        from django_flashcall.services.admission import STRANGERS_SHARE

        limits = config.limits
        site = _a_day(replace(rate, count=int(rate.count * STRANGERS_SHARE)) for rate in limits["site"])
        return cls(
            checks=config.purpose("signup").max_checks,
            failures=_a_day(limits["phone_failures"]),
            sprayed=site,
            from_one_address=min(site, _a_day(limits["ip"])),
        )


def hit(lengths: Iterable[int]) -> float:
    """Return the odds that one check hits, while a code of each length is live.

    A guess has one length and is compared with the codes of that length alone; the guesser takes the best length.
    """
    return max(live / codes(length) for length, live in Counter(lengths).items())


def codes(length: int) -> int:
    """Return how many codes have `length` digits: the first digit is not 0."""
    return 9 * 10 ** (length - 1)


def columns(guesser: Guesser, check: float) -> list[str]:
    """Return the odds of an attempt, of a number in a day and in a year, and the hits of a day's spraying."""
    attempt, day = guesser.checks * check, guesser.failures * check
    return [
        _one_in(attempt),
        _one_in(day),
        _percent(1 - (1 - day) ** YEAR),
        _hits(guesser.from_one_address * attempt),
        _hits(guesser.sprayed * attempt),
    ]


ODDS = ["an attempt", "a number, a day", "a number, a year", "hits a day, from one address", "from many"]


def channels(config: Config, guesser: Guesser) -> str:
    """Return the table of channels: first the default, then what a site may choose."""
    default = config.purpose("signup")
    lengths = default.code_length
    shown: Mapping[str, Sequence[int]] = {
        f"{_listed(default.channels)} (the default)": [lengths[channel] for channel in default.channels],
        "flashcall, sms, both of 6 digits": [6, lengths["sms"]],
        "flashcall": [lengths["flashcall"]],
        "sms": [lengths["sms"]],
    }
    rows = [
        [name, _listed(map(str, digits)), str(len(digits)), str(guesser.checks), *columns(guesser, hit(digits))]
        for name, digits in shown.items()
    ]
    return _table(["channels", "digits", "live codes", "checks", *ODDS], rows)


def pools(config: Config, guesser: Guesser) -> str:
    """Return the table of pools of caller IDs."""
    rows = [[f"{tails:,}", str(guesser.checks), *columns(guesser, 1 / tails)] for tails in POOLS]
    return _table(["different tails", "checks", *ODDS], rows)


def day(config: Config, guesser: Guesser) -> str:
    """Return the table of the wrong codes that one number may have in a day."""
    check = hit(config.purpose("signup").code_length[channel] for channel in config.purpose("signup").channels)
    sends = {bucket: _a_day(config.limits[bucket]) for bucket in ("phone", "owner")}
    cases = {
        "nobody proves it": guesser.failures,
        "its holder, who has no account, proves it again and again": sends["phone"] * guesser.checks,
        "its owner signs in again and again, and the guesser has the password": sends["owner"] * guesser.checks,
    }
    rows = [[name, str(most), _one_in(most * check)] for name, most in cases.items()]
    return _table(["while", "wrong codes, at most", "odds"], rows)


def tables() -> dict[str, str]:
    """Return all tables by the names that they have on the page."""
    from django_flashcall import conf

    config = conf.read({})
    guesser = Guesser.under(config)
    return {make.__name__: make(config, guesser) for make in (channels, pools, day)}


def marks(name: str) -> tuple[str, str]:
    """Return the lines between which a table is."""
    return f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"


def renewed(page: str) -> str:
    """Return the page with the tables as they are now."""
    for name, table in tables().items():
        begin, end = marks(name)
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}{table}{end}{after}"
    return page


def _a_day(rates: Iterable[Rate]) -> int:
    """Return the uses that rates leave for a day, one window after another."""
    return min(rate.count * max(DAY // rate.period, 1) for rate in rates)


def _one_in(odds: float) -> str:
    return f"1 in {1 / odds:,.0f}"


def _percent(odds: float) -> str:
    return f"{odds * 100:.2g} %" if odds < 0.99 else "over 99 %"


def _hits(expected: float) -> str:
    return f"{expected:.2g}"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    if "--write" in sys.argv[1:]:
        PAGE.write_text(renewed(PAGE.read_text()))
    else:
        sys.stdout.write("\n".join(tables().values()))
