"""What happened to an attempt, one event after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from django_flashcall.admin import words
from django_flashcall.admin.base import exactly
from django_flashcall.models import Delivery, Standing, VerificationAttempt

Status = Delivery.Status


@dataclass(frozen=True)
class Event:
    """Something that happened."""

    kind: str
    """`asked`, `sent`, `refused`, `delivered`, `wrong`, `expired`, `verified`, `redeemed` or `ended`."""
    title: str
    at: datetime | None = None
    """None where that was not written, as it is of wrong codes: they are told where they belong."""
    details: list[str] = field(default_factory=list)
    later: str = ""
    """How long after the beginning."""

    @property
    def exactly(self) -> str:
        """When, to the second."""
        return exactly(self.at) if self.at else ""


def tell(standing: Standing) -> list[Event]:
    """Return the story of an attempt that was read with `Standing.whole`."""
    attempt = standing.attempt
    told = [*_deliveries(standing), *_expiry(standing), *_settled(attempt)]
    told.sort(key=lambda event: event.at or attempt.created_at)
    before = next((number for number, event in enumerate(told) if event.kind == "verified"), len(told))
    told[before:before] = _wrong_codes(attempt)
    events = [_asked(attempt), *told, *_end(standing)]
    return [_timed(event, attempt) for event in events]


def _timed(event: Event, attempt: VerificationAttempt) -> Event:
    seconds = (event.at - attempt.created_at).total_seconds() if event.at else 0
    if seconds < 1:
        return event
    later = _("%(time)s later") % {"time": words.passed(seconds)}
    return Event(event.kind, event.title, event.at, event.details, later)


def _asked(attempt: VerificationAttempt) -> Event:
    details = [_("For %(purpose)s.") % {"purpose": attempt.purpose}]
    if attempt.user_id is not None:
        details.append(_("For the user %(user)s.") % {"user": attempt.user})
    if attempt.owner:
        details.append(_("Asked by the number's verified owner, signed in."))
    if attempt.ip_address:
        details.append(_("From the address %(address)s.") % {"address": attempt.ip_address})
    else:
        details.append(_("From an address that is not known."))
    if attempt.user_agent:
        details.append(_("With the browser %(browser)s") % {"browser": attempt.user_agent})
    return Event("asked", _("Asked for a code"), attempt.created_at, details)


def _deliveries(standing: Standing) -> Iterator[Event]:
    for delivery in standing.deliveries:
        yield _sent(delivery)
        if delivery.delivered_at is not None:
            over = words.channel(delivery.reached_over)
            details = [_("Over %(channel)s, says the provider.") % {"channel": over}, *_price(delivery)]
            yield Event("delivered", _("Delivered"), delivery.delivered_at, details)


def _sent(delivery: Delivery) -> Event:
    name, status, because = words.channel(delivery.channel), delivery.known_status, words.reason(delivery.error_code)
    at, by = delivery.created_at, [_("Provider: %(provider)s.") % {"provider": delivery.provider}]
    reason = _("Because %(reason)s.") % {"reason": because}
    if status == Status.REJECTED:
        return Event("refused", _("Refused by the provider: %(channel)s") % {"channel": name}, at, [reason, *by])
    if status == Status.FAILED:
        return Event("refused", _("Not sent: %(channel)s") % {"channel": name}, at, [reason, *by])
    details = by
    if status == Status.CREATED:
        details = [_("It is being sent just now."), *by]
    elif status == Status.UNKNOWN:
        details = [_("Whether it was sent is not known."), reason, *by]
    elif status == Status.UNDELIVERABLE:
        details = [_("It did not arrive, says the provider."), *by, *_price(delivery)]
    elif status == Status.ACCEPTED:
        details = [_("The provider took it. Whether it arrived is not known yet."), *by, *_price(delivery)]
    kind = "refused" if status == Status.UNDELIVERABLE else "sent"
    return Event(kind, words.sent(delivery.channel), at, details)


def _price(delivery: Delivery) -> list[str]:
    price = words.cost([delivery])
    return [_("It cost %(cost)s.") % {"cost": price}] if price else []


def _expiry(standing: Standing) -> Iterator[Event]:
    """Tell when the codes expired, where nobody entered one in time."""
    if standing.attempt.status != VerificationAttempt.Status.PENDING:
        return
    for delivery in standing.deliveries:
        if not delivery.refused and delivery.left.total_seconds() <= 0:
            title = _("The code expired: %(channel)s") % {"channel": words.channel(delivery.channel)}
            yield Event("expired", title, delivery.expires_at)


def _wrong_codes(attempt: VerificationAttempt) -> list[Event]:
    if not attempt.checks:
        return []
    title = ngettext("A wrong code was entered once", "A wrong code was entered %(count)d times", attempt.checks)
    allowed = _("%(checks)d of %(max_checks)d that are allowed. The times are not written.")
    details = [allowed % {"checks": attempt.checks, "max_checks": attempt.max_checks}]
    return [Event("wrong", title % {"count": attempt.checks}, None, details)]


def _settled(attempt: VerificationAttempt) -> Iterator[Event]:
    if attempt.verified_at is not None:
        yield Event("verified", _("Verified: the right code was entered"), attempt.verified_at)
    if attempt.redeemed_at is not None:
        yield Event("redeemed", _("The site used the proof"), attempt.redeemed_at)


def _end(standing: Standing) -> Iterator[Event]:
    if standing.state == "canceled":
        yield Event("ended", _("Canceled"))
    elif standing.state == "exhausted":
        yield Event("ended", _("Ended: no more codes may be entered"))
