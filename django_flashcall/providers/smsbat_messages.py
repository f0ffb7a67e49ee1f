"""What is written into `POST /bat/messagelist` for a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django_flashcall.providers.base import Message

VIBER_TEMPLATE: Final[Mapping[str, Any]] = {
    "ID": "0aac888f-2ee2-4112-9659-1755a951966a",
    "LANGUAGES": {"en": "en", "uk": "uk"},
    "PARAMETERS": {"pin": "{code}"},
}
"""Viber's own template that has nothing but the code in it. Where VIBER_TEMPLATE leaves a key out, this is it."""

OTHER_LANGUAGES: Final = "en"
PLACEHOLDER = re.compile(r"\{(code|minutes|seconds)(:d)?\}")
"""What a parameter may be in place of a value; with `:d` it is sent as an integer, else as a text."""


def entry(message: Message, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as SMSBAT takes it, each of its fallbacks a whole message in it."""
    written = {**_step(message, options), "customerMessageId": message.id}
    if message.fallbacks:
        written["fallbacks"] = [_step(fallback, options) for fallback in message.fallbacks]
    return written


def sender(channel: str, options: Mapping[str, Any]) -> str:
    """Return the name that a channel's messages come from, empty where there is none."""
    given = options["SENDER"]
    return given if isinstance(given, str) else given.get(channel, "")


def senders(options: Mapping[str, Any]) -> list[str]:
    """Return every name that messages come from."""
    given = options["SENDER"]
    return [given] if isinstance(given, str) else list(given.values())


def _step(message: Message, options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "from": sender(message.channel, options),
        "to": message.phone_number,
        "type": options["VOICE_TYPE"] if message.channel == "voice" else message.channel,
        **_content(message, options),
        "ttl": message.ttl,
    }


def _content(message: Message, options: Mapping[str, Any]) -> dict[str, Any]:
    if message.channel == "viber_otp":
        # The template has the words.
        return {"text": "", "messageData": _template(message, {**VIBER_TEMPLATE, **options["VIBER_TEMPLATE"]})}
    if message.channel != "flashcall":
        return {"text": message.text}
    if message.caller_id is not None:
        return {"messageData": {"callerId": message.caller_id}}
    digits = message.code.digits
    return {"text": int(digits) if options["CODE_AS_INTEGER"] else digits}


def _template(message: Message, template: Mapping[str, Any]) -> dict[str, Any]:
    parameters = {name: _filled_in(value, message) for name, value in template["PARAMETERS"].items()}
    if template["ID"] is None:
        return parameters
    languages, language = template["LANGUAGES"], message.language
    known = languages.get(language) or languages.get(language.partition("-")[0]) or OTHER_LANGUAGES
    return {"templateId": template["ID"], "templateLang": known, "templateParams": parameters}


def _filled_in(value: Any, message: Message) -> Any:
    placeholder = PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    if placeholder is None:
        return value
    values = {"code": message.code.digits, "minutes": str(max(message.ttl // 60, 1)), "seconds": str(message.ttl)}
    text = values[placeholder[1]]
    return int(text) if placeholder[2] else text
