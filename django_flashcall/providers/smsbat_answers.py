"""What SMSBAT's answer to `POST /bat/messagelist` says of the one message that was sent.

It is read liberally in form, and strictly in what is concluded from it: what is not surely accepted or surely refused
is unknown. Nothing of the provider's own wording leaves this file, except an id that is fit to be kept.
"""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from django_flashcall import codes
from django_flashcall.codes import Code
from django_flashcall.providers import base
from django_flashcall.providers.base import Message, Result, Status
from django_flashcall.providers.smsbat_json import REFUSED, TAKEN, message_id, read_object, text, word
from django_flashcall.providers.transport import Answer

logger = logging.getLogger(__name__)

ERROR_WORDS: Final = {
    "INVALID_RECIPIENT": base.INVALID_NUMBER,
    "INVALID_PHONE": base.INVALID_NUMBER,
    "1003": base.INVALID_NUMBER,
    "INVALID_SENDER": base.INVALID_SENDER,
    "MESSAGE_TOO_LONG": base.INVALID_TEXT,
    "INVALID_ENCODING": base.INVALID_TEXT,
    "1001": base.BAD_REQUEST,
    "1002": base.BAD_REQUEST,
}
"""The provider's words and numbers for an error, and ours."""

STATUS_ERRORS: Final = {401: base.CREDENTIALS, 403: base.CREDENTIALS, 429: base.RATE_LIMITED}
"""What a status of HTTP says, whatever the body says."""

BAD_REQUESTS: Final = {404, 405, 415, 422}
"""What it says where the body says nothing: that we and the address do not speak of the same API."""


class Contradiction(Exception):
    """The answer does not fit what was asked for."""


def read(answer: Answer, message: Message, *, trust_caller_id: bool = False) -> Result:
    """Return what `answer` says of `message`.

    `trust_caller_id` lets the provider ring from another number than `message.caller_id`; the result has its code then.
    """
    if answer.status >= 500:
        # That of a proxy may come after the request was handed on.
        return _unknown(base.SERVER_ERROR)
    if answer.status in STATUS_ERRORS:
        return _rejected(STATUS_ERRORS[answer.status])
    if 300 <= answer.status < 400:
        return _rejected(base.REDIRECTED)
    document = read_object(answer.body)
    if answer.status >= 400:
        default = base.BAD_REQUEST if answer.status in BAD_REQUESTS else base.REJECTED
        return _rejected(_reason(document or {}, default))
    if answer.status != 200 or document is None:
        return _unknown(base.MALFORMED_ANSWER)
    entry = _entry(document, message)
    if isinstance(entry, Result):
        return entry
    return _judged(entry, document, message, trust_caller_id)


def _rejected(error_code: str, known_as: str = "") -> Result:
    return Result(status=Status.REJECTED, error_code=error_code, provider_message_id=known_as)


def _unknown(error_code: str, known_as: str = "") -> Result:
    return Result(status=Status.UNKNOWN, error_code=error_code, provider_message_id=known_as)


def _entry(document: dict[str, Any], message: Message) -> dict[str, Any] | Result:
    """Return the entry that is about `message`, or the result where the answer has none."""
    listed = document.get("messages")
    entries = [listed] if isinstance(listed, dict) else listed
    if isinstance(entries, list) and entries and all(isinstance(entry, dict) for entry in entries):
        own = entries[0] if len(entries) == 1 else _own(entries, message)
        return _rejected(base.CONTRADICTION) if own is None else own
    if document.get("error"):
        return _rejected(_reason(document, base.REJECTED))
    if entries == []:
        return _rejected(base.MALFORMED_ANSWER)
    return _unknown(base.MALFORMED_ANSWER)


def _own(entries: list[dict[str, Any]], message: Message) -> dict[str, Any] | None:
    by_id = [entry for entry in entries if entry.get("customerMessageId") == message.id]
    by_number = [entry for entry in entries if _digits(_recipient(entry)) == _digits(message.phone_number)]
    own = by_id or by_number
    return own[0] if len(own) == 1 else None


def _judged(entry: dict[str, Any], document: dict[str, Any], message: Message, trust_caller_id: bool) -> Result:
    status, known_as = word(entry.get("status")), message_id(entry.get("messageId"))
    error = document.get("error")
    if status in REFUSED or (error and status not in TAKEN):
        return _rejected(_reason(entry, _reason(document, base.REJECTED)), known_as)
    if status not in TAKEN:
        return _unknown(base.UNCLEAR, known_as)
    if error:
        logger.warning("SMSBAT answered with an error and an accepted message.", extra={"delivery": message.id})
    try:
        code = _cross_checked(entry, message, trust_caller_id)
    except Contradiction:
        return _rejected(base.CONTRADICTION, known_as)
    return Result(status=Status.ACCEPTED, provider_message_id=known_as, code=code)


def _cross_checked(entry: dict[str, Any], message: Message, trust_caller_id: bool) -> Code | None:
    """Return the code that rings, where the provider was free to choose it. Raises Contradiction."""
    recipient = _digits(_recipient(entry))
    if recipient and recipient != _digits(message.phone_number):
        raise Contradiction
    if message.channel != "flashcall":
        return None
    rings = _rings(entry, message)
    free = trust_caller_id and message.caller_id is not None
    if rings is None:
        # A pattern that says nothing, and no caller ID: not even an echo of the number that was asked for.
        if free or (message.caller_id is not None and "pattern" in entry):
            raise Contradiction
        return None
    if not free and rings != message.code:
        raise Contradiction
    return rings if free else None


def _rings(entry: dict[str, Any], message: Message) -> Code | None:
    """Return the tail of the number that rings, as far as the entry says it. Raises Contradiction."""
    caller_id: str | None = text(entry.get("callerId"))
    rings = codes.tail(caller_id, len(message.code))
    if rings is None:
        caller_id = None
    elif _digits(caller_id) == _digits(message.phone_number):
        raise Contradiction
    pattern = entry.get("pattern")
    if not isinstance(pattern, str) or not _digits(pattern):
        return rings
    try:
        return codes.check_pattern(pattern, caller_id=caller_id, length=len(message.code))
    except codes.UnusablePattern as unusable:
        # Where the number is drawn from a pool, a pattern that hides some of the code leaves open which number rings.
        hides_ours = unusable.reason == "opens_too_few_digits" and message.caller_id is not None
        if hides_ours or unusable.reason == "contradicts_caller_id":
            raise Contradiction from None
        logger.warning("SMSBAT sent a pattern of no use: ignored.", extra={"delivery": message.id})
        return rings


def _reason(document: dict[str, Any], default: str) -> str:
    """Return our word for the error that an object tells of, in any of the shapes that are documented."""
    error = document.get("error")
    nested = error.get("code") if isinstance(error, dict) else error
    known = (ERROR_WORDS.get(text(name).strip().upper()) for name in (nested, document.get("code")))
    return next(filter(None, known), default)


def _recipient(entry: dict[str, Any]) -> str:
    return text(entry.get("to")) or text(entry.get("recipient"))


def _digits(text: str | None) -> str:
    return re.sub(r"[^0-9]", "", text or "")
