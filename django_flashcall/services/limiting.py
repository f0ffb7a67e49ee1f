"""What holds a number back now, and taking it back."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django_flashcall import phones
from django_flashcall.conf import Rate, get_config, secrets
from django_flashcall.models import Limit, VerificationAttempt, transactions
from django_flashcall.models.breakers import Breaker
from django_flashcall.models.grants import Grant
from django_flashcall.models.limits import ANY, FORGIVABLE, Claim
from django_flashcall.services import limit_keys
from django_flashcall.services.admission import Send
from django_flashcall.services.client import Client

logger = logging.getLogger("django_flashcall")

SHARED: Final = {"prefix", "region", "site"}
"""Limits that a number has in common with others."""
NAMED_FROM: Final = 1000
"""Attempts, the newest, among which the owners of limits are looked for."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """One limit of a number, in the window that is open."""

    scope: str
    uses: int
    allowed: int | None
    """None where it never refuses, as some do not refuse a number's owner."""
    period: int
    """Seconds of a window."""
    left: float
    """Seconds until this window ends."""

    @property
    def refuses(self) -> bool:
        """Whether it is used up."""
        return self.allowed is not None and self.uses >= self.allowed


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What holds a number back, or soon will."""

    limits: list[Held]
    """Those with uses in their windows, what refuses first."""
    checks: int | None
    """Wrong codes that a new attempt may have; None where there is no bound, 0 where none is opened."""
    checks_in: int
    """Seconds until more of them come free."""
    down: dict[str, int]
    """Providers over which nothing is sent now, with the seconds until one is tried again."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose limits are meant."""

    phone_number: phones.E164
    region: str
    owner: bool = False
    """In the bucket of the number's owner."""
    user: Any = None
    ip_address: str | None = None

    @classmethod
    def of(cls, attempt: VerificationAttempt) -> Subject:
        """Return who asked for an attempt."""
        return cls(
            phone_number=attempt.phone_number,
            region=attempt.region,
            owner=attempt.owner,
            user=attempt.user,
            ip_address=attempt.ip_address,
        )

    def claims(self) -> list[Claim]:
        """Return the uses that a further attempt would take, for whichever purpose."""
        sends = [
            Send(
                phone_number=self.phone_number,
                region=self.region,
                purpose=purpose,
                channel=purpose.channels[0],
                user=self.user,
                client=Client(self.ip_address),
                owner=self.owner,
            )
            for purpose in get_config().purposes.values()
        ]
        found = {claim.key: claim for send in sends if not send.is_test for claim in send.claims()}
        return list(found.values())


def look(subject: Subject) -> Holding:
    """Return what holds a number back now, in two SELECTs."""
    using, claims = transactions.database(), subject.claims()
    breakers = {Breaker.key_of(alias): alias for alias in get_config().providers}
    counts = Limit.objects.using(using).counts([claim.key for claim in claims] + list(breakers))
    asking = VerificationAttempt(phone_number=subject.phone_number, owner=subject.owner)
    grant = Grant.read(using, asking, rates=get_config().limits["phone_failures"])
    waits = {alias: Breaker.read(alias, counts).retry_after for alias in breakers.values()}
    return Holding(
        limits=sorted(_held(claims, counts), key=lambda held: (not held.refuses, -held.left)),
        checks=None if grant is None else max(grant.checks, 0),
        checks_in=0 if grant is None else grant.retry_after,
        down={alias: wait for alias, wait in waits.items() if wait},
    )


def _held(claims: Iterable[Claim], counts: dict[str, tuple[int, float]]) -> Iterator[Held]:
    for claim in claims:
        uses, left = counts.get(claim.key, (0, 0.0))
        if uses and left > 0:
            allowed = None if claim.allowed == ANY else claim.allowed
            yield Held(scope=claim.scope, uses=uses, allowed=allowed, period=claim.period, left=left)


def forgive(subject: Subject, *, by: Any = None) -> int:
    """Let a number, its user and its address begin anew; return how many limits had uses. `by` is who decided it.

    What they share with others stays, and so do wrong codes: these keep a guesser out, and are not ours to give away.
    """
    return forgive_rows([claim.key for claim in subject.claims() if claim.scope not in SHARED], by=by)


def forgive_rows(keys: Sequence[str], *, by: Any = None) -> int:
    """Let the limits with these keys begin anew, where staff may decide that; return how many had uses."""
    limits = Limit.objects.using(transactions.database())
    forgiven = transactions.retried(lambda: limits.forgive(keys), limits.db)
    for scope in forgiven:
        logger.warning("A limit was forgiven: %s.", scope, extra={"scope": scope, "by": by and str(by.pk)})
    return len(forgiven)


def whose(limits: Iterable[Limit]) -> dict[str, tuple[str, VerificationAttempt]]:
    """Return, for those of these limits that count somebody of the newest attempts, whom, and the attempt.

    A row has only a digest. It is compared with those of whoever asked of late.
    """
    wanted = {limit.key: limit.scope for limit in limits if limit.scope in FORGIVABLE}
    found: dict[str, tuple[str, VerificationAttempt]] = {}
    if not wanted:
        return found
    newest = VerificationAttempt.objects.using(transactions.database()).select_related("user").order_by("-pk")
    seen: set[tuple[str, str]] = set()
    for attempt in newest[:NAMED_FROM]:
        for scope, value, shown in _values(attempt, set(wanted.values())):
            if (scope, value) in seen:
                continue
            seen.add((scope, value))
            keys = [limit_keys.key(secrets()[0], scope, rate.text, value) for rate in _rates(scope)]
            found |= {key: (shown, attempt) for key in keys if key in wanted}
    return found


def _values(attempt: VerificationAttempt, scopes: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what an attempt was counted under, and how that is shown."""
    number, masked = attempt.phone_number, attempt.masked_phone_number()
    bucket, address = ("owner" if attempt.owner else "phone"), Client(attempt.ip_address).ip_bucket
    values = [("cooldown", limit_keys.cooldown(bucket, number), masked), (bucket, str(number), masked)]
    values += [("prefix", phones.prefix(number), masked)]
    values += [("ip", address, address)] if address else []
    values += [("user", str(attempt.user_id), str(attempt.user))] if attempt.user_id is not None else []
    return (value for value in values if value[0] in scopes)


def _rates(scope: str) -> list[Rate]:
    config = get_config()
    if scope == "cooldown":
        return [Rate(1, seconds, f"1/{seconds}s") for seconds in {one.cooldown for one in config.purposes.values()}]
    return list(config.limits.get(scope, ()))
