"""What the health page says of what is wrong now."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_flashcall.admin.tables import Table, count
from django_flashcall.models.breakers import RUN, WINDOW_SECONDS, Breaker
from django_flashcall.models.conversion import Conversion
from django_flashcall.services.alarms import Alarms
from django_flashcall.web.sentences import duration

PROXY = gettext_lazy(
    "None of the attempts of the last day has an address that can be a client's, so the limit on addresses is not "
    "applied. Behind a reverse proxy set FLASHCALL['TRUSTED_PROXY_COUNT'] or FLASHCALL['TRUSTED_CLIENT_IP_HEADER']; "
    "where your own code starts attempts, let it pass client=Client.from_request(request)."
)
SCOPES = {
    "phone": gettext_lazy("codes to a number"),
    "owner": gettext_lazy("codes to a number, asked for by its owner"),
    "ip": gettext_lazy("codes asked for from an address"),
    "user": gettext_lazy("codes asked for by a user"),
    "prefix": gettext_lazy("codes to a prefix"),
    "region": gettext_lazy("codes to a region"),
}
"""What each of our limits counts. One that is not here is shown by its name."""


def sentences(alarms: Alarms) -> list[dict[str, str]]:
    """Return what is alarming, each as a word and a sentence; an empty list where nothing is."""
    return [{"word": word, "sentence": sentence} for word, sentence in _sentences(alarms)]


def _sentences(alarms: Alarms) -> Iterator[tuple[str, str]]:
    for breaker in alarms.breakers:
        if (seconds := breaker.retry_after) is not None:
            sentence = _("%(provider)s fails; nothing is sent over it for %(time)s more.")
            yield _("Provider down:"), sentence % {"provider": breaker.alias, "time": duration(seconds)}
    for low in alarms.pumping:
        yield _("Pumping:"), _low(low)
    if alarms.guessing:
        yield (
            _("Guessing:"),
            _(
                "Of %(sent)s attempts of the last two hours, %(exhausted)s used up all their wrong codes: "
                "somebody may be guessing."
            )
            % {"sent": count(alarms.guessing.sent), "exhausted": count(alarms.guessing.exhausted)},
        )
    for site in alarms.site:
        yield (
            _("Limit of the site:"),
            _(
                "%(uses)s of %(maximum)s sends are used; the window ends in %(time)s. "
                "People who do not own a number are refused at 90 %%."
            )
            % {"uses": count(site.uses), "maximum": count(site.maximum), "time": duration(site.seconds)},
        )
    if alarms.proxy:
        yield _("Addresses:"), str(PROXY)


def _low(low: Conversion) -> str:
    sentence = {
        "prefix": _(
            "Of %(sent)s attempts of the last two hours for numbers that begin with %(value)s, %(verified)s were "
            "verified: somebody may be sending for the sake of sending."
        ),
        "region": _(
            "Of %(sent)s attempts of the last two hours for the region %(value)s, %(verified)s were verified: "
            "somebody may be sending for the sake of sending."
        ),
    }[low.scope]
    return sentence % {"sent": count(low.sent), "value": low.value, "verified": count(low.verified)}


def providers(alarms: Alarms) -> Table:
    """Return the table of providers and their breakers."""
    rows = [[breaker.alias, _state(breaker)] for breaker in alarms.breakers]
    return Table(_("Providers"), [_("Provider"), _("State")], rows, words=2)


def _state(breaker: Breaker) -> str:
    if (seconds := breaker.retry_after) is not None:
        return _("down: nothing is sent over it for %(time)s more") % {"time": duration(seconds)}
    if breaker.failures >= RUN:
        return _("was down: the next request tries it again")
    if breaker.failures and breaker.left > 0:
        return ngettext(
            "%(count)s failure in the last %(seconds)s seconds",
            "%(count)s failures in the last %(seconds)s seconds",
            breaker.failures,
        ) % {
            "count": breaker.failures,
            "seconds": WINDOW_SECONDS,
        }
    return _("works")


def refusing(alarms: Alarms) -> Table:
    """Return the table of limits that refuse now."""
    rows = [
        [
            " ".join(filter(None, [str(SCOPES.get(row.scope, row.scope)), row.label])),
            count(row.rows),
            duration(row.seconds),
        ]
        for row in alarms.refusing
    ]
    heads = [_("Limit"), _("Refused"), _("For at most")]
    return Table(_("Limits that refuse now"), heads, rows, empty=_("No limit refuses anybody now."))
