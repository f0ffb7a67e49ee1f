"""What can be wrong with the OPTIONS of SMSBAT."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error, Warning

from django_flashcall import codes
from django_flashcall.conf import Config, get_config
from django_flashcall.exceptions import ConfigurationError
from django_flashcall.providers.smsbat_messages import PLACEHOLDER, VIBER_TEMPLATE

DEFAULTS: Final[Mapping[str, Any]] = {
    "API_KEY": "",
    "SENDER": "",
    "BASE_URL": "https://restapi.smsbat.com",
    "CALLER_IDS": [],
    "TRUST_REPLY_CALLER_ID": False,
    "DEADLINE": 8,
    "MAX_IN_FLIGHT": 8,
    "CODE_AS_INTEGER": True,
    "VIBER_TEMPLATE": {},
    "VOICE_TYPE": None,
    "WEBHOOK_SECRETS": [],
}

SMSBAT_CHECKS: Final = {
    "flashcall.E101": "This option is not known.",
    "flashcall.E102": "The API key is missing.",
    "flashcall.E103": "The API key cannot be sent in a header.",
    "flashcall.E104": "The address is not one that a key may be sent to.",
    "flashcall.E105": "The sender is missing.",
    "flashcall.E106": "This is not a list of phone numbers.",
    "flashcall.E107": "This is not a number above zero.",
    "flashcall.E108": "This is neither True nor False.",
    "flashcall.E109": "This is not a list of secrets that cannot be guessed.",
    "flashcall.E110": "So few caller IDs can be guessed.",
    "flashcall.E111": "A cascade of the provider cannot ring from caller IDs of a list.",
    "flashcall.E112": "This is not a Viber template.",
    "flashcall.E113": "This is not a message type for voice.",
    "flashcall.E114": "The account has no message type for voice.",
    "flashcall.W101": "A channel has no sender.",
    "flashcall.W102": "The sender is not one that SMSBAT documents for SMS.",
    "flashcall.W103": "The caller IDs are few.",
}
"""Every check, by its id."""

PLACEHOLDERS: Final = {"apikey", "yourapikey", "yourkey", "changeme", "replaceme", "placeholder", "todo", "xxx"}
HEADER_VALUE = re.compile(r"[ -~\xa0-\xff]+")
URL = re.compile(r"[!-~]+")
NUMBER = re.compile(r"\+?[0-9]{8,15}", re.ASCII)
# smsbat.com help, "Send message": at most 11 letters and digits without spaces, or a phone number.
SMS_SENDER = re.compile(r"[A-Za-z0-9]{1,11}|\+?[0-9]{8,15}", re.ASCII)
# OWASP ASVS 5.0, 11.5.1, asks for 128 bits; 22 characters of base64 are 132, 32 of hex are 128.
SECRET = re.compile(r"[A-Za-z0-9_-]{22,}", re.ASCII)
FEW_TAILS: Final = 3000
LANGUAGE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*", re.ASCII)
TEMPLATE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
VOICE_TYPE = re.compile(r"[a-z][a-z0-9_]{1,31}", re.ASCII)
OTHER_TYPES: Final = {"flashcall", "sms", "viber_otp"}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, without the value: that may be a secret."""

    id: str
    option: str
    hint: str

    def message(self, alias: str) -> CheckMessage:
        """Return it as a message of Django's checks. `alias` is the provider's key in PROVIDERS."""
        kind = Error if ".E" in self.id else Warning
        where = f"FLASHCALL['PROVIDERS'][{alias!r}]['OPTIONS'][{self.option!r}]"
        return kind(SMSBAT_CHECKS[self.id], hint=self.hint, obj=where, id=self.id)


def check(options: Mapping[str, Any], *, alias: str) -> list[CheckMessage]:
    """Return all that is wrong with `options`, which has the defaults already."""
    problems = list(_unusable(options))
    try:
        config = get_config()
    except ConfigurationError:  # told by the checks of the settings that cannot be read
        config = None
    if config is not None and not problems:
        problems += _sender_problems(options, _channels(config, alias))
        problems += _pool_problems(options, config)
        problems += _voiceless_problems(options, _channels(config, alias))
    return [problem.message(alias) for problem in problems]


def refuse_unusable(options: Mapping[str, Any]) -> None:
    """Raise ConfigurationError for the first thing that makes `options` unusable."""
    for problem in _unusable(options):
        title = SMSBAT_CHECKS[problem.id]
        raise ConfigurationError(f"SMSBAT option {problem.option!r}: {title} {problem.hint} ({problem.id})")


def _unusable(options: Mapping[str, Any]) -> Iterator[Problem]:
    for option in options.keys() - DEFAULTS.keys():
        yield Problem("flashcall.E101", str(option), f"It is none of {', '.join(DEFAULTS)}.")
    yield from _key_problems(options["API_KEY"])
    if not _may_have_the_key(options["BASE_URL"]):
        hint = "Give an https:// address without user, query or fragment; http:// only for this very machine."
        yield Problem("flashcall.E104", "BASE_URL", hint)
    if not _is_sender(options["SENDER"]):
        yield Problem("flashcall.E105", "SENDER", "Give your name at SMSBAT, or {channel: name}.")
    if not _all_match(NUMBER, options["CALLER_IDS"]):
        yield Problem("flashcall.E106", "CALLER_IDS", "Give a list of texts of 8 to 15 digits, with or without a plus.")
    if not _is_positive(options["DEADLINE"]):
        yield Problem("flashcall.E107", "DEADLINE", "Give seconds, such as 8.")
    if not _is_positive(options["MAX_IN_FLIGHT"]) or not isinstance(options["MAX_IN_FLIGHT"], int):
        yield Problem("flashcall.E107", "MAX_IN_FLIGHT", "Give a whole number, such as 8.")
    for switch in ("TRUST_REPLY_CALLER_ID", "CODE_AS_INTEGER"):
        if not isinstance(options[switch], bool):
            yield Problem("flashcall.E108", switch, "Give True or False.")
    yield from _secret_problems(options["WEBHOOK_SECRETS"])
    yield from _template_problems(options["VIBER_TEMPLATE"])
    yield from _voice_problems(options["VOICE_TYPE"])


def _key_problems(key: Any) -> Iterator[Problem]:
    if not isinstance(key, str) or re.sub(r"[\W_]", "", key).casefold() in {"", *PLACEHOLDERS}:
        yield Problem("flashcall.E102", "API_KEY", "Give the key of your account at SMSBAT, from the environment.")
    elif not HEADER_VALUE.fullmatch(key) or key != key.strip():
        hint = "It has a line break, a space at an end or a character outside Latin-1: was a file read without strip()?"
        yield Problem("flashcall.E103", "API_KEY", hint)


def _may_have_the_key(url: Any) -> bool:
    if not isinstance(url, str) or not URL.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or port == 0 or parts.username is not None or "?" in url or "#" in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_sender(sender: Any) -> bool:
    names = sender.values() if isinstance(sender, Mapping) else [sender]
    return bool(names) and all(isinstance(name, str) and name.strip() for name in names)


def _all_match(pattern: re.Pattern[str], values: Any) -> bool:
    return isinstance(values, (list, tuple)) and all(isinstance(v, str) and pattern.fullmatch(v) for v in values)


def _is_positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf


def _channels(config: Config, alias: str) -> set[str]:
    used = {channel for purpose in config.purposes.values() for channel in purpose.channels}
    return {channel for channel in used if config.provider_alias(channel) == alias}


def _sender_problems(options: Mapping[str, Any], channels: set[str]) -> Iterator[Problem]:
    sender = options["SENDER"]
    names = sender if isinstance(sender, Mapping) else dict.fromkeys(channels, sender)
    for channel in sorted(channels - names.keys()):
        yield Problem("flashcall.W101", "SENDER", f"Name one for {channel!r}, or nothing can be sent on it.")
    if "sms" in channels & names.keys() and not SMS_SENDER.fullmatch(names["sms"]):
        hint = "Of SMS it is at most 11 letters and digits without spaces, or a phone number."
        yield Problem("flashcall.W102", "SENDER", hint)


def _voice_problems(voice: Any) -> Iterator[Problem]:
    if voice is None:
        return
    if not _all_match(VOICE_TYPE, [voice]) or voice in OTHER_TYPES:
        yield Problem("flashcall.E113", "VOICE_TYPE", "Give the type of your account that reads a text out, or None.")


def _voiceless_problems(options: Mapping[str, Any], channels: set[str]) -> Iterator[Problem]:
    if "voice" in channels and options["VOICE_TYPE"] is None:
        hint = "SMSBAT documents none that reads a text out. Ask for the one of your account, or leave out the channel."
        yield Problem("flashcall.E114", "VOICE_TYPE", hint)


def _template_problems(template: Any) -> Iterator[Problem]:
    keys = ", ".join(VIBER_TEMPLATE)
    if not isinstance(template, Mapping) or template.keys() - VIBER_TEMPLATE.keys():
        yield Problem("flashcall.E112", "VIBER_TEMPLATE", f"Give a dict of {keys}.")
        return
    given = {**VIBER_TEMPLATE, **template}
    if given["ID"] is not None and not _all_match(TEMPLATE_ID, [given["ID"]]):
        yield Problem("flashcall.E112", "VIBER_TEMPLATE", "Its ID is not one; None where the account needs none.")
    languages = given["LANGUAGES"]
    if not isinstance(languages, Mapping) or not _all_match(LANGUAGE, [*languages, *languages.values()]):
        yield Problem("flashcall.E112", "VIBER_TEMPLATE", 'Its LANGUAGES are Django\'s and Viber\'s: {"nb": "no"}.')
    parameters = given["PARAMETERS"]
    if not isinstance(parameters, Mapping) or not _are_parameters(parameters):
        hint = 'Its PARAMETERS are names with texts, numbers, and "{code}", "{minutes}" or "{seconds}" (an integer: '
        yield Problem("flashcall.E112", "VIBER_TEMPLATE", hint + '"{code:d}"). The code is one of them.')


def _are_parameters(parameters: Mapping[Any, Any]) -> bool:
    values = list(parameters.values())
    if not all(isinstance(name, str) and name for name in parameters) or not all(map(_is_parameter, values)):
        return False
    return any(value in {"{code}", "{code:d}"} for value in values)


def _is_parameter(value: Any) -> bool:
    """A number, a placeholder, or a text that cannot have been meant for one."""
    if isinstance(value, str):
        return PLACEHOLDER.fullmatch(value) is not None or not {"{", "}"} & {*value}
    return isinstance(value, int)


def _secret_problems(secrets: Any) -> Iterator[Problem]:
    if not _all_match(SECRET, secrets) or not all(map(_has_128_bits, secrets)):
        hint = "Give a list of texts of letters, digits, - or _, with 128 random bits: secrets.token_urlsafe()."
        yield Problem("flashcall.E109", "WEBHOOK_SECRETS", hint)


def _has_128_bits(secret: str) -> bool:
    """Judge the most that a secret of these characters may have; the hyphens of a UUID are none of them."""
    letters = secret.replace("-", "").lower()
    if set(letters) <= set("0123456789abcdef"):
        bits = len(letters) * (math.log2(10) if letters.isdecimal() else 4)
    else:
        bits = len(secret) * 6
    # A random secret has far more than eight different characters.
    return bits >= 128 and len(set(letters)) >= 8


def _pool_problems(options: Mapping[str, Any], config: Config) -> Iterator[Problem]:
    """A stranger who may check k codes of n passes in k of n tries, so that n has to be large, however long a code."""
    if options["CALLER_IDS"] and config.cascade == "provider":
        hint = "Leave it empty, so that the code is ours: the other channels of the cascade have to carry the same."
        yield Problem("flashcall.E111", "CALLER_IDS", hint)
        return
    used = [purpose for purpose in config.purposes.values() if "flashcall" in purpose.channels]
    rules = {(purpose.max_checks, purpose.code_length["flashcall"]) for purpose in used}
    if not options["CALLER_IDS"] or not rules or not all(0 < length <= codes.MAX_LENGTH for _, length in rules):
        return
    counted = [(checks, _distinct_tails(options["CALLER_IDS"], length)) for checks, length in rules]
    guessable = [(checks, tails) for checks, tails in counted if checks * 100 > tails]
    fewest = min(tails for _, tails in counted)
    if guessable:
        checks, tails = max(guessable)
        hint = f"{tails} endings for {checks} checks: have {checks * 100} or more, or an empty list for codes of ours."
        yield Problem("flashcall.E110", "CALLER_IDS", hint)
    elif fewest < FEW_TAILS:
        hint = f"They have {fewest} endings: have {FEW_TAILS} or more, or an empty list for codes of ours."
        yield Problem("flashcall.W103", "CALLER_IDS", hint)


def _distinct_tails(caller_ids: list[str], length: int) -> int:
    return len({codes.tail(caller_id, length) for caller_id in caller_ids} - {None})
