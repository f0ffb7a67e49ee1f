"""What the provider's answer says."""

from tests.faults.row import Defence, Fault, of

ANSWERS = "providers/test_smsbat_answers.py"
REQUESTING = "services/test_requesting.py"

FILE = "providers/smsbat_answers.py"
READING = "providers/smsbat_json.py"
NONSENSE = "test_an_answer_that_is_not_the_documented_one_leaves_the_message_unknown"
SHAPE = "test_the_message_is_found_in_every_shape_of_answer"
KEPT_ID = "test_an_id_is_kept_only_where_it_is_fit_for_a_row_and_an_address"
STATUS = "test_a_status_is_taken_refused_or_unclear"
MANY = "test_of_several_messages_only_ours_is_judged"

NO_ENTRY = Defence(FILE, "_entry", "return _unknown(base.MALFORMED_ANSWER)", "return _rejected(base.MALFORMED_ANSWER)")
UNCLEAR = Defence(FILE, "_judged", "_unknown(base.UNCLEAR, known_as)", "_rejected(base.UNCLEAR, known_as)")

ROWS = [
    Fault(
        24,
        "The answer is a list, a string, a number, null or true.",
        "A list of objects is taken for the list of messages; anything else is unknown.",
        of(ANSWERS, f"{NONSENSE}[a string]", f"{NONSENSE}[true]", f"{SHAPE}[a list at the top]"),
        Defence(
            READING,
            "read_object",
            "isinstance(document, dict) else None",
            "isinstance(document, dict) else {'error': 1}",
        ),
        touches="money",
    ),
    Fault(
        25,
        "The answer is 200 with an error and no messages.",
        "Certain not to have been taken.",
        of(ANSWERS, f"{SHAPE}[an error object and no messages]", f"{SHAPE}[an error string and no messages]"),
    ),
    Fault(
        26,
        "The answer has an error and messages.",
        "The error counts, unless the message was accepted: then that does, and the log is told.",
        of(
            ANSWERS,
            f"{SHAPE}[an error and an accepted message]",
            f"{SHAPE}[an error and an unclear message]",
            "test_an_error_beside_an_accepted_message_is_told_to_the_log",
        ),
        Defence(FILE, "_judged", "(error and status not in TAKEN)", "error"),
        touches="money",
    ),
    Fault(
        27,
        "The answer has neither messages nor an error.",
        "Unknown.",
        of(ANSWERS, f"{NONSENSE}[an object without messages]"),
        NO_ENTRY,
        touches="money",
    ),
    Fault(
        28,
        "The answer's messages are null.",
        "Unknown.",
        of(ANSWERS, f"{NONSENSE}[messages that are null]"),
        NO_ENTRY,
        touches="money",
    ),
    Fault(
        29,
        "The answer's list of messages is empty.",
        "Certain not to have been taken; told as an error in the log.",
        of(ANSWERS, f"{SHAPE}[an empty list]", f"{SHAPE}[an empty list at the top]"),
    ),
    Fault(
        30,
        "The answer has one message in place of a list.",
        "Taken for a list of it.",
        of(ANSWERS, f"{SHAPE}[an object in place of the list]"),
    ),
    Fault(
        31,
        "The answer has several messages.",
        "Ours is found by our id, then by our number; where it cannot be told, certain that no code of ours rings.",
        of(ANSWERS, f"{MANY}[ours by our number]", f"{MANY}[none of them ours]", f"{MANY}[both of them ours]"),
        Defence(FILE, "_entry", "entries[0] if len(entries) == 1 else _own(entries, message)", "entries[0]"),
        touches="data",
    ),
    Fault(
        32,
        "The answer's message is a string, null or a list.",
        "Unknown.",
        of(ANSWERS, *(f"{NONSENSE}[an entry that is {what}]" for what in ("a string", "null", "a list"))),
        NO_ENTRY,
        touches="money",
    ),
    Fault(
        33,
        "The message is rejected.",
        "The next channel at once, in the same request and as the same send; the same channel not by itself.",
        of(
            REQUESTING,
            "test_a_refused_call_falls_back_at_once",
            "test_a_fallback_in_the_same_request_is_one_send",
        ),
        Defence(
            "services/admission.py",
            "Send.channels",
            "return [self.channel, *",
            "return [self.channel, self.channel, *",
        ),
        touches="money",
    ),
    Fault(34, "The message has failed.", "As rejected.", of(ANSWERS, STATUS)),
    Fault(
        35,
        "The status has capitals or spaces.",
        "Accepted.",
        of(ANSWERS, STATUS),
        Defence(READING, "word", "value.strip().casefold()", "value"),
    ),
    Fault(
        36,
        "The status is an unknown word, a number, a list or null.",
        "Unknown.",
        of(ANSWERS, STATUS, "test_a_status_that_is_no_word_is_unclear"),
        UNCLEAR,
        touches="money",
    ),
    Fault(
        37,
        "The status is missing, and there is an id.",
        "Unknown, and the id is kept.",
        of(ANSWERS, "test_a_message_without_a_status_is_unclear_and_keeps_its_id"),
        UNCLEAR,
        touches="money",
    ),
    Fault(
        38,
        "The id is missing.",
        "Accepted without one.",
        of(ANSWERS, "test_a_message_without_an_id_is_accepted_without_one"),
    ),
    Fault(39, "The id is an integer.", "Kept as text.", of(ANSWERS, f"{KEPT_ID}[a number]")),
    Fault(
        40,
        "The id is that of another delivery.",
        "Kept with this one; the other stays as it was.",
        of(REQUESTING, "test_an_id_that_the_provider_gave_before_changes_no_other_delivery"),
    ),
    Fault(
        41,
        "The id is endless, or has a path, a query or line breaks in it.",
        "Not kept.",
        of(ANSWERS, *(f"{KEPT_ID}[{what}]" for what in ("10,000 characters", "a path", "a query", "a line break"))),
        Defence(READING, "message_id", "given if MESSAGE_ID.fullmatch(given) else", "given if given else"),
        touches="data",
    ),
    Fault(
        56,
        "The answer has a key twice.",
        "Unknown: two readers may read it differently.",
        of(ANSWERS, f"{NONSENSE}[the same key twice]", f"{NONSENSE}[messages twice]"),
        Defence(READING, "_object", "if len(members) != len(pairs):", "if not pairs:"),
        touches="data",
    ),
    Fault(
        57,
        "The answer has NaN, Infinity or 1e999.",
        "The first two are not JSON: unknown. An infinite number where nobody reads one is passed over.",
        of(ANSWERS, f"{NONSENSE}[NaN]", f"{NONSENSE}[Infinity]", f"{SHAPE}[an infinite cost]"),
        Defence(READING, "read_object", ", parse_constant=_refuse_constant", ""),
    ),
    Fault(58, "The answer has a number of 5,000 digits.", "Unknown.", of(ANSWERS, f"{NONSENSE}[5,000 digits]")),
    Fault(
        59,
        "The answer is nested beyond all depth.",
        "Unknown, and no exception.",
        of(ANSWERS, f"{NONSENSE}[30,000 levels]", f"{NONSENSE}[10,000 levels of objects]"),
        Defence(
            READING, "read_object", "ArithmeticError, RecursionError)", "ArithmeticError)", raises="RecursionError"
        ),
        touches="money",
    ),
    Fault(
        60,
        "The answer's texts have NUL or halves of surrogate pairs in them.",
        "Nothing of them reaches the database.",
        of(ANSWERS, f"{KEPT_ID}[NUL]", f"{KEPT_ID}[half a surrogate pair]")
        + of(ANSWERS, "test_no_answer_at_all_raises_or_brings_what_is_not_fit_for_a_row"),
        Defence(READING, "message_id", "MESSAGE_ID.fullmatch(given)", "MESSAGE_ID.match(given)"),
        touches="data",
    ),
    Fault(
        64,
        "The answer is JSON and says that it is HTML.",
        "Read as JSON.",
        of(ANSWERS, "test_headers_do_not_change_what_the_body_says[Content-Type: text/html; charset=koi8-u]"),
    ),
    Fault(
        68,
        "The answer's date is far off.",
        "Not read.",
        of(ANSWERS, "test_headers_do_not_change_what_the_body_says[Date: Thu, 01 Jan 1970 00:00:00 GMT]"),
    ),
    Fault(69, "The answer's ttl is any.", "Not read: our own counts.", of(ANSWERS, "test_an_echoed_ttl_is_ignored")),
]
