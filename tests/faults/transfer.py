"""The request's way to the provider, and the answer's way back."""

from tests.faults.row import Defence, Fault, of

FAULTS = "providers/test_smsbat_faults.py"
PRESSURE = "providers/test_smsbat_pressure.py"
ANSWERS = "providers/test_smsbat_answers.py"
REQUESTS = "providers/test_smsbat_requests.py"
REQUESTING = "services/test_requesting.py"
BREAKER = "services/test_breaker.py"
PROCESSES = "concurrency/test_processes.py"

LATE = "test_an_answer_that_is_not_there_at_the_deadline_leaves_the_message_unknown"
BROKEN_OFF = "test_an_answer_that_breaks_off_leaves_the_message_unknown"
LONG = "test_an_answer_that_is_too_long_or_packed_leaves_the_message_unknown"
ERROR = "test_an_error_of_the_request_is_a_rejection"
DRIPS = ("a dripping body", "dripping headers", "a slow beginning and no more", "endless interim answers")
HALF_OPEN = "that_come_when_it_is_half_open_one_is_the_probe"
NONSENSE = "test_an_answer_that_is_not_the_documented_one_leaves_the_message_unknown"

ROWS = [
    Fault(
        1,
        "The provider's name does not resolve, or the look-up does not end.",
        "Certain not to have been sent: tried once more, then the next channel, all within the deadline.",
        of(
            FAULTS,
            "test_a_name_that_does_not_resolve_is_unreachable",
            "test_a_look_up_that_takes_for_ever_is_unreachable_before_the_deadline",
            "test_a_connection_that_is_not_made_is_tried_twice",
        ),
    ),
    Fault(
        2,
        "The connection is refused.",
        "Certain not to have been sent: tried once more, then the next channel. A run of them opens the breaker, and "
        "then one request of all processes is the probe.",
        of(FAULTS, "test_a_closed_port_is_unreachable")
        + of(REQUESTING, "test_a_refused_call_falls_back_at_once")
        + of(BREAKER, "test_a_run_of_failures_opens_it", f"test_of_twenty_{HALF_OPEN}")
        + of(PROCESSES, f"test_of_all_{HALF_OPEN}"),
        Defence(
            "models/breakers.py",
            "Breaker.lets_through",
            "then=in_seconds(PROBE_SECONDS)",
            'then=F("ends_at")',
            shown_by=f"tests/{PROCESSES}::test_of_all_{HALF_OPEN}",
        ),
    ),
    Fault(
        3,
        "The certificate is not one that can be trusted.",
        "Nothing is sent, the key least of all.",
        of(
            FAULTS,
            "test_a_certificate_that_nobody_signed_is_unreachable",
            "test_a_certificate_that_has_expired_is_unreachable",
        ),
        Defence(
            "providers/transport.py",
            "_End.__init__",
            "self.connections.trust_env = False",
            'self.connections.trust_env = self.connections.verify = bool(__import__("urllib3").disable_warnings())',
        ),
        touches="secrets",
    ),
    Fault(
        4,
        "The connection is never taken.",
        "Certain not to have been sent, and known before the deadline.",
        of(FAULTS, "test_a_connection_that_is_never_taken_is_unreachable_before_the_deadline"),
    ),
    Fault(
        5,
        "The request was sent, and no answer comes.",
        "Unknown: counted as sent, not sent again by itself, its code stays good.",
        of(FAULTS, f"{LATE}[plain-no answer]", f"{LATE}[tls-no answer]")
        + of(REQUESTING, "test_a_call_whose_result_is_unknown_is_never_sent_again_by_itself"),
        Defence("providers/transport.py", "Line._posted", "if body.begun else NotSent", "if not document else NotSent"),
        touches="money",
    ),
    Fault(
        6,
        "The connection is reset after the request was sent.",
        "Unknown.",
        of(FAULTS, f"{BROKEN_OFF}[a reset in place of an answer]", f"{BROKEN_OFF}[no answer and a hang-up]"),
        Defence(
            "providers/smsbat.py",
            "SMSBATProvider._sent",
            "Result(status=Status.UNKNOWN, error_code=lost)",
            "Result(status=Status.UNREACHABLE, error_code=lost)",
        ),
        touches="money",
    ),
    Fault(
        7,
        "The connection is reset within the answer.",
        "Unknown.",
        of(FAULTS, f"{BROKEN_OFF}[a reset within the body]", f"{BROKEN_OFF}[a hang-up within a chunk]"),
        Defence("providers/transport.py", "_Body.read", "self.begun = True", "self.begun = False"),
        touches="money",
    ),
    Fault(
        8,
        "The answer comes byte by byte and does not end.",
        "Cut at the deadline: unknown.",
        of(FAULTS, *(f"{LATE}[{line}-{drip}]" for line in ("plain", "tls") for drip in DRIPS)),
        Defence(
            "providers/transport.py",
            "_HTTPSConnection",
            "response_class = _HTTPResponse",
            "pass",
            shown_by=f"tests/{FAULTS}::{LATE}[tls-a slow beginning and no more]",
        ),
    ),
    Fault(
        9,
        "The provider answers 500, 502 or 504.",
        "Unknown: it may have been taken before something behind it failed.",
        of(
            FAULTS, *(f"test_a_server_error_leaves_the_message_unknown_and_is_not_asked_again[{n}]" for n in (500, 502))
        ),
        Defence(
            "providers/smsbat_answers.py",
            "read",
            "return _unknown(base.SERVER_ERROR)",
            "return _rejected(base.SERVER_ERROR)",
        ),
        touches="money",
    ),
    Fault(
        10,
        "The provider answers 503 and says when to come back.",
        "Unknown, and not asked again: a proxy may have handed the request on.",
        of(FAULTS, "test_a_server_error_leaves_the_message_unknown_and_is_not_asked_again[503]"),
        Defence(
            "providers/smsbat.py",
            "SMSBATProvider._ask",
            "answer.status != 429",
            "answer.status not in (429, 503)",
        ),
        touches="money",
    ),
    Fault(
        11,
        "The provider answers 429 and does not say when to come back.",
        "Asked again after a pause that grows, if the deadline leaves time, else certain not to have been taken.",
        of(
            PRESSURE,
            "test_too_many_requests_without_a_pause_are_asked_again_after_one_that_grows",
            "test_too_many_requests_without_time_for_another_are_a_rejection_at_once[headers0]",
        ),
        Defence("providers/smsbat.py", "SMSBATProvider._ask", "2.0**tries", "60.0"),
    ),
    Fault(
        12,
        "The provider answers 429 with seconds, a date, the past or nonsense in Retry-After.",
        "Read in both forms and kept between one second and a minute.",
        of(
            PRESSURE,
            "test_a_pause_is_read_in_seconds_or_as_a_date_and_kept_within_a_minute",
            "test_too_many_requests_are_asked_again_after_the_pause_that_the_answer_names",
        ),
        Defence("providers/transport.py", "retry_after", "min(max(seconds, 1.0), 60.0)", "seconds"),
    ),
    Fault(
        13,
        "The provider answers 400 with an error object.",
        "Certain not to have been taken, with our word for the reason.",
        of(ANSWERS, f"{ERROR}[an object]", f"{ERROR}[an object of the cascade]"),
    ),
    Fault(
        14,
        "The provider answers 400 with a string for an error, or with nothing.",
        "Certain not to have been taken, for no reason that is known.",
        of(ANSWERS, f"{ERROR}[a string]", f"{ERROR}[no body]"),
    ),
    Fault(
        15,
        "The provider answers 401 or 403.",
        "Nothing else is tried over the same account, whose breaker opens at once; told as an error in the log.",
        of(REQUESTING, "test_refused_credentials_are_not_tried_on_another_channel")
        + of(BREAKER, "test_refused_credentials_open_it_at_once")
        + of(ANSWERS, f"{ERROR}[401 without a body]", f"{ERROR}[403]"),
        Defence("services/delivering.py", "ACCOUNT", "{CREDENTIALS, TOO_MANY", "{TOO_MANY", raises="DeliveryFailed"),
    ),
    Fault(
        16,
        "The provider answers 404, 415 or 422: the address or the API is another.",
        "Certain not to have been taken; told as an error in the log, once for each message.",
        of(ANSWERS, f"{ERROR}[404]", f"{ERROR}[415]", f"{ERROR}[422]")
        + of(REQUESTS, "test_what_other_messages_will_meet_too_is_an_error[another API]"),
        reason="A line for each message, of one text, which whatever watches the log groups: told once a process, it "
        "would say neither that it lasts nor that it has come back.",
    ),
    Fault(
        17,
        "The provider redirects.",
        "Not followed, wherever it points: the key would go along.",
        of(FAULTS, "test_a_redirect_is_not_followed", "test_the_body_of_a_redirect_is_read_no_further_than_any_other"),
        Defence("providers/transport.py", "_Connections", "def get_redirect_target(", "def get_other_target("),
        touches="secrets",
    ),
    Fault(
        18,
        "The provider answers 200 with HTML.",
        "Unknown; told as an error in the log, in which nothing of the answer is.",
        of(ANSWERS, f"{NONSENSE}[HTML]")
        + of(
            REQUESTS,
            "test_what_other_messages_will_meet_too_is_an_error[nonsense]",
            "test_what_the_provider_echoes_of_our_secrets_goes_no_further",
        ),
        Defence(
            "providers/smsbat_answers.py",
            "read",
            "return _unknown(base.MALFORMED_ANSWER)",
            "return _rejected(base.MALFORMED_ANSWER)",
        ),
        touches="money",
    ),
    Fault(
        19,
        "The provider answers 200 with nothing.",
        "Unknown.",
        of(ANSWERS, f"{NONSENSE}[nothing]"),
        Defence("providers/smsbat_json.py", "read_object", "return None", "return {'messages': []}"),
        touches="money",
    ),
    Fault(
        20,
        "The provider answers with a success that it does not document, such as 202 or 204.",
        "Unknown.",
        of(ANSWERS, *(f"test_a_success_that_is_not_documented_leaves_the_message_unknown[{n}]" for n in (202, 204))),
        Defence("providers/smsbat_answers.py", "read", "answer.status != 200 or document is None", "document is None"),
        touches="money",
    ),
    Fault(
        21,
        "The answer begins with a byte order mark.",
        "Read like any other.",
        of(ANSWERS, "test_the_message_is_found_in_every_shape_of_answer[a byte order mark]"),
    ),
    Fault(
        22,
        "The answer is not in UTF-8.",
        "Unknown, and no exception.",
        of(ANSWERS, f"{NONSENSE}[latin-1]", f"{NONSENSE}[UTF-16]"),
        Defence(
            "providers/smsbat_json.py",
            "read_object",
            "except (ValueError, ",
            "except (json.JSONDecodeError, ",
            raises="UnicodeDecodeError",
        ),
        touches="money",
    ),
    Fault(
        23,
        "The answer's JSON breaks off.",
        "Unknown.",
        of(ANSWERS, f"{NONSENSE}[truncated JSON]"),
        Defence(
            "providers/smsbat_answers.py", "read", "return _unknown(base.MALFORMED", "return _rejected(base.MALFORMED"
        ),
        touches="money",
    ),
    Fault(
        61,
        "The answer is endless.",
        "Read to 64 KiB: unknown.",
        of(FAULTS, f"{LONG}[100 KB of spaces after the JSON]", f"{LONG}[a longer body than announced]"),
        Defence("providers/transport.py", "ANSWER_LIMIT", "64 * 1024", "64 * 1024 * 1024"),
        touches="money",
    ),
    Fault(
        62,
        "The answer is packed, and grows when it is unpacked.",
        "Not unpacked at all: unknown.",
        of(FAULTS, f"{LONG}[a compressed body]", "test_a_bomb_of_50_megabytes_costs_less_than_two"),
        Defence("providers/transport.py", "_read", "decode_content=False", "decode_content=True"),
        touches="money",
    ),
    Fault(
        63,
        "The answer's length is wrong, or its chunks are.",
        "Unknown.",
        of(
            FAULTS,
            f"{BROKEN_OFF}[a shorter body than announced]",
            f"{BROKEN_OFF}[no chunk size]",
            f"{LONG}[a longer body than announced]",
        ),
    ),
    Fault(
        65,
        "The answer's headers are huge or many.",
        "Unknown, and no exception.",
        of(FAULTS, f"{BROKEN_OFF}[a header of 100 KiB]", f"{BROKEN_OFF}[a thousand headers]"),
    ),
    Fault(
        66,
        "The TLS handshake does not end.",
        "Certain not to have been sent, and known before the deadline.",
        of(FAULTS, "test_a_tls_handshake_without_an_answer_is_unreachable_before_the_deadline"),
    ),
    Fault(
        67,
        "The environment has a proxy or a .netrc.",
        "Neither is used: they would see the key, or put another in its place.",
        of(FAULTS, "test_the_proxies_and_passwords_of_the_environment_are_not_used"),
        Defence("providers/transport.py", "_End.__init__", "trust_env = False", "trust_env = True"),
        touches="secrets",
    ),
]
