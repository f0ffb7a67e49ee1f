"""The words of the admin pages: channels, limits, reasons and times as people say them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_flashcall.models import Delivery
from django_flashcall.web.sentences import duration

SENT: dict[str, Promise] = {
    "flashcall": gettext_lazy("Called"),
    "sms": gettext_lazy("SMS sent"),
    "viber_otp": gettext_lazy("Viber message sent"),
    "voice": gettext_lazy("Voice call made"),
}
NAMES: dict[str, Promise] = {
    "flashcall": gettext_lazy("flash call"),
    "sms": gettext_lazy("SMS"),
    "viber_otp": gettext_lazy("Viber message"),
    "voice": gettext_lazy("voice call"),
}
SCOPES: dict[str, Promise] = {
    "cooldown": gettext_lazy("pause between two codes for a number"),
    "phone": gettext_lazy("codes for a number"),
    "owner": gettext_lazy("codes for a number, asked by its owner"),
    "ip": gettext_lazy("codes from an address"),
    "user": gettext_lazy("codes for a user"),
    "prefix": gettext_lazy("codes for numbers that begin alike"),
    "region": gettext_lazy("codes for a country"),
    "site": gettext_lazy("codes of the whole site"),
    "breaker": gettext_lazy("failures of a provider"),
    "notice": gettext_lazy("reports to the site"),
}
REASONS: dict[str, Promise] = {
    "invalid_number": gettext_lazy("the provider does not accept this number"),
    "invalid_sender": gettext_lazy("the provider does not know the sender's name"),
    "invalid_text": gettext_lazy("the provider does not accept the text"),
    "rejected": gettext_lazy("the provider refused it"),
    "bad_request": gettext_lazy("the provider did not understand the request"),
    "credentials": gettext_lazy("the provider does not accept the site's key"),
    "rate_limited": gettext_lazy("the provider is asked too often"),
    "too_many_in_flight": gettext_lazy("too many calls are under way at once"),
    "unsupported_channel": gettext_lazy("the provider does not have this channel"),
    "connection": gettext_lazy("the provider cannot be reached"),
    "redirected": gettext_lazy("the provider's address has changed"),
    "contradiction": gettext_lazy("the provider's answer contradicts itself"),
    "timeout": gettext_lazy("the provider did not answer in time"),
    "connection_lost": gettext_lazy("the connection to the provider broke"),
    "server_error": gettext_lazy("the provider has a fault"),
    "malformed_answer": gettext_lazy("the provider's answer cannot be read"),
    "unclear": gettext_lazy("the provider's answer is not clear"),
    "raised": gettext_lazy("the site's own provider has a fault"),
    "breaker_open": gettext_lazy("the provider has not answered of late and is left alone for a while"),
    "abandoned": gettext_lazy("the site's process ended before the answer came"),
}


def channel(name: str) -> str:
    """Return what a channel is called; a site's own by its name."""
    return str(NAMES.get(name, name))


def sent(name: str) -> str:
    """Return what was done over a channel."""
    return str(SENT.get(name) or _("Sent over %(channel)s") % {"channel": name})


def scope(name: str, period: float = 0) -> str:
    """Return what a limit counts, and in how many seconds where that is given."""
    counted = str(SCOPES.get(name, name))
    if name in {"cooldown", "breaker", "notice"} or not period:
        return counted
    return _("%(what)s in %(time)s") % {"what": counted, "time": duration(int(period))}


def reason(code: str) -> str:
    """Return why a provider did not take a delivery; its own word where it is none of ours."""
    known = REASONS.get(code)
    if known is not None:
        return str(known)
    return _("the provider says “%(word)s”") % {"word": code} if code else _("no reason was given")


def ago(seconds: float) -> str:
    """Return how long ago something was, roughly and in few letters."""
    whole = max(int(seconds), 0)
    if whole < 5:
        return _("just now")
    if whole < 120:
        return _("%(count)d s ago") % {"count": whole}
    if whole < 7200:
        return _("%(count)d min ago") % {"count": whole // 60}
    if whole < 2 * 86400:
        return _("%(count)d h ago") % {"count": whole // 3600}
    days = whole // 86400
    return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}


def passed(seconds: float) -> str:
    """Return a time that has passed: `duration` rounds up, which is for times to wait."""
    whole = int(seconds)
    if whole < 120:
        return duration(whole)
    return duration(whole // 60 * 60 if whole < 7200 else whole // 3600 * 3600)


def within(seconds: float) -> str:
    """Return a time to wait, at least a second."""
    return duration(max(int(seconds) + (seconds % 1 > 0), 1))


def cost(deliveries: Iterable[Delivery]) -> str:
    """Return what deliveries cost, a sum for each currency; empty where none was told."""
    sums: dict[str, Decimal] = {}
    for delivery in deliveries:
        if delivery.cost is not None:
            sums[delivery.currency] = sums.get(delivery.currency, Decimal(0)) + delivery.cost
    told = {currency: amount for currency, amount in sums.items() if amount} or sums
    return ", ".join(f"{number_format(amount.normalize())} {currency}".strip() for currency, amount in told.items())
