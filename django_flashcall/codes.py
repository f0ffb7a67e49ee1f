"""Codes: made, read out of what people and networks write, and kept only as keyed digests.

Nothing here knows a database or a setting: keys and lengths are arguments. Only ASCII digits count. Full-width digits,
which East Asian keyboards type, are mapped to them; every other character that some function of Python takes for a
digit is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.encoding import force_bytes

MAX_LENGTH = 12
"""Digits of the longest code."""

TYPED_LENGTH = 40
"""Characters of the longest text that is looked at: the longest code or number, with its separators."""

CALLER_ID_LENGTH = 20
"""Characters of the longest caller ID that is looked at."""

SPACES = " \u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
# Address books and messengers wrap a number in these, and whoever copies it copies them.
INVISIBLE_MARKS = (
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
FULL_WIDTH_DIGITS = "０１２３４５６７８９"
SPELLING = str.maketrans(FULL_WIDTH_DIGITS, "0123456789", SPACES + DASHES + INVISIBLE_MARKS + "./()")

DIGITS = re.compile(r"[0-9]{1,12}", re.ASCII)
# E.164 allows 15 digits, and "00" may come before them.
CALLER_ID = re.compile(r"\+?[0-9]{1,17}", re.ASCII)
# Of the provider's own making: an asterisk stands for any digit.
PATTERN = re.compile(r"\+?[0-9*]{3,20}", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class Code:
    """The digits that a person enters. Neither `repr` nor `str` shows them: ask for `digits` where they are meant.

    Raises ValueError, which does not show them either, for anything but 1 to 12 ASCII digits.
    """

    digits: str

    def __post_init__(self) -> None:
        if not isinstance(self.digits, str) or not DIGITS.fullmatch(self.digits):
            raise ValueError(f"A code is 1 to {MAX_LENGTH} ASCII digits.")

    def __repr__(self) -> str:
        return "Code(••••)"

    def __len__(self) -> int:
        return len(self.digits)


class UnusablePattern(ValueError):
    """A pattern says nothing that can be relied on. The pattern itself, which contains the code, is not in the text."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Unusable pattern: {reason}.")
        self.reason = reason
        """`not_a_pattern`, `opens_too_few_digits` or `contradicts_caller_id`."""


def make(length: int) -> Code:
    """Return a new random code of `length` digits, the first of them not 0.

    So it is the same code as text and as an integer, which providers take for the text of a flash call.
    Raises ValueError for a length that no code has.
    """
    if not 1 <= length <= MAX_LENGTH:
        raise ValueError(f"A code has 1 to {MAX_LENGTH} digits.")
    smallest = 10 ** (length - 1)
    return Code(str(smallest + secrets.randbelow(9 * smallest)))


def without_separators(text: str) -> str:
    """Return `text` in ASCII digits, less spaces, dashes, dots, slashes, brackets and invisible marks.

    Characters that do not belong into a number stay, for the caller to refuse.
    """
    return text.translate(SPELLING)


def tidy(text: object) -> str | None:
    """Return the digits of what a person typed as a code, or None where it cannot be one."""
    if not isinstance(text, str) or len(text) > TYPED_LENGTH:
        return None
    # What separates nothing is a minus sign, and no code is negative.
    if text.lstrip(SPACES + INVISIBLE_MARKS).startswith(tuple(DASHES)):
        return None
    digits = without_separators(text)
    return digits if DIGITS.fullmatch(digits) else None


def tail(caller_id: object, length: int) -> Code | None:
    """Return the last `length` digits of a caller ID, or None where it is no number or has fewer.

    Networks present one and the same caller as +380…, 380…, 00380…, 0…, or with no prefix, and diallers space and
    hyphenate it: only the tail is the same in all of them.
    """
    if not isinstance(caller_id, str) or len(caller_id) > CALLER_ID_LENGTH:
        return None
    number = without_separators(caller_id)
    if not CALLER_ID.fullmatch(number):
        return None
    digits = number.removeprefix("+")
    return Code(digits[len(digits) - length :]) if len(digits) >= length else None


def check_pattern(pattern: object, *, caller_id: str | None, length: int) -> Code:
    """Return the code of `length` digits that a provider's pattern opens, such as 6789 of `***456789`.

    A caller ID that is given must agree with the pattern, wherever both have a digit. Raises UnusablePattern.
    """
    if not isinstance(pattern, str) or not PATTERN.fullmatch(pattern):
        raise UnusablePattern("not_a_pattern")
    opened = pattern.removeprefix("+").rpartition("*")[2]
    if len(opened) < length:
        raise UnusablePattern("opens_too_few_digits")
    code = Code(opened[len(opened) - length :])
    if caller_id is not None and not (tail(caller_id, length) == code and _agree(pattern, caller_id)):
        raise UnusablePattern("contradicts_caller_id")
    return code


def _agree(pattern: str, caller_id: str) -> bool:
    # Compared from the end, and without the zeros in front, because 0… and 00380… are the same number as +380….
    masked = pattern.lstrip("+0")
    digits = without_separators(caller_id).lstrip("+0")
    return all(mark in ("*", digit) for mark, digit in zip(reversed(masked), reversed(digits), strict=False))


def digest(secret: str | bytes, purpose_word: str, *parts: str) -> str:
    """Return the HMAC-SHA256 of `parts` in hex digits, keyed from `secret` for one use, which `purpose_word` names.

    Parts carry their lengths, so that "ab", "c" and "a", "bc" differ.
    """
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    message = b"".join([b"%d:%b" % (len(part), part) for part in encoded])
    return hmac.digest(_key(secret, purpose_word), message, "sha256").hex()


@lru_cache(maxsize=64)
def _key(secret: str | bytes, purpose_word: str) -> bytes:
    """Return the key of one use, derived as Django's `salted_hmac` does; kept, for a request needs one twenty times."""
    return hashlib.sha256(force_bytes(f"django_flashcall.{purpose_word}") + force_bytes(secret)).digest()


def code_digest(secret: str | bytes, attempt_id: uuid.UUID | str, code: Code) -> str:
    """Return what is stored of a code: its digest together with the attempt's id, in any spelling of a UUID."""
    return digest(secret, "code", uuid.UUID(str(attempt_id)).hex, code.digits)


def matches(stored_digest: str, candidates: Iterable[str]) -> bool:
    """Return whether any candidate is the stored digest, in a time that tells neither which nor how nearly."""
    stored = stored_digest.encode("utf-8", "surrogatepass")
    found = False
    for candidate in candidates:
        found |= hmac.compare_digest(stored, candidate.encode("utf-8", "surrogatepass"))
    return found
