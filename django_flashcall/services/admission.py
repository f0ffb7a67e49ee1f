"""May this be sent? The limits a send takes, and who is never sent to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, TypeVar

from django.utils.module_loading import import_string

from django_flashcall import phones
from django_flashcall.conf import Purpose, Rate, get_config, secrets
from django_flashcall.exceptions import ProviderUnavailable, RateLimited, Refused
from django_flashcall.models import Limit, VerificationAttempt, transactions
from django_flashcall.models.breakers import Breaker
from django_flashcall.models.limits import ANY, Claim, LimitQuerySet, Reading
from django_flashcall.phones import E164
from django_flashcall.services import limit_keys, reporting
from django_flashcall.services.client import Client
from django_flashcall.signals import limit_hit

T = TypeVar("T")

ROUNDS = 5
"""How often a request that loses the race for a limit looks again. After a lost race the first look tells why."""
STRANGERS_SHARE = 0.9
"""Of the `site` limit: the rest is kept for people who ask about their own verified numbers."""
SPARING_OWNERS = {"ip", "prefix", "region"}
"""Limits that strangers can use up for a number's owner, who may share an address with them: they never refuse him."""


@dataclass(frozen=True, kw_only=True)
class Send:
    """One send that somebody asks for."""

    phone_number: E164
    region: str
    purpose: Purpose
    channel: str
    user: Any
    client: Client
    attempt: VerificationAttempt | None = None
    """The attempt that goes on; None for a new one, which is held by COOLDOWN."""
    owner: bool = False
    """It is the number's verified owner who asks."""
    breakers: Mapping[str, Breaker] = field(default_factory=dict)
    """Those of the providers that may carry it, by their alias."""

    @property
    def is_test(self) -> bool:
        """It is to one of TEST_NUMBERS: nobody is called, and no limit on sends is taken."""
        return self.phone_number in self.purpose.test_numbers

    def channels(self) -> list[str]:
        """Return the channel to begin with and those that follow it in the purpose's order."""
        following = self.purpose.channels
        return [self.channel, *following[following.index(self.channel) + 1 :]]

    def aliases(self) -> list[str]:
        """Return the providers of its channels, in their order; none where nobody is called."""
        if self.is_test:
            return []
        return list(dict.fromkeys(get_config().provider_alias(channel) for channel in self.channels()))

    def claims(self) -> list[Claim]:
        """Return the uses of limits that it takes."""
        number, bucket = self.phone_number, "owner" if self.owner else "phone"
        if self.is_test:
            # Never refused, and only there to be locked, so that no two attempts are granted the same checks.
            return [self._claim("cooldown", limit_keys.cooldown(bucket, number), Rate(1, 0, "1/0s"))]
        scopes: list[tuple[str, str, tuple[Rate, ...]]] = []
        if self.attempt is None:
            cooldown = self.purpose.cooldown
            scopes.append(("cooldown", limit_keys.cooldown(bucket, number), (Rate(1, cooldown, f"1/{cooldown}s"),)))
        values = {
            bucket: number,
            "ip": self.client.ip_bucket,
            "user": None if self.user is None else str(self.user.pk),
            "prefix": phones.prefix(number),
            "region": self.region,
            "site": "",
        }
        limits = get_config().limits
        scopes += [(scope, value, limits.get(scope, ())) for scope, value in values.items() if value is not None]
        return [self._claim(scope, value, rate) for scope, value, rates in scopes for rate in rates]

    def _claim(self, scope: str, value: str, rate: Rate) -> Claim:
        allowed = rate.count
        if rate.period == 0 or (self.owner and scope in SPARING_OWNERS):
            allowed = ANY  # a window of no length is over, also by a clock read before a wait for its row
        elif scope == "site" and not self.owner:
            allowed = max(int(rate.count * STRANGERS_SHARE), 1)
        key = limit_keys.key(secrets()[0], scope, rate.text, value)
        label = value if scope == "region" else ""
        return Claim(key=key, scope=scope, label=label, count=rate.count, period=rate.period, allowed=allowed)


@dataclass(frozen=True)
class Steps(Generic[T]):
    """What a send writes, in the order in which it is done.

    What is done after the limits were taken keeps everybody else waiting, for some of them are the whole site's. The
    last two may be done again after a conflict in the database, so they must not reach outside it.
    """

    draft: Callable[[Send], T]
    """Make what will be written, before the transaction."""
    first: Callable[[Send, T], None] = lambda send, drafted: None
    """Write rows that nobody else can see until the transaction ends, before the limits are taken."""
    then: Callable[[Send, T], None] = lambda send, drafted: None
    """Write what only the holder of the limits may."""


def spend(send: Send, steps: Steps[T]) -> tuple[T, Send]:
    """Take the limits of `send` and write what its steps write, in one transaction; return the draft and the send.

    Raises RateLimited, Refused or ProviderUnavailable, and what the steps raise, and then nothing was spent.
    """
    try:
        return _spend(send, steps, transactions.database())
    except RateLimited as limited:
        limit_hit.send_robust(sender=Limit, scope=limited.scope, attempt=send.attempt, refused=True)
        raise


class _LostRace(Exception):
    """Another request took the last use between our look and our UPDATE."""


def _spend(send: Send, steps: Steps[T], using: str) -> tuple[T, Send]:
    limits = Limit.objects.using(using)
    for round_ in range(ROUNDS):
        send, claims, reading = _look(send, limits)
        if round_ == 0:
            _refuse_risky(send, reading)
        transactions.retried(partial(limits.prepare, claims, reading), using)
        drafted = steps.draft(send)
        try:
            transactions.run(partial(_write, partial(limits.take, claims), steps, send, drafted), using)
        except _LostRace:
            continue
        reporting.report(claims, reading, using)
        return drafted, send
    raise RateLimited(1, "site")


def _look(send: Send, limits: LimitQuerySet) -> tuple[Send, list[Claim], Reading]:
    """Return the send, with owner and breakers known, its claims and how they stand.

    Raises RateLimited, and ProviderUnavailable where no channel's provider may be called.
    """
    as_stranger, as_owner = replace(send, owner=False), replace(send, owner=True)
    stranger_claims, owner_claims = as_stranger.claims(), [] if send.user is None else as_owner.claims()
    keys = [claim.key for claim in stranger_claims + owner_claims]
    keys += [Breaker.key_of(alias) for alias in send.aliases()]
    keys += reporting.keys(stranger_claims)
    reading = limits.read(keys, send.phone_number)
    is_owner = send.user is not None and reading.known.owner_id == send.user.pk
    breakers = {alias: Breaker.read(alias, reading.counts) for alias in send.aliases()}
    send = replace(as_owner if is_owner else as_stranger, breakers=breakers)
    claims = owner_claims if is_owner else stranger_claims
    refusal = reading.refusal(claims)
    if refusal is not None:
        raise RateLimited(refusal.retry_after, refusal.scope)
    waits = [breaker.retry_after for breaker in breakers.values()]
    if waits and None not in waits:
        raise ProviderUnavailable(min(wait for wait in waits if wait))
    return send, claims, reading


def _refuse_risky(send: Send, reading: Reading) -> None:
    if reading.known.blocked:
        raise Refused
    check = get_config().risk_check
    if check is None:
        return
    if isinstance(check, str):
        check = import_string(check)
    check(send.phone_number, purpose=send.purpose.name, channel=send.channel, user=send.user, client=send.client)


def _write(take: Callable[[], bool], steps: Steps[T], send: Send, drafted: T) -> None:
    steps.first(send, drafted)
    if not take():
        raise _LostRace
    steps.then(send, drafted)
