"""May this be sent? The limits a send takes, and who is never sent to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from django.utils.module_loading import import_string

from django_flashcall import codes, phones
from django_flashcall.conf import Purpose, Rate, get_config, secrets
from django_flashcall.exceptions import ProviderUnavailable, RateLimited, Refused
from django_flashcall.models import Limit, VerificationAttempt, transactions
from django_flashcall.models.breakers import Breaker
from django_flashcall.models.limits import ANY, Claim, LimitQuerySet, Reading
from django_flashcall.phones import E164
from django_flashcall.services.client import Client
from django_flashcall.signals import limit_hit

T = TypeVar("T")

ROUNDS = 5
"""How often a request that loses the race for a limit looks again. After a lost race the first look tells why."""
STRANGERS_SHARE = 0.9
"""Of the `site` limit: the rest is kept for people who ask about their own verified numbers."""


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

    def channels(self) -> list[str]:
        """Return the channel to begin with and those that follow it in the purpose's order."""
        following = self.purpose.channels
        return [self.channel, *following[following.index(self.channel) + 1 :]]

    def aliases(self) -> list[str]:
        """Return the providers of its channels, in their order."""
        return list(dict.fromkeys(get_config().provider_alias(channel) for channel in self.channels()))

    def claims(self) -> list[Claim]:
        """Return the uses of limits that it takes."""
        number, bucket = self.phone_number, "owner" if self.owner else "phone"
        scopes: list[tuple[str, str, tuple[Rate, ...]]] = []
        if self.attempt is None:
            cooldown = self.purpose.cooldown
            scopes.append(("cooldown", f"{bucket} {number}", (Rate(1, cooldown, f"1/{cooldown}s"),)))
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
        if self.owner and scope in {"prefix", "region"}:
            allowed = ANY
        elif scope == "site" and not self.owner:
            allowed = max(int(rate.count * STRANGERS_SHARE), 1)
        key = codes.digest(secrets()[0], "limit", scope, rate.text, value)
        label = value if scope == "region" else ""
        return Claim(key=key, scope=scope, label=label, count=rate.count, period=rate.period, allowed=allowed)


def spend(send: Send, draft: Callable[[Send], T], write: Callable[[Send, T], None]) -> tuple[T, Send]:
    """Take the limits of `send` and write what `draft` made of it, in one transaction; return that and the send.

    `draft` is called before the transaction, which holds the limits of the whole site, so that others wait for it.
    `write` may be called again after a conflict in the database, so it must not reach outside it.

    Raises RateLimited, Refused or ProviderUnavailable, and what the two raise, and then nothing was spent.
    """
    try:
        return _spend(send, draft, write, transactions.database())
    except RateLimited as limited:
        limit_hit.send_robust(sender=Limit, scope=limited.scope, attempt=send.attempt)
        raise


class _LostRace(Exception):
    """Another request took the last use between our look and our UPDATE."""


def _spend(send: Send, draft: Callable[[Send], T], write: Callable[[Send, T], None], using: str) -> tuple[T, Send]:
    limits = Limit.objects.using(using)
    for round_ in range(ROUNDS):
        send, claims, reading = _look(send, limits)
        if round_ == 0:
            _refuse_risky(send, reading)
        transactions.retried(partial(limits.prepare, claims, reading), using)
        drafted = draft(send)
        try:
            transactions.run(partial(_take, claims, limits, partial(write, send, drafted)), using)
        except _LostRace:
            continue
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
    reading = limits.read(keys, send.phone_number)
    is_owner = send.user is not None and reading.known.owner_id == send.user.pk
    breakers = {alias: Breaker.read(alias, reading.counts) for alias in send.aliases()}
    send = replace(as_owner if is_owner else as_stranger, breakers=breakers)
    claims = owner_claims if is_owner else stranger_claims
    refusal = reading.refusal(claims)
    if refusal is not None:
        raise RateLimited(refusal.retry_after, refusal.scope)
    waits = [breaker.retry_after for breaker in breakers.values()]
    if None not in waits:
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


def _take(claims: list[Claim], limits: LimitQuerySet, write: Callable[[], None]) -> None:
    if not limits.take(claims):
        raise _LostRace
    write()
