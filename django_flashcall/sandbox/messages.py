"""What is sent to the sandbox, read as strictly as SMSBAT's documents allow, so that a wrong request is noticed.

The documents contradict each other. Of several spellings the sandbox takes the one that "Send Message" calls right, or
that the newest page has: an object with `messages`, `to` with its plus, `fallbacks` of whole messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from django_flashcall.phones import E164, E164_NUMBER
from django_flashcall.sandbox.fields import BadRequest, Fields

MOST_MESSAGES: Final = 5000
MOST_FALLBACKS: Final = 10
LONGEST_RING: Final = 120
"""Seconds. "Don't use TTL longer than 120 seconds"."""
LONGEST_TTL: Final = 30 * 24 * 60 * 60
"""Seconds: what is advised for a survey, the most of all types."""

FLASH_CALL: Final = "flashcall"
VIBER_OTP: Final = "viber_otp"
SMS: Final = "sms"
TEXT_TYPES: Final = (SMS, "viber_promo", "viber_trans", "viber_carousel", "viber_survey", "rcs", "speechcall")
TYPE = re.compile("|".join((FLASH_CALL, VIBER_OTP, *TEXT_TYPES)))

FALLBACK_FIELDS: Final = ("from", "to", "type", "text", "customerMessageId", "ttl", "messageData")
MESSAGE_FIELDS: Final = (*FALLBACK_FIELDS, "fallbacks")

CODE = re.compile(r"[0-9]{3,8}", re.ASCII)
CUSTOMER_ID = re.compile(r"[A-Za-z0-9._:-]{1,254}", re.ASCII)
LANGUAGE = re.compile(r"[A-Za-z_-]{2,8}", re.ASCII)
SENDER = re.compile(r"[^\x00-\x1f\ud800-\udfff]{1,50}")
SMS_SENDER = re.compile(r"[A-Za-z0-9]{1,11}|\+[1-9][0-9]{1,14}", re.ASCII)
# 3,072 characters are the limit of RCS. The other types have none that is documented.
TEXT = re.compile(r"[^\x00\ud800-\udfff]{1,3072}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)

RINGS_FROM: Final = "+380441234567"
"""Its last digits give way to the code, where a flash call is asked for by its code."""


@dataclass(frozen=True, kw_only=True)
class SentMessage:
    """One message, as the sandbox carries it."""

    type: str
    to: E164
    sender: str = field(repr=False)
    """Who the handset says it is from: a name, or the number that rings."""
    text: str | None = field(repr=False)
    """What the handset shows; None for a flash call."""
    ttl: int | None
    """Seconds."""
    customer_id: str | None
    fallbacks: tuple[SentMessage, ...] = ()
    """Messages to the same number, for when this one does not arrive; the first that arrives is the last."""


def read_messages(body: object) -> tuple[SentMessage, ...]:
    """Return the messages of a request's JSON. Raises BadRequest."""
    items = Fields(body, "body", known=["messages"]).items("messages", most=MOST_MESSAGES)
    return tuple(_with_fallbacks(Fields(item, place, known=MESSAGE_FIELDS)) for item, place in items)


def _with_fallbacks(fields: Fields) -> SentMessage:
    message = _message(fields)
    if "fallbacks" not in fields:
        return message
    items = fields.items("fallbacks", most=MOST_FALLBACKS)
    fallbacks = tuple(_message(Fields(item, place, known=FALLBACK_FIELDS)) for item, place in items)
    if any(fallback.to != message.to for fallback in fallbacks):
        raise BadRequest(f"{fields.where}.fallbacks must all go to the message's number.", code="INVALID_RECIPIENT")
    return replace(message, fallbacks=fallbacks)


def _message(fields: Fields) -> SentMessage:
    type_ = fields.text("type", TYPE)
    sender = fields.text("from", SMS_SENDER if type_ == SMS else SENDER, code="INVALID_SENDER")
    longest = LONGEST_RING if type_ == FLASH_CALL else LONGEST_TTL
    return SentMessage(
        type=type_,
        to=E164(fields.text("to", E164_NUMBER, code="INVALID_RECIPIENT")),
        sender=_caller_id(fields) if type_ == FLASH_CALL else sender,
        text=_shown_text(fields, type_),
        ttl=fields.whole_number("ttl", most=longest) if "ttl" in fields else None,
        customer_id=fields.text("customerMessageId", CUSTOMER_ID) if "customerMessageId" in fields else None,
    )


def _caller_id(fields: Fields) -> str:
    if ("text" in fields) == ("messageData" in fields):
        raise BadRequest(f"{fields.where} must have either text, the code, or messageData.callerId.")
    if "messageData" in fields:
        return fields.fields("messageData", known=["callerId"]).text("callerId", E164_NUMBER)
    code = _digits(fields, "text")
    return RINGS_FROM[: -len(code)] + code


def _shown_text(fields: Fields, type_: str) -> str | None:
    if type_ == FLASH_CALL:
        return None
    if type_ == VIBER_OTP:
        return f"Your code: {_viber_code(fields)}"
    return fields.text("text", TEXT)


def _viber_code(fields: Fields) -> str:
    if fields.get("text") not in (None, ""):
        raise BadRequest(f"{fields.where}.text must be absent or empty: the template has the words.")
    data = fields.fields("messageData", known=["templateId", "templateLang", "templateParams", "code", "validity"])
    if "code" in data:  # as "Send Message" has it; the other pages have templates
        return _digits(data, "code")
    data.text("templateId", UUID)
    data.text("templateLang", LANGUAGE)
    # Viber's own templates call it `pin`, SMSBAT's page PIN; what else there must be depends on the template.
    parameters = data.fields("templateParams", known=None)
    return _digits(parameters, "PIN" if "PIN" in parameters else "pin")


def _digits(fields: Fields, name: str) -> str:
    """Return a code, which the documents have as an integer and as a text."""
    code = fields.get(name)
    digits = str(code) if isinstance(code, int) else code  # a bool becomes a word, which is no code
    if not isinstance(digits, str) or not CODE.fullmatch(digits):
        raise BadRequest(f"{fields.where}.{name} must be a code of 3 to 8 digits.")
    return digits
