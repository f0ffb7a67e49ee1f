"""What staff may tell a person who asks: why there is no code, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from django_flashcall.admin import words
from django_flashcall.conf import get_config
from django_flashcall.models import Delivery, PhoneStatus, Standing
from django_flashcall.services.limiting import Holding

Status = Delivery.Status


def advise(standing: Standing, holding: Holding, status: PhoneStatus | None) -> list[str]:
    """Return what to tell the person of an attempt, the most important first."""
    said = [*_of_state(standing), *_of_newest(standing), *_of_charges(standing)]
    if standing.state != "verified":
        said += [*of_block(status), *of_limits(holding), *_of_next(standing)]
    return said


def _of_state(standing: Standing) -> Iterator[str]:
    attempt, state = standing.attempt, standing.state
    if state == "verified" and attempt.redeemed_at is None:
        yield _("The number is verified, but the site has not used it yet: the form after it was not sent.")
    elif state == "verified":
        yield _("The number is verified. There is nothing left to do.")
    elif state == "canceled":
        yield _("The attempt was canceled. Start again.")
    elif state == "exhausted":
        yield _("Too many wrong codes were entered. The attempt has ended; start again.")
    elif state == "expired":
        yield _("The code has expired. Ask for another.")
    elif state == "failed":
        yield _("No code reached the phone.")
    elif state == "pending":
        left = words.within(standing.expires_in)
        yield _("A code can be entered for %(time)s more.") % {"time": left}


def _of_newest(standing: Standing) -> Iterator[str]:
    newest = standing.newest
    status, call = newest.known_status, newest.channel == "flashcall"
    because = {"reason": words.reason(newest.error_code)}
    if standing.state in {"verified", "canceled", "exhausted"}:
        return
    if status == Status.UNDELIVERABLE:
        yield _("It did not arrive: the phone was off, out of reach or did not let it through.")
    elif status in {Status.REJECTED, Status.FAILED}:
        yield _("No call or message was placed, because %(reason)s.") % because
    elif status == Status.UNKNOWN:
        yield _("It may or may not have been sent, because %(reason)s.") % because
    elif call and status in {Status.ACCEPTED, Status.DELIVERED}:
        digits = ngettext(
            "Look at missed calls: the last digit of the number that rang is the code.",
            "Look at missed calls: the last %(count)d digits of the number that rang are the code.",
            newest.code_length,
        )
        yield digits % {"count": newest.code_length}
        yield _("A blocked or silenced unknown number does not ring, but is often in the list of blocked calls.")
    elif status == Status.DELIVERED:
        yield _("The provider says that it arrived: look among the messages, also those from unknown senders.")
    elif status == Status.ACCEPTED:
        yield _("The message is under way. A phone that is off or abroad gets it late.")


def _of_charges(standing: Standing) -> Iterator[str]:
    """Answer "was I charged twice": who asks for a code pays nothing, and the site pays for what was placed."""
    placed = [delivery for delivery in standing.deliveries if not delivery.refused]
    count = len(placed)
    price = words.cost(standing.deliveries)
    sent = ngettext("%(count)d call or message was placed.", "%(count)d calls or messages were placed.", count)
    paid = _("The site paid %(cost)s.") % {"cost": price} if price else _("No cost was told by the provider.")
    yield " ".join([sent % {"count": count}, paid, _("The person is not charged for codes.")])


def of_block(status: PhoneStatus | None) -> Iterator[str]:
    """Tell of a number that is blocked, and why."""
    if status is None or not is_blocked(status):
        return
    yield _("The number is blocked %(until)s: %(reason)s") % {
        "until": block_end(status),
        "reason": status.block_reason or _("no reason was given"),
    }


def is_blocked(status: PhoneStatus) -> bool:
    """Tell whether a number that was read `with_block` is blocked now."""
    return status.blocked_for is not None and status.blocked_for.total_seconds() > 0


def block_end(status: PhoneStatus) -> str:
    """Return how long a number is blocked; a block of decades is not meant to end."""
    if status.blocked_for is None or status.blocked_for.days > 3650:
        return _("until somebody unblocks it")
    return _("for %(time)s more") % {"time": words.within(status.blocked_for.total_seconds())}


def of_limits(holding: Holding) -> Iterator[str]:
    """Tell which limits refuse a number now, and for how long."""
    for alias, seconds in holding.down.items():
        yield _("The provider %(alias)s does not work: it is tried again in %(time)s.") % {
            "alias": alias,
            "time": words.within(seconds),
        }
    for held in holding.limits:
        if held.refuses and held.scope == "cooldown":
            yield _("A new attempt can be started in %(time)s.") % {"time": words.within(held.left)}
        elif held.refuses:
            yield _("Too many requests: %(what)s, %(uses)d of %(allowed)d. Another can be asked for in %(time)s.") % {
                "what": words.scope(held.scope, held.period),
                "uses": held.uses,
                "allowed": held.allowed,
                "time": words.within(held.left),
            }
    if holding.checks == 0:
        yield _(
            "Too many wrong codes for this number, or too many attempts that are still open: it may be tried again in "
            "%(time)s. Canceling an open attempt gives back what it has left; wrong codes stay counted."
        ) % {"time": words.within(holding.checks_in)}


def _of_next(standing: Standing) -> Iterator[str]:
    rules = get_config().purposes.get(standing.attempt.purpose)
    following = standing.next_channel(rules) if rules else None
    if rules is None or following is None:
        return
    wait = standing.wait_for(following, rules)
    name = words.channel(following)
    if wait > 0:
        yield _("In %(time)s the page offers another way: %(channel)s.") % {"time": words.within(wait), "channel": name}
    else:
        yield _("The page offers another way now: %(channel)s.") % {"channel": name}
