"""May this be sent? The limits a send takes, and who is never sent to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.utils.module_loading import import_string

from django_flashcall import codes, phones
from django_flashcall.conf import Purpose, Rate, get_config, secrets
from django_flashcall.exceptions import RateLimited, Refused
from django_flashcall.models import Limit, VerificationAttempt, transactions
from django_flashcall.models.limits import Claim, Reading
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
        allowed: int | None = rate.count
        if self.owner and scope in {"prefix", "region"}:
            allowed = None
        elif scope == "site" and not self.owner:
            allowed = max(int(rate.count * STRANGERS_SHARE), 1)
        key = codes.digest(secrets()[0], "limit", scope, rate.text, value)
        return Claim(key=key, scope=scope, count=rate.count, period=rate.period, allowed=allowed)


def spend(send: Send, change: Callable[[Send], T]) -> T:
    """Take the limits of `send` and run `change(send)` in one transaction; return what it returns.

    Raises RateLimited or Refused, and then nothing was spent. `change` may be run again after a conflict in the
    database, so it must not reach outside it.
    """
    using = transactions.database()
    for round_ in range(ROUNDS):
        send, claims, reading = _look(send, using)
        if round_ == 0:
            _refuse_blocked(send, reading)
        transactions.run(lambda claims=claims, reading=reading: Limit.objects.using(using).prepare(claims, reading), using)  # type: ignore[misc]
        try:
            return transactions.run(lambda send=send, claims=claims: _take(send, claims, change, using), using)  # type: ignore[misc]
        except _LostRace:
            continue
    raise RateLimited(1, "site")


class _LostRace(Exception):
    """Another request took the last use between our look and our UPDATE."""


def _take(send: Send, claims: list[Claim], change: Callable[[Send], T], using: str) -> T:
    if not Limit.objects.using(using).take(claims):
        raise _LostRace
    return change(send)


def _look(send: Send, using: str) -> tuple[Send, list[Claim], Reading]:
    """Return the send, with its owner known, its claims and how they stand. Raises RateLimited."""
    as_stranger, as_owner = replace(send, owner=False), replace(send, owner=True)
    claims = as_stranger.claims()
    if send.user is not None:
        claims += as_owner.claims()
    reading = Limit.objects.using(using).read(claims, send.phone_number)
    is_owner = send.user is not None and reading.known.owner_id == send.user.pk
    send = as_owner if is_owner else as_stranger
    claims = send.claims()
    refusal = reading.refusal(claims)
    if refusal is not None:
        limited(refusal.scope, send.attempt)
        raise RateLimited(refusal.retry_after, refusal.scope)
    return send, claims, reading


def _refuse_blocked(send: Send, reading: Reading) -> None:
    if reading.known.blocked:
        raise Refused
    risk_check = get_config().risk_check
    if risk_check is None:
        return
    check = import_string(risk_check) if isinstance(risk_check, str) else risk_check
    check(
        send.phone_number, purpose=send.purpose.name, channel=send.channel, user=send.user, client=send.client
    )


def limited(scope: str, attempt: VerificationAttempt | None) -> None:
    """Tell the site that a limit refused something."""
    limit_hit.send_robust(sender=Limit, scope=scope, attempt=attempt)
