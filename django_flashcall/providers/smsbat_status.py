"""What SMSBAT's answer to `GET /bat/message/{id}` says has become of a message.

A message with fallbacks ends as often as it has steps, and the documents do not say which end `deliverystatus` is. So
it is delivered where any step is, and undeliverable only where every step that is told of has failed: as long as one
may still begin, somebody may still get the code. Which steps there are is not known here, and nobody documents that all
are told of from the beginning; so the report names those that are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from django_flashcall.providers import base
from django_flashcall.providers.base import Report, ReportStatus
from django_flashcall.providers.smsbat_answers import STATUS_ERRORS
from django_flashcall.providers.smsbat_json import REFUSED, read_object, text, word
from django_flashcall.providers.transport import Answer

ARRIVED: Final = {"delivered", "read"}

# Three of the pages spell it in three ways.
STATUS_KEYS: Final = ("deliverystatus", "deliveryStatus", "status")

NAME = re.compile(r"[a-z0-9_]{1,32}", re.ASCII)
FAMILIES: Final = {"viber": "viber_otp"}
"""`extendedStatuses` speaks of families of types: our channel, where the name of its family is another."""

MONEY: Final = (("billAmount", "billCurrency"), ("rateAmount", "rateCurrency"), ("cost", "billCurrency"))
"""Where an amount and its currency may be, what is billed first."""
AMOUNT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,30})?", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
MOST: Final = Decimal(10**6)
MILLIONTH: Final = Decimal("0.000001")


class NoReport(Exception):
    """The answer does not say. The error code, one of `base.ERROR_CODES`, says why not."""

    def __init__(self, error_code: str) -> None:
        super().__init__()
        self.error_code = error_code


def read(answer: Answer, asked: str, *, voice_type: str | None = None) -> Report:
    """Return what `answer` says of the message that was `asked` about. Raises NoReport.

    `voice_type` is the message type of the account that is our channel `voice`.
    """
    if answer.status >= 500:
        raise NoReport(base.SERVER_ERROR)
    if answer.status != 200:
        redirected = 300 <= answer.status < 400
        raise NoReport(base.REDIRECTED if redirected else STATUS_ERRORS.get(answer.status, base.REJECTED))
    entry = _entry(read_object(answer.body), asked)
    overall = next((word(entry[key]) for key in STATUS_KEYS if word(entry.get(key))), "")
    if not overall or entry.get("error"):
        raise NoReport(base.MALFORMED_ANSWER)
    steps = list(_steps(entry, voice_type))
    cost, currency = _money(entry)
    return Report(
        provider_message_id=asked,
        status=_status(overall, [status for _, status in steps]),
        channel=next((channel for channel, status in steps if channel and status in ARRIVED), None),
        cost=cost,
        currency=currency,
        steps=frozenset(channel for channel, _ in steps if channel),
    )


def _entry(document: dict[str, Any] | None, asked: str) -> dict[str, Any]:
    """Return the object that is about the message: the document itself, or the only one of its list."""
    listed = (document or {}).get("messages")
    entry = listed[0] if isinstance(listed, list) and len(listed) == 1 else listed or document
    if not isinstance(entry, dict):
        raise NoReport(base.MALFORMED_ANSWER)
    # Examples of some states leave the id out.
    if text(entry.get("messageId")) not in {"", asked}:
        raise NoReport(base.CONTRADICTION)
    return entry


def _steps(entry: dict[str, Any], voice_type: str | None) -> Iterator[tuple[str, str]]:
    """Yield channel and status of each step of the provider's cascade that the answer tells of; no channel is empty."""
    listed = entry.get("fallbacks", entry.get("fallback"))
    for step in listed if isinstance(listed, list) else [listed]:
        if isinstance(step, dict):
            yield _channel(word(step.get("type")), voice_type), word(step.get("status"))
    families = entry.get("extendedStatuses")
    for family, status in families.items() if isinstance(families, dict) else ():
        yield _channel(word(family), voice_type), word(status)


def _status(overall: str, steps: list[str]) -> ReportStatus:
    if ARRIVED & {overall, *steps}:
        return ReportStatus.DELIVERED
    return ReportStatus.UNDELIVERABLE if {overall, *steps} <= REFUSED else ReportStatus.PENDING


def _channel(name: str, voice_type: str | None) -> str:
    """Return the channel that is meant by a type or family; empty for what cannot be one."""
    if voice_type is not None and name == voice_type:
        return "voice"
    return FAMILIES.get(name, name) if NAME.fullmatch(name) else ""


def _money(entry: dict[str, Any]) -> tuple[Decimal | None, str]:
    for amount, currency in MONEY:
        cost = _amount(entry.get(amount))
        if cost is not None:
            told = text(entry.get(currency)).strip().upper()
            return cost, told if CURRENCY.fullmatch(told) else ""
    return None, ""


def _amount(value: Any) -> Decimal | None:
    """Return an amount as the column keeps it, None for what is none or would not fit there."""
    if isinstance(value, str) and AMOUNT.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool) or not 0 <= value < MOST:
        return None
    rounded = Decimal(value).quantize(MILLIONTH)
    return rounded if rounded < MOST else None
