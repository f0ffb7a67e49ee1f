"""Everything `manage.py check` may say of this package's settings, by its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.core.checks import CheckMessage, Error, Warning


@dataclass(frozen=True)
class Problem:
    """One thing that may be wrong, and what to do about it."""

    title: str
    hint: str


PROBLEMS: Final[dict[str, Problem]] = {
    # The setting as a whole
    "flashcall.E001": Problem("FLASHCALL is missing or is not a dict.", "Give at least PROVIDERS and ALLOWED_REGIONS."),
    "flashcall.E002": Problem("This key is not known.", "It has no effect: correct or remove it."),
    "flashcall.E003": Problem("This value is of the wrong kind.", "It cannot be used: correct or remove it."),
    # The site around it
    "flashcall.E006": Problem(
        "USE_TZ is False.", "Set USE_TZ = True: times are UTC by the database's clock and would be read as local."
    ),
    "flashcall.W007": Problem(
        "ATOMIC_REQUESTS on SQLite without transaction_mode IMMEDIATE.",
        'Set DATABASES[...]["OPTIONS"]["transaction_mode"] = "IMMEDIATE": a transaction that reads before it writes '
        'fails with "database is locked" when another writes meanwhile, whatever the timeout.',
    ),
    # Destinations
    "flashcall.E011": Problem(
        "ALLOWED_REGIONS is missing.", 'Name the regions that you are willing to pay for, such as ["UA"], or "*".'
    ),
    "flashcall.W012": Problem("Every request is refused.", "Name what is allowed: the list is empty."),
    "flashcall.E013": Problem(
        "This region is not known.", "Regions are two capital letters (ISO 3166-1), such as UA; GB, not UK."
    ),
    "flashcall.E014": Problem(
        "This line type is not known.",
        "Line types are mobile, fixed_line_or_mobile, fixed_line, toll_free, premium_rate, shared_cost, voip, "
        "personal_number, pager, uan and voicemail.",
    ),
    # Providers and channels
    "flashcall.E021": Problem("A provider has no CLASS.", "Give the dotted path of a class."),
    "flashcall.E022": Problem("CLASS cannot be imported.", "Give the dotted path of a class that is installed."),
    "flashcall.E023": Problem(
        "CLASS is not a provider.", "Name a subclass of django_flashcall.providers.base.Provider."
    ),
    "flashcall.E024": Problem("The provider cannot be made.", "Its class raises an exception with these OPTIONS."),
    "flashcall.E025": Problem("CHANNELS is empty or has a channel twice.", "Name each channel once."),
    "flashcall.E026": Problem(
        "A provider is named and not declared.", "Add it to PROVIDERS, or name another in CHANNEL_PROVIDERS."
    ),
    "flashcall.E027": Problem(
        "The provider does not carry this channel.", "Remove it from CHANNELS, or name another in CHANNEL_PROVIDERS."
    ),
    "flashcall.E028": Problem("A channel has no code length or no TTL.", "Add it to CODE_LENGTH and TTL."),
    "flashcall.E029": Problem(
        "A channel has no message that says the code.",
        "Write the template flashcall/messages/<channel>.txt with {{ code }} in it.",
    ),
    "flashcall.W030": Problem(
        "An SMS costs two parts or more.",
        "Shorten its template: a part has 160 Latin characters, or 70 where one is Cyrillic, the line for browsers "
        "included.",
    ),
    # Numbers
    "flashcall.E031": Problem("CODE_LENGTH is not 4 to 8 digits.", "Fewer can be guessed, more are not typed."),
    "flashcall.E032": Problem("MAX_CHECKS is not 1 to 32767.", "Take 3."),
    "flashcall.W033": Problem("MAX_CHECKS is above 10.", "Nobody needs so many but who guesses. Take 3."),
    "flashcall.E034": Problem(
        "Codes can be guessed.", "MAX_CHECKS is above 1 % of all codes: lower it, or make CODE_LENGTH longer."
    ),
    "flashcall.W035": Problem(
        "Codes can be guessed with patience.",
        "phone_failures lets more wrong codes through, a number and day, than 1 % of all codes: lower it.",
    ),
    "flashcall.E036": Problem(
        "TTL is not 30 to 600 seconds.",
        "A person needs half a minute, and a code may live ten minutes (NIST SP 800-63B-4, 3.1.3.2).",
    ),
    "flashcall.E037": Problem("RING_TTL is not 1 to 120 seconds.", "Take 60."),
    "flashcall.W038": Problem("RING_TTL is not 60 to 90 seconds.", "The provider recommends 60 to 90."),
    "flashcall.W039": Problem(
        "The phone may ring after the code has expired.", "Make the flash call's TTL at least RING_TTL."
    ),
    "flashcall.E040": Problem("COOLDOWN is not 0 to 86400 seconds.", "Take 30."),
    "flashcall.E041": Problem(
        "FALLBACK_AFTER is not 0 to 600 seconds.", "Take 20: an attempt takes no further delivery after ten minutes."
    ),
    "flashcall.W042": Problem(
        "The next channel is offered only when the first code has expired.",
        "Make FALLBACK_AFTER less than the first channel's TTL.",
    ),
    "flashcall.E043": Problem("REQUEST_DEADLINE is not 0.1 to 120 seconds.", "Take 15: a person waits for it."),
    "flashcall.E044": Problem("PROOF_MAX_AGE is not 1 to 3600 seconds.", "Take 600."),
    "flashcall.W045": Problem(
        "PROOF_MAX_AGE is above 600 seconds.", "Redeem a proof when it is made: who has it has the number."
    ),
    "flashcall.E046": Problem("RETENTION_DAYS is not 1 to 36500.", "Take 30."),
    "flashcall.E047": Problem("TRUSTED_PROXY_COUNT is not 0 to 100.", "Count the proxies that you run yourself."),
    "flashcall.E048": Problem("HISTORY_DAYS is not 1 to 36500.", "Take 365."),
    # Purposes and the rest
    "flashcall.E051": Problem("PURPOSES is empty.", "Declare what numbers are verified for, or leave PURPOSES out."),
    "flashcall.E052": Problem(
        "WEBOTP_HOST is not a host.", "Give the site's host alone: letters, digits, dots and hyphens."
    ),
    "flashcall.E053": Problem(
        "TRUSTED_PROXY_COUNT and TRUSTED_CLIENT_IP_HEADER are both set.",
        "Keep the one that your proxy is made for: a client's address is read from one of them.",
    ),
    "flashcall.E054": Problem(
        "TRUSTED_CLIENT_IP_HEADER is not the name of a header.", "Write it as it is sent, such as CF-Connecting-IP."
    ),
    "flashcall.E055": Problem("RISK_CHECK cannot be called.", "Give a function, or its dotted path."),
    "flashcall.E056": Problem(
        "A test number is none that the site sends to.",
        "Every request for it is refused: take one of ALLOWED_REGIONS and ALLOWED_LINE_TYPES.",
    ),
    "flashcall.W057": Problem(
        "Test numbers count with DEBUG off.",
        "Whoever knows such a code proves the number: list numbers that nobody has, and for no longer than needed.",
    ),
    "flashcall.E058": Problem(
        "BASE_TEMPLATE is not a template.", "Name one that can be loaded and has a block called content."
    ),
    # CASCADE = "provider"
    "flashcall.E061": Problem(
        "These channels cannot be one cascade.",
        'Let one provider that has a cascade carry them all, or set CASCADE to "app".',
    ),
    "flashcall.E062": Problem(
        "The codes of a cascade are not equally long.",
        "Give every channel the same CODE_LENGTH: the provider's cascade has one code.",
    ),
    "flashcall.E063": Problem(
        "The TTLs of a cascade add up to more than 600 seconds.",
        "Lower them: its code lives as long as all of them together, and may live ten minutes (NIST SP 800-63B-4, "
        "3.1.3.2).",
    ),
    # What becomes of a code
    "flashcall.W064": Problem(
        "AUTO_FALLBACK can never send anything.",
        "It needs a second channel, and for the first a provider that can be asked what became of a message.",
    ),
}
"""Each id with what is printed."""


def problem(id: str, place: str, detail: str = "") -> CheckMessage:
    """Return the message of `id` for a place such as `FLASHCALL['TTL']['sms']`.

    `detail` goes in front of the hint. Neither may hold a value of the settings, which may be a secret.
    """
    kind = Error if id.startswith("flashcall.E") else Warning
    known = PROBLEMS[id]
    return kind(known.title, hint=" ".join(filter(None, [detail.strip(), known.hint])), obj=place, id=id)
