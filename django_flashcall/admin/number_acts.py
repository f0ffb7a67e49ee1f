"""What staff may do about a number, from its own page or from that of an attempt."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_flashcall import phones, services
from django_flashcall.admin import records
from django_flashcall.admin.acting import TIMES, Act, Order
from django_flashcall.admin.advice import is_blocked
from django_flashcall.conf import get_config
from django_flashcall.models import PhoneStatus, VerificationAttempt
from django_flashcall.services import limiting
from django_flashcall.services.limiting import Subject

CHANGE_NUMBERS: Final = "flashcall.change_phonestatus"
CHANGE_LIMITS: Final = "flashcall.change_limit"


def subject(row: VerificationAttempt | PhoneStatus) -> Subject:
    """Return whose limits are meant by a row. Raises ValidationError where its number is kept no longer."""
    if isinstance(row, VerificationAttempt):
        return Subject.of(row)
    destination = phones.parse(row.phone_number, get_config().default_region())
    return Subject(phone_number=destination.number, region=destination.region, user=row.user)


def _status(row: VerificationAttempt | PhoneStatus) -> PhoneStatus | None:
    """Return what is known of a row's number, as its page has read it."""
    return row if isinstance(row, PhoneStatus) else getattr(row, "number_status", None)


def _blocked(row: Any) -> bool:
    status = _status(row)
    return status is not None and is_blocked(status)


def _owned(row: Any) -> bool:
    status = _status(row)
    return status is not None and status.user_id is not None


def _block(row: Any, order: Order) -> str:
    by = order.request.user
    status = services.block(row.phone_number, seconds=order.seconds or 0, reason=order.reason, by=by)
    done = _("Blocked the number: %(time)s.") % {"time": dict(TIMES)[order.seconds or 0]}
    return _also_on(status, row, order, done)


def _unblock(row: Any, order: Order) -> str:
    if not services.unblock(row.phone_number, by=order.request.user):
        return _("The number was not blocked.")
    return _also_on(_status(row), row, order, _("Unblocked the number."))


def _release(row: Any, order: Order) -> str:
    if not services.release(row.phone_number, by=order.request.user):
        return _("The number had no owner.")
    return _also_on(_status(row), row, order, _("Released the number: it is nobody's."))


def _forgive(row: Any, order: Order) -> str:
    count = limiting.forgive(subject(row), by=order.request.user)
    if not count:
        return _("No limit of this number was in use.")
    return ngettext(
        "Forgave %(count)d limit: another code can be asked for.",
        "Forgave %(count)d limits: another code can be asked for.",
        count,
    ) % {"count": count}


def _also_on(status: PhoneStatus | None, row: Any, order: Order, done: str) -> str:
    """Write on the number's own page what was done about it from that of an attempt."""
    if status is not None and not isinstance(row, PhoneStatus):
        records.act(order.request, status, _("%(done)s Reason: %(reason)s") % {"done": done, "reason": order.reason})
    return done


BLOCK: Final = Act(
    name="block",
    label=gettext_lazy("Block the number"),
    explains=gettext_lazy("No code is sent to it for that time. The person is not told why."),
    permission=CHANGE_NUMBERS,
    do=_block,
    applies=lambda row: not _blocked(row),
    needs_reason=True,
    lasts=True,
)
UNBLOCK: Final = Act(
    name="unblock",
    label=gettext_lazy("Unblock the number"),
    explains=gettext_lazy("Codes are sent to it again."),
    permission=CHANGE_NUMBERS,
    do=_unblock,
    applies=_blocked,
    needs_reason=True,
)
RELEASE: Final = Act(
    name="release",
    label=gettext_lazy("Release the number"),
    explains=gettext_lazy("Its owner has it no longer. Whoever proves it next becomes the owner."),
    permission=CHANGE_NUMBERS,
    do=_release,
    applies=_owned,
    needs_reason=True,
)
FORGIVE: Final = Act(
    name="forgive",
    label=gettext_lazy("Forgive the limits"),
    explains=gettext_lazy(
        "Number, user and address begin anew. Wrong codes are not forgiven: they keep a guesser out."
    ),
    permission=CHANGE_LIMITS,
    do=_forgive,
)
