"""What people and programs send for a phone number."""

from tests.faults.row import Defence, Fault, of

PHONES = "test_phones.py"
CODES = "test_codes.py"
REQUESTING = "services/test_requesting.py"
BODIES = "api/test_bodies.py"
START = "api/test_start.py"
VERIFY = "api/test_verify.py"

NO_NUMBER = "test_what_is_not_one_phone_number_is_refused"
SHORT = "test_a_short_number_is_no_destination"
LINE_TYPE = "test_a_line_type_that_is_not_listed_is_refused"
OUTSIDE = "test_a_destination_outside_the_lists_is_refused"

UNREAD = Defence("phones.py", "parse", "if not TYPED.fullmatch(typed):", "if not typed:")

ROWS = [
    Fault(
        70,
        "The number is empty, missing, null, a list or an object.",
        "Refused, and nothing is sent.",
        of(REQUESTING, "test_what_is_no_number_is_refused") + of(BODIES, "test_a_field_of_the_wrong_kind"),
    ),
    Fault(
        71,
        "The number, or the whole body, is very long.",
        "Refused before it is read.",
        of(BODIES, "test_a_long_body_is_refused_unread") + of(PHONES, "test_a_long_text_is_refused_before_it_is_read"),
        Defence("api/parsers.py", "refuse_long_body", "if length > MAX_BODY:", "if length < 0:"),
    ),
    Fault(
        72,
        "A number or a code has NUL or line breaks in it.",
        "Refused: libphonenumber would pass them over.",
        of(
            PHONES,
            f"{NO_NUMBER}[+380501234503\\x00]",
            f"{NO_NUMBER}[+380501234503\\n]",
            "test_no_character_within_a_number_makes_it_another",
        )
        + of(CODES, "test_what_is_no_code_is_refused_and_not_guessed_at"),
        UNREAD,
        touches="money",
    ),
    Fault(
        73,
        "A number has invisible marks in it, as one copied from an address book has.",
        "Those that address books add are dropped; another is refused.",
        of(
            PHONES,
            "test_any_ukrainian_mobile_is_one_number_in_every_spelling",
            f"{NO_NUMBER}[a-mark-that-no-address-book-adds]",
        ),
    ),
    Fault(
        74,
        "A number or a code is in digits of another script.",
        "Full-width ones are read, because East Asian keyboards type them; all others are refused.",
        of(PHONES, f"{NO_NUMBER}[arabic-indic]", f"{NO_NUMBER}[devanagari]")
        + of(CODES, "test_separators_and_full_width_digits_are_read_as_a_person_means_them")
        + of(VERIFY, "test_full_width_digits_are_digits"),
        Defence("phones.py", "TYPED", "[0-9]+", "[0-9٠-٩]+"),
        touches="money",
    ),
    Fault(
        75,
        "A number or a code has a superscript, a circled or a Roman digit.",
        "Refused: they are not normalised into others.",
        of(PHONES, *(f"{NO_NUMBER}[{what}]" for what in ("superscript", "circled", "roman", "mathematical"))),
        Defence(
            "codes.py",
            "without_separators",
            "return text.translate(",
            'return __import__("unicodedata").normalize("NFKC", text).translate(',
        ),
        touches="money",
    ),
    Fault(76, "A number is spelled in letters.", "Refused.", of(PHONES, f"{NO_NUMBER}[0800-FLOWERS]"), UNREAD),
    Fault(
        77,
        "A number has an extension.",
        "Refused.",
        of(PHONES, f"{NO_NUMBER}[+380501234503;ext=12]", f"{NO_NUMBER}[+380501234503 x12]"),
        UNREAD,
        touches="money",
    ),
    Fault(
        78,
        "A number is a tel: address.",
        "Refused.",
        of(PHONES, f"{NO_NUMBER}[tel:+380501234503]", f"{NO_NUMBER}[0501234503;phone-context=evil.example]"),
        UNREAD,
        touches="money",
    ),
    Fault(
        79,
        "A number is a code for a network or a telephone.",
        "Refused.",
        of(PHONES, *(f"{NO_NUMBER}[{what}]" for what in ("+380501234503#", "#31#+380501234503", "*#06#"))),
        Defence("codes.py", "SPELLING", '"./()"', '"./()*#"'),
        touches="money",
    ),
    Fault(
        80,
        "A number is an emergency or a short one, in any spelling.",
        "Refused as a short one, before anything of the provider.",
        of(PHONES, f"{SHORT}[112-None]", f"{SHORT}[+380112-UA]", f"{SHORT}[104-UA]")
        + of(START, "test_destinations_that_are_not_allowed[112-short_number]"),
        Defence("phones.py", "SHORTEST_NATIONAL_NUMBER", "7", "0", raises="ValidationError"),
        touches="money",
    ),
    Fault(
        81,
        "A number is premium, of shared cost, toll-free, a pager, a company's or a voicemail's.",
        "Refused unless the site lists such lines.",
        of(PHONES, f"{LINE_TYPE}[+380900212345]", f"{LINE_TYPE}[+380800123456]", f"{LINE_TYPE}[+41860791234567]")
        + of(REQUESTING, f"{OUTSIDE}[+380900212345-line_type]")
        + of(
            "services/test_destinations.py",
            "test_wherever_in_the_world_only_mobiles_are_called",
            "test_every_line_type_but_mobile_is_among_them",
        ),
        Defence("phones.py", "refuse_unless_allowed", "destination.line_type not in line_types", "not line_types"),
        touches="money",
    ),
    Fault(
        82,
        "A number is a satellite telephone's or another of no country.",
        "Refused, even where every country is allowed.",
        of(PHONES, "test_a_number_of_no_country_is_refused_unless_listed_by_its_own_word")
        + of("services/test_destinations.py", "test_wherever_in_the_world_only_mobiles_are_called"),
        Defence("phones.py", "refuse_unless_allowed", "region == NON_GEOGRAPHIC if", "False if"),
        touches="money",
    ),
    Fault(
        83,
        "A number is a personal one, which is forwarded at the caller's cost.",
        "Refused by its line.",
        of(PHONES, f"{LINE_TYPE}[+447012345678]"),
        Defence("phones.py", "LINE_TYPES", '"personal_number"', '"mobile"'),
        touches="money",
    ),
    Fault(
        84,
        "A number is a landline's.",
        "Refused unless the site lists them.",
        of(REQUESTING, f"{OUTSIDE}[+380441234567-line_type]"),
        Defence("conf.py", "DEFAULTS", '["mobile", ', '["fixed_line", "mobile", '),
        touches="money",
    ),
    Fault(
        85,
        "A number is of telephony over the internet.",
        "Refused unless the site lists them.",
        of(REQUESTING, f"{OUTSIDE}[+380892123456-line_type]"),
        Defence("conf.py", "DEFAULTS", '["mobile", ', '["voip", "mobile", '),
        touches="money",
    ),
    Fault(
        86,
        "A number is of a country that the site does not pay for, such as one that shares another's code.",
        "Refused.",
        of(PHONES, "test_a_region_that_is_not_listed_is_refused")
        + of(START, "test_destinations_that_are_not_allowed[+48501234567-region]"),
        Defence("phones.py", "refuse_unless_allowed", "else region not in regions", "else not regions"),
        touches="money",
    ),
    Fault(
        87,
        "Two numbers are sent as one, or a number with text around it.",
        "Refused.",
        of(PHONES, f"{NO_NUMBER}[call 0501234503]", f"{NO_NUMBER}[0671234567, 0501234503]"),
        UNREAD,
        touches="money",
    ),
    Fault(
        88,
        "A number has 00, 0, 8, 810 or nothing in front.",
        "00, 0 and nothing are read in the site's only region; 8 and 810, which it does not have, are refused.",
        of(
            PHONES,
            "test_one_number_is_read_the_same_in_all_its_spellings",
            "test_a_national_number_needs_a_default_region",
        )
        + of(PHONES, f"{NO_NUMBER}[80501234503]", f"{NO_NUMBER}[810380501234503]"),
    ),
    Fault(
        89,
        "A number is one of those that we call or write from.",
        "Certain not to have been sent.",
        of("providers/test_smsbat_requests.py", "test_a_number_of_our_own_is_rejected_and_not_called"),
        Defence("providers/smsbat.py", "SMSBATProvider._refusal", "in self._own_numbers", "in set()"),
        touches="money",
    ),
    Fault(
        90,
        "One number is sent in many spellings.",
        "Counted as one.",
        of("services/test_limits.py", "test_all_spellings_of_a_number_count_as_one"),
        Defence("phones.py", "parse", "return Destination(E164(e164), ", "return Destination(E164(typed), "),
        touches="money",
    ),
]
