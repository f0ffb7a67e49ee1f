"""What the provider's answer says of the call: whose phone rings, and from which number."""

from tests.faults.row import Defence, Fault, of

CROSS_CHECKS = "providers/test_smsbat_cross_checks.py"
CODES = "test_codes.py"

FILE = "providers/smsbat_answers.py"
AGREES = "test_what_the_answer_tells_of_the_call_agrees_with_what_was_asked_for"
RECIPIENT = "test_the_number_in_the_answer_is_ours"
TRUST = "test_trust_needs_a_caller_id"
NO_PATTERN = "test_a_pattern_that_is_none_does_not_answer_for_a_caller_id_that_was_asked_for"
NO_PATTERN_OF_OURS = "test_a_pattern_that_is_none_says_nothing_of_a_code_that_is_ours"

RINGS_OTHERWISE = Defence(FILE, "_cross_checked", "if not free and rings != message.code:", "if not rings:")

ROWS = [
    Fault(
        42,
        "A number was drawn from a pool, and the answer has a caller ID and no pattern.",
        "The caller ID has to be the one that was asked for.",
        of(CROSS_CHECKS, f"{AGREES}[a wrong caller ID-drawn_flash_call]", f"{AGREES}[the caller ID-drawn_flash_call]"),
        RINGS_OTHERWISE,
    ),
    Fault(
        43,
        "A number was drawn from a pool, and the answer has neither caller ID nor pattern.",
        "The number that was asked for counts; where the provider may choose another, certain that no code is known.",
        of(CROSS_CHECKS, f"{TRUST}[nothing]", f"{AGREES}[nothing-drawn_flash_call]"),
        Defence(FILE, "_cross_checked", "if free or (", "if ("),
        touches="data",
    ),
    Fault(
        44,
        "The pattern is all asterisks.",
        "It says nothing; where a number was drawn, and there is no caller ID, certain that its code is not known.",
        of(CROSS_CHECKS, f"{NO_PATTERN}[asterisks]", f"{NO_PATTERN_OF_OURS}[asterisks]", f"{TRUST}[asterisks]"),
        Defence(FILE, "_cross_checked", 'and "pattern" in entry', 'and "pattern" not in entry'),
        touches="data",
    ),
    Fault(
        45,
        "The pattern is empty, null or a number.",
        "As one that is all asterisks.",
        of(CROSS_CHECKS, *(f"{NO_PATTERN}[{what}]" for what in ("empty", "null", "a number"))),
        Defence(FILE, "_cross_checked", 'and "pattern" in entry', 'and entry.get("pattern")'),
        touches="data",
    ),
    Fault(
        46,
        "The pattern is longer than any number.",
        "It says nothing, and the log is told, without showing it.",
        of(
            CROSS_CHECKS,
            f"{NO_PATTERN_OF_OURS}[longer than any number]",
            "test_a_pattern_that_is_none_is_told_to_the_log_and_not_shown",
        ),
    ),
    Fault(
        47,
        "The pattern has letters or the signs of regular expressions in it.",
        "It says nothing; no regular expression is made of it.",
        of(CROSS_CHECKS, f"{NO_PATTERN_OF_OURS}[a regular expression]", f"{NO_PATTERN_OF_OURS}[letters]")
        + of(CODES, "test_what_is_not_made_of_digits_and_asterisks_is_no_pattern"),
        Defence("codes.py", "check_pattern", "not PATTERN.fullmatch(pattern)", "not pattern", raises="ValueError"),
        touches="data",
    ),
    Fault(
        48,
        "The pattern has full-width digits or asterisks.",
        "It says nothing: only ASCII counts.",
        of(CROSS_CHECKS, f"{NO_PATTERN_OF_OURS}[full-width]", f"{NO_PATTERN_OF_OURS}[Arabic digits]"),
    ),
    Fault(
        49,
        "The pattern contradicts the caller ID.",
        "Certain that the code is not what rings; told as an error in the log.",
        of(
            CROSS_CHECKS,
            f"{AGREES}[a pattern that differs before the code-flash_call]",
            f"{AGREES}[a right caller ID and a wrong pattern-flash_call]",
        ),
        Defence("codes.py", "check_pattern", "_agree(pattern, caller_id))", "True)"),
        touches="data",
    ),
    Fault(
        50,
        "The pattern opens fewer digits than the code has.",
        "Certain that the code is not known where a number was drawn; a code of ours needs no pattern.",
        of(
            CROSS_CHECKS,
            "test_but_leaves_open_which_number_of_a_pool_rings",
            "test_a_pattern_that_hides_some_of_the_code_says_nothing_of_a_code_that_is_ours",
        )
        + of(CODES, "test_a_pattern_that_hides_part_of_the_code_is_unusable"),
        Defence(FILE, "_rings", "if hides_ours or", "if"),
        touches="data",
    ),
    Fault(
        51,
        "The caller ID is the number that is called.",
        "Certain that the code is not what rings.",
        of(CROSS_CHECKS, f"{TRUST}[the phone itself]", f"{AGREES}[the phone itself-flash_call]"),
        Defence(FILE, "_rings", "_digits(caller_id) == _digits(message.phone_number)", "caller_id is False"),
        touches="data",
    ),
    Fault(
        52,
        "The caller ID is another than was asked for.",
        "Certain that the code is not what rings, unless TRUST_REPLY_CALLER_ID is on: then its end is the code.",
        of(
            CROSS_CHECKS,
            f"{AGREES}[a wrong caller ID-drawn_flash_call]",
            "test_a_trusted_caller_id_decides_and_brings_its_code",
        ),
        RINGS_OTHERWISE,
        touches="data",
    ),
    Fault(
        53,
        "The caller ID does not end in a code of ours.",
        "Certain that the code is not what rings, even with TRUST_REPLY_CALLER_ID.",
        of(
            CROSS_CHECKS,
            "test_trust_does_not_reach_a_code_that_is_ours",
            f"{AGREES}[a wrong caller ID-flash_call]",
        ),
        Defence(FILE, "_cross_checked", "trust_caller_id and message.caller_id is not None", "trust_caller_id"),
        touches="data",
    ),
    Fault(
        54,
        "The answer names another number than ours.",
        "Certain that our code is not known there; told as an error in the log.",
        of(CROSS_CHECKS, f"{RECIPIENT}[another-flash_call-to]", f"{RECIPIENT}[another-sms-recipient]"),
        Defence(FILE, "_cross_checked", "if recipient and recipient != ", "if recipient and recipient is "),
        touches="data",
    ),
    Fault(
        55,
        "The answer has our number without its plus, or with spaces.",
        "It is ours.",
        of(CROSS_CHECKS, f"{RECIPIENT}[without a plus-flash_call-to]", f"{RECIPIENT}[spaced-flash_call-to]"),
    ),
]
