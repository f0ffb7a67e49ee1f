"""How many parts an SMS has: each is paid for."""

from __future__ import annotations

import math
from typing import Final

# 3GPP TS 23.038, 6.2.1: the alphabet of 7 bits, and the characters that take two places of it.
GSM_7_BIT: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_BIT_TWICE: Final = frozenset("\f^{}\\[~]|€")


def parts(text: str) -> int:
    """Return in how many parts an SMS is sent.

    One has 160 characters, or 70 as soon as one of them is not of the GSM alphabet, as no Cyrillic letter is. Of a
    longer text each has 153 or 67, because they say how they belong together (3GPP TS 23.040, 9.2.3.24).
    """
    twice = sum(character in GSM_7_BIT_TWICE for character in text)
    if set(text) <= GSM_7_BIT | GSM_7_BIT_TWICE:
        length, alone, joined = len(text) + twice, 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-be", "surrogatepass")) // 2, 70, 67
    return 1 if length <= alone else math.ceil(length / joined)
