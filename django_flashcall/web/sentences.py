"""What a person is told of a refusal: what happened, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_flashcall.refusals import DETAIL, Refusal

PLAIN: Final = {
    "malformed": gettext_lazy("This cannot be the code. Look at the number again and enter only its last digits."),
    "channel_unavailable": gettext_lazy("A code cannot be sent this way here. Choose another way."),
    "refused": gettext_lazy("We cannot send a code to this number. Use another number, or write to us."),
    "not_found": gettext_lazy("This verification does not exist any more, or belongs to another browser. Start again."),
    "already_verified": gettext_lazy(
        "This number is verified already. Go on where you have entered the code, or start again."
    ),
    "invalid_proof": gettext_lazy("This verification has been used or is too old. Verify the number again."),
    "phone_taken": gettext_lazy("This number belongs to another account. Sign in there, or use another number."),
    "idempotency_conflict": gettext_lazy(
        "The same request is still under way. Wait a moment, and load the page again."
    ),
    "idempotency_mismatch": gettext_lazy("This page is out of date. Load it again."),
    "expired": gettext_lazy("The code has expired. Ask for a new one."),
    "exhausted": gettext_lazy(
        "Too many wrong codes. To keep your number safe, this verification has ended. Start again."
    ),
    "failed": gettext_lazy("The code could not be delivered. Ask for it another way."),
    "canceled": gettext_lazy("You have canceled this verification. Start again whenever you like."),
    "delivery_failed": gettext_lazy("The code could not be delivered. Ask for it another way, or check the number."),
}
"""Sentences without a number in them. A code that is not here has the API's."""


def sentence(refusal: Refusal) -> str:
    """Return what a page says of a refusal, in the language of whoever asks."""
    if refusal.code in WITH_NUMBERS:
        return WITH_NUMBERS[refusal.code](refusal)
    return str(PLAIN.get(refusal.code) or DETAIL[refusal.code])


def duration(seconds: int) -> str:
    """Return a time to wait as people say it: seconds, from two minutes on minutes, from two hours on hours."""
    if seconds < 120:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    if seconds < 7200:
        minutes = math.ceil(seconds / 60)
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = math.ceil(seconds / 3600)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def _invalid_code(refusal: Refusal) -> str:
    left = refusal.extra["checks_left"]
    if left == 0:
        return str(PLAIN["exhausted"])
    return ngettext(
        "That is not the right code. You have %(count)d more try.",
        "That is not the right code. You have %(count)d more tries.",
        left,
    ) % {"count": left}


def _destination(refusal: Refusal) -> str:
    match refusal.extra["reason"]:
        case "region":
            return _("We do not send codes to numbers of this country. Use a number of another country.")
        case "short_number":
            return _("This number is too short. Enter a whole mobile number with its country code.")
    return _("We send codes only to mobile numbers. Enter a mobile number.")


def _too_soon(refusal: Refusal) -> str:
    return _("A code is on its way. You can ask for another in %(time)s.") % {
        "time": duration(refusal.extra["retry_after"])
    }


def _rate_limited(refusal: Refusal) -> str:
    return _("Too many requests. Try again in %(time)s.") % {"time": duration(refusal.extra["retry_after"])}


def _provider_unavailable(refusal: Refusal) -> str:
    if not refusal.extra.get("retry_after"):
        return _("We cannot send codes at the moment. Try again in a few minutes.")
    return _("We cannot send codes at the moment. Try again in %(time)s.") % {
        "time": duration(refusal.extra["retry_after"])
    }


WITH_NUMBERS: Final[dict[str, Callable[[Refusal], str]]] = {
    "invalid_code": _invalid_code,
    "destination_not_allowed": _destination,
    "too_soon": _too_soon,
    "rate_limited": _rate_limited,
    "provider_unavailable": _provider_unavailable,
}
