"""The books: what the provider was sent, what the site wrote, and what the clients were told have to agree."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import groupby, pairwise

from django.contrib.auth import get_user_model
from django.db.models import Count, F

from django_flashcall import phones
from django_flashcall.conf import Rate, get_config
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.services.admission import STRANGERS_SHARE
from tests.storm.ledger import Ledger
from tests.storm.provider import Call
from tests.storm.site.models import Entry, Settled

EXAMPLES = 3
"""How many of the same problem are shown."""
OWNERS_IN = 0.999
FLAT = 1.05
"""What the memory of a process may grow to, over what it was after a third of the storm."""
SLACK = 2.0
"""MiB that it may grow besides."""


DEEDS = (
    "workers killed",
    "connections broken",
    "replies lost",
    "double clicks",
    "mistyped codes",
    "fallbacks",
    "guessed attempts",
    "pumped calls",
    "proofs used in parallel",
    "right codes too late",
    "garbage",
)
"""What has to have happened in a storm of `LONG` seconds or more."""
LONG = 30


@dataclass(frozen=True)
class Watched:
    """The memory of one process, in MiB."""

    name: str
    before: float
    after: float


@dataclass(frozen=True)
class Checked:
    """What one check found."""

    title: str
    counted: str
    problems: list[str]


@dataclass(frozen=True)
class Books:
    """All three sides."""

    calls: list[Call]
    ledger: Ledger
    memory: list[Watched]
    seconds: int
    """Of the storm."""

    @cached_property
    def deliveries(self) -> dict[str, Delivery]:
        """By the id that the provider was given."""
        return {row.pk.hex: row for row in Delivery.objects.select_related("attempt")}

    @cached_property
    def codes(self) -> dict[uuid.UUID, dict[str, Delivery]]:
        """By attempt: the codes that were sent, with their deliveries."""
        sent: dict[uuid.UUID, dict[str, Delivery]] = defaultdict(dict)
        for call in self.calls:
            if delivery := self.deliveries.get(call.id):
                sent[delivery.attempt_id][call.code] = delivery
        return sent

    @cached_property
    def sends(self) -> list[tuple[Call, VerificationAttempt]]:
        """Calls that may have been placed, with their attempts."""
        known = [(call, self.deliveries.get(call.id)) for call in self.calls if call.counts]
        return [(call, delivery.attempt) for call, delivery in known if delivery is not None]

    def check(self) -> Iterator[Checked]:
        """Do all checks."""
        for title, examine in CHECKS.items():
            counted, problems = examine(self)
            yield Checked(title, counted, problems)


Found = tuple[str, list[str]]
CHECKS: dict[str, Callable[[Books], Found]] = {}


def check(title: str) -> Callable[[Callable[[Books], Found]], Callable[[Books], Found]]:
    def register(examine: Callable[[Books], Found]) -> Callable[[Books], Found]:
        CHECKS[title] = examine
        return examine

    return register


@check("every call has its row")
def rows_of_calls(books: Books) -> Found:
    problems = []
    for call in books.calls:
        row = books.deliveries.get(call.id)
        if row is None:
            problems.append(f"a {call.channel} to {call.to} has no row")
        elif (row.channel, row.attempt.phone_number) != (call.channel, call.to):
            problems.append(f"delivery {row.pk} is another call than its row says")
    return f"{len(books.calls)} calls, {len(books.deliveries)} rows", problems


@check("no call was placed twice")
def calls_placed_twice(books: Books) -> Found:
    placed = Counter(call.id for call in books.calls if call.counts)
    return f"{len(placed)} placed", [f"delivery {id} was placed {n} times" for id, n in placed.items() if n > 1]


@check("every row that was accepted has its call")
def calls_of_rows(books: Books) -> Found:
    placed = {call.id for call in books.calls if call.counts}
    by_status = Counter(str(row.status) for row in books.deliveries.values())
    problems = [
        f"delivery {id} is {row.status}, and was {'placed' if id in placed else 'not placed'}"
        for id, row in books.deliveries.items()
        if (row.status == "accepted" and id not in placed) or (row.status in {"rejected", "failed"} and id in placed)
    ]
    return ", ".join(f"{n} {status}" for status, n in sorted(by_status.items())), problems


@check("calls are within the limits")
def calls_within_limits(books: Books) -> Found:
    problems = []
    fullest = []
    for scope, keys in keys_of_limits(books).items():
        for rate in get_config().limits[scope.partition(" ")[0]]:
            allowed = int(rate.count * STRANGERS_SHARE) if scope == "site of strangers" else rate.count
            problems += [f"{scope}: {n} calls, {rate.text} allows {allowed}" for n in keys.values() if n > allowed]
            fullest.append(f"{scope} {max(keys.values(), default=0)}/{allowed}")
    return "fullest: " + ", ".join(fullest), problems


def keys_of_limits(books: Books) -> dict[str, Counter[str]]:
    """Return the calls by scope and by what the scope counts. The storm is shorter than any window."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for call, attempt in books.sends:
        counted["owner" if attempt.owner else "phone"][call.to] += 1
        counted["ip"][str(attempt.ip_address)] += 1
        counted["site"][""] += 1
        if not attempt.owner:
            counted["prefix"][phones.prefix(call.to)] += 1
            counted["site of strangers"][""] += 1
        if attempt.purpose == "login":
            counted["user"][str(attempt.user_id)] += 1
    return counted


@check("no limit is over its maximum")
def limits_within_maximum(books: Books) -> Found:
    over = Limit.objects.filter(count__gt=F("maximum")).exclude(scope__in=["prefix", "breaker"])
    problems = [f"{row.scope}: {row.count} of {row.maximum}" for row in over]
    return f"{Limit.objects.count()} limits", problems


@check("attempts for a number are a cooldown apart")
def cooldowns(books: Books) -> Found:
    attempts = VerificationAttempt.objects.order_by("phone_number", "owner", "created_at")
    problems, pairs = [], 0
    for (number, _owner), same in groupby(attempts, key=lambda row: (row.phone_number, row.owner)):
        for earlier, later in pairwise(same):
            pairs += 1
            gap, cooldown = later.created_at - earlier.created_at, get_config().purpose(earlier.purpose).cooldown
            if gap < timedelta(seconds=cooldown):
                problems.append(f"{phones.mask(number)} was called twice within {gap.total_seconds():.1f} s")
    return f"{pairs} pairs", problems


@check("no attempt went over its checks")
def checks_within_grants(books: Books) -> Found:
    problems = []
    attempts = {str(row.pk): row for row in VerificationAttempt.objects.all()}
    for id, told in books.ledger.told_wrong.items():
        row = attempts[id]
        if told > row.checks:
            problems.append(f"attempt {id}: {told} wrong codes were judged, {row.checks} counted")
    problems += [
        f"attempt {row.pk}: {row.checks} checks of {row.max_checks}"
        for row in attempts.values()
        if row.checks > row.max_checks or row.max_checks > get_config().purpose(row.purpose).max_checks
    ]
    return f"{sum(books.ledger.told_wrong.values())} wrong codes judged", problems


@check("no number went over its wrong codes")
def failures_within_limits(books: Books) -> Found:
    rate: Rate
    (rate,) = get_config().limits["phone_failures"]
    spent: Counter[tuple[str, bool]] = Counter()
    for row in VerificationAttempt.objects.order_by("pk"):
        bucket = (str(row.phone_number), row.owner)
        if row.status == "verified":
            spent[bucket] = 0
        else:
            spent[bucket] += row.checks
    problems = [f"{phones.mask(number)}: {n}, {rate.text}" for (number, _), n in spent.items() if n > rate.count]
    return f"at most {max(spent.values(), default=0)} on a number", problems


@check("no attempt was verified late, or by a wrong code")
def verified_in_time(books: Books) -> Found:
    problems = []
    verified = VerificationAttempt.objects.filter(status="verified")
    for row in verified:
        assert row.verified_at is not None
        entered = [books.codes[row.pk].get(code) for code in books.ledger.entered[str(row.pk)]]
        right = [delivery for delivery in entered if delivery is not None]
        if not right:
            problems.append(f"attempt {row.pk}: nobody entered its code")
        elif all(row.verified_at > delivery.expires_at for delivery in right):
            late = min(row.verified_at - delivery.expires_at for delivery in right)
            problems.append(f"attempt {row.pk}: {late.total_seconds():.3f} s late")
    for id, code in books.ledger.told_right:
        if code not in books.codes[uuid.UUID(id)]:
            problems.append(f"attempt {id}: a wrong code was said to be right")
    return f"{len(verified)} verified, {len(books.ledger.told_right)} told so", problems


@check("no attempt was verified twice")
def verified_once(books: Books) -> Found:
    twice = Settled.objects.values("attempt").annotate(times=Count("id")).filter(times__gt=1)
    problems = [f"attempt {row['attempt']}: {row['times']} times" for row in twice]
    return f"{Settled.objects.count()} settled", problems


@check("no proof was redeemed twice")
def redeemed_once(books: Books) -> Found:
    entries = Entry.objects.values("attempt").annotate(times=Count("id")).filter(times__gt=1)
    problems = [f"attempt {row['attempt']} let in {row['times']} times" for row in entries]
    problems += [f"a proof let in {n} requests" for n in books.ledger.redeemed.values() if n > 1]
    return f"{Entry.objects.count()} entries, {len(books.ledger.redeemed)} proofs", problems


@check("no proof was lost")
def nothing_half_done(books: Books) -> Found:
    """A redeemed proof let its user in, and made him the owner where it was a signup; an entry had its proof."""
    problems = [
        f"attempt {row.attempt_id} let in unredeemed" for row in Entry.objects.filter(attempt__redeemed_at=None)
    ]
    redeemed = VerificationAttempt.objects.filter(redeemed_at__isnull=False)
    problems += [f"attempt {row.pk} has no user" for row in redeemed.filter(user=None)]
    problems += [f"login {row.pk} let nobody in" for row in redeemed.filter(purpose="login", entry=None)]
    owned = dict(PhoneStatus.objects.values_list("phone_number", "user"))
    signups = redeemed.filter(purpose="signup")
    problems += [f"signup {row.pk} owns nothing" for row in signups if owned.get(row.phone_number) != row.user_id]
    nobody = get_user_model().objects.filter(entry=None, username__startswith="repeater-")
    problems += [f"user {user.pk} was made without a proof" for user in nobody]
    return f"{redeemed.count()} redeemed", problems


@check("what was promised is there")
def promises(books: Books) -> Found:
    known = {str(id) for id in VerificationAttempt.objects.values_list("pk", flat=True)}
    gone = books.ledger.promised - known
    return f"{len(books.ledger.promised)} attempts", [f"attempt {id} is not there" for id in gone]


@check("nobody was told nonsense")
def answers(books: Books) -> Found:
    answered = Counter(status for (_, _, status, _), n in books.ledger.answers.items() for _ in range(n))
    broken = answered.pop(0, 0)
    counted = ", ".join(f"{n:,} x {status}" for status, n in sorted(answered.items()))
    return f"{counted}, {broken:,} broken", books.ledger.faults


@check("it was a storm")
def fierce(books: Books) -> Found:
    """Each kind of trouble came up, or the other checks have little to say."""
    missing = [deed for deed in DEEDS if not books.ledger.deeds[deed]]
    needed = missing if books.seconds >= LONG else []
    return f"{len(DEEDS) - len(missing)} kinds of trouble", [f"no {deed}" for deed in needed]


@check("every honest person could act")
def honest_people(books: Books) -> Found:
    outcomes = books.ledger.outcomes
    ends = Counter(f"{outcome.who} {outcome.end} {outcome.why.partition(',')[0]}".strip() for outcome in outcomes)
    stuck = [f"{one.who} after {one.seconds:.0f} s: {one.why}" for one in outcomes if one.end == "stuck"]
    return ", ".join(f"{n:,} {end}" for end, n in sorted(ends.items())), stuck


@check("owners got in")
def owners(books: Books) -> Found:
    tried = [outcome for outcome in books.ledger.outcomes if outcome.who == "owner"]
    out = [f"after {one.seconds:.0f} s: {one.why}" for one in tried if one.end != "in"]
    share = 1 - len(out) / len(tried) if tried else 0.0
    return f"{share:.2%} of {len(tried):,}", [] if share >= OWNERS_IN else out or ["nobody tried"]


@check("memory is flat")
def memory(books: Books) -> Found:
    seen = ", ".join(f"{one.name} {one.before:.1f} -> {one.after:.1f} MiB" for one in books.memory)
    grown = [one for one in books.memory if one.after > one.before * FLAT + SLACK]
    return seen, [f"{one.name} grew" for one in grown]


def shown(problems: Iterable[str]) -> list[str]:
    """Return some problems, and how many there are."""
    problems = list(problems)
    more = [f"and {len(problems) - EXAMPLES} more"] if len(problems) > EXAMPLES else []
    return problems[:EXAMPLES] + more
