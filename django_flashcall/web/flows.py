"""Flows: what a browser's session keeps of the attempts that were started in it.

A flow has a key of its own, which is in its page's URL: so several tabs have several flows. Whoever sees the key can do
nothing with it, because everything else is in the session.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from django_flashcall import codes
from django_flashcall.conf import secrets
from django_flashcall.refusals import Refusal

NAME = "flashcall_flows"
"""Of the session's entry."""
PARAMETER = "phone"
"""Of a URL that goes on with a verified number."""
MOST = 5
"""Flows that a session keeps; an older one makes place for the next. A session may be a cookie of 4 KB."""


@dataclass
class Flow:
    """One attempt, as its pages know it."""

    key: str
    attempt_id: str
    purpose: str
    start_url: str
    """The page on which it began."""
    code_url: str = ""
    """The page on which it goes on."""
    next_url: str = ""
    """Where to go on once the number is verified; empty for the page that says so."""
    number_is_given: bool = False
    """The site gave the number, so it cannot be changed."""
    keeps_proof: bool = False
    """A view of the site's own redeems the proof."""
    proof: str = field(default="", repr=False)
    """Of the verified number, as long as nobody has redeemed it."""
    finished: bool = False
    """The number was verified and everything done that the page does."""
    refused: str = ""
    """The error code of what was refused last."""
    extra: dict[str, Any] = field(default_factory=dict)
    """What is told besides, as in `Refusal`."""
    judged: str = field(default="", repr=False)
    """Digest of the last wrong code and the form it was entered in."""

    @property
    def refusal(self) -> Refusal | None:
        """What was refused last; None where the last step went well."""
        return Refusal(self.refused, self.extra) if self.refused else None

    @refusal.setter
    def refusal(self, refusal: Refusal | None) -> None:
        self.refused, self.extra = (refusal.code, refusal.extra) if refusal else ("", {})


def key_of(attempt_id: str) -> str:
    """Return the key of an attempt's flow. The same request, sent twice, makes one flow."""
    return codes.digest(secrets()[0], "flow", attempt_id)[:16]


def find(request: HttpRequest, key: str) -> Flow | None:
    """Return a flow of this session, or None."""
    return next((flow for flow in all_of(request) if flow.key == key), None)


def all_of(request: HttpRequest) -> list[Flow]:
    """Return the flows of this session, the latest last."""
    names = {each.name for each in fields(Flow)}
    entries = request.session.get(NAME, {}).values()
    return [Flow(**entry) for entry in entries if entry.keys() == names]  # not those of another version


def proven(request: HttpRequest) -> list[Flow]:
    """Return the flows whose proof waits to be redeemed, the latest last."""
    return [flow for flow in all_of(request) if flow.proof]


def save(request: HttpRequest, flow: Flow) -> None:
    """Write a flow into the session, and leave what other tabs have written meanwhile as it is."""
    entries = _stored(request.session)
    entries[flow.key] = asdict(flow)
    request.session[NAME] = dict(list(entries.items())[-MOST:])


def _stored(session: SessionBase) -> dict[str, Any]:
    """Return the entries as they are stored now. What we have read is as old as the call that was placed since."""
    if session.session_key is None:
        return dict(session.get(NAME, {}))
    return dict(type(session)(session.session_key).get(NAME, {}))


def with_key(url: str, flow: Flow) -> str:
    """Return a URL of the site with the flow's key, by which `RedeemPhoneMixin` knows which tab it is in."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*query, (PARAMETER, flow.key)])))
