"""What else people and programs send: codes, ids, bodies and headers."""

from tests.faults.row import Defence, Fault, of

CODES = "test_codes.py"
CLIENT = "services/test_client.py"
REQUESTING = "services/test_requesting.py"
BODIES = "api/test_bodies.py"
START = "api/test_start.py"
VERIFY = "api/test_verify.py"
CALLERS = "api/test_callers.py"

NO_COOKIES = "TestEveryPage::test_a_browser_that_keeps_no_cookies_is_refused_before_anything_is_sent"
NO_CODE = "test_what_cannot_be_a_code_costs_no_check"


ROWS = [
    Fault(
        91,
        "A code has spaces or dashes in it.",
        "Read without them.",
        of(VERIFY, "test_a_code_may_be_spelled_as_people_do")
        + of(CODES, "test_a_code_is_read_whatever_separates_its_digits"),
    ),
    Fault(
        92,
        "A code is empty, or of a length that no live code has.",
        "Malformed: it costs no check, because it can tell a guesser nothing.",
        of(VERIFY, f"{NO_CODE}[{{'code': ''}}]", f"{NO_CODE}[{{'code': '123'}}]", f"{NO_CODE}[{{'code': '12345'}}]"),
    ),
    Fault(
        93,
        "The whole number that rang is entered.",
        "Its end counts, in whatever form the network shows it.",
        of(VERIFY, "test_the_number_that_called_will_do")
        + of(CODES, "test_the_tail_is_the_same_in_every_form_of_a_caller_id"),
    ),
    Fault(
        94,
        "A text that has many codes in it is entered.",
        "Malformed by its length; of a caller ID only the end counts.",
        of(CODES, f"test_what_is_not_one_plausible_number_has_no_tail[{'0' * 18}]")
        + of(VERIFY, f"{NO_CODE}[{{'caller_id': '+38044123123412345678'}}]", f"{NO_CODE}[{{'code': '1234567890123'}}]"),
        Defence("codes.py", "tail", "CALLER_ID.fullmatch(number)", "CALLER_ID.match(number)"),
        touches="secrets",
    ),
    Fault(
        95,
        "A code is a number, a list, an object or true; a body is a form; a field is there twice.",
        "Malformed.",
        of(
            VERIFY,
            "test_neither_does_what_json_cannot_say",
            f"{NO_CODE}[{{'code': 1234}}]",
            f"{NO_CODE}[{{'code': ['1234']}}]",
        )
        + of(BODIES, "test_what_is_not_json"),
        Defence("api/parsers.py", "_object", "if len(members) != len(pairs):", "if not pairs:"),
        touches="secrets",
    ),
    Fault(
        96,
        "A code is what Python's int() takes for a number.",
        "Malformed.",
        of(CODES, "test_what_is_no_code_is_refused_and_not_guessed_at")
        + of(VERIFY, f"{NO_CODE}[{{'code': '-1234'}}]", f"{NO_CODE}[{{'code': '+1234'}}]"),
        Defence("codes.py", "tidy", "if DIGITS.fullmatch(digits) else None", "if digits else None"),
        touches="secrets",
    ),
    Fault(
        97,
        "A purpose or a channel is asked for that is not on offer.",
        "Refused, and nothing is sent.",
        of(
            START,
            "test_the_first_channel_is_the_sites_unless_it_leaves_the_choice",
            "test_purposes_that_a_stranger_may_not_start",
        )
        + of(REQUESTING, "test_a_channel_that_the_purpose_does_not_offer"),
        Defence("api/views.py", "VerificationsView.post", "and not purpose.channel_choice", "and not purpose"),
        touches="money",
    ),
    Fault(
        98,
        "An id is no id, another's, unknown, or SQL.",
        "One answer to all of them, in every state of the attempt.",
        of(
            CALLERS,
            "test_a_signed_in_callers_attempt_is_nobody_elses_in_any_state",
            "test_what_is_no_id_is_our_own_404",
            "test_an_attempt_has_one_spelling",
        ),
        Defence("services/finding.py", "_may_continue", "return user is None and not rules.api", "return True"),
        touches="data",
    ),
    Fault(
        99,
        "A link has an address of another host to go on to.",
        "Nobody is sent to another host.",
        of(
            "web/test_hosts.py",
            "TestNext::test_another_site_is_not_gone_to",
            "TestNext::test_a_page_of_this_site_is",
        ),
        Defence(
            "web/views.py",
            "PhoneView.get_next_url",
            "url if url_has_allowed_host_and_scheme(url, allowed_hosts=hosts, require_https=secure) else",
            "url or",
        ),
    ),
    Fault(
        100,
        "A client forges X-Forwarded-For, has a network of IPv6 addresses, or has no address.",
        "A header counts only from declared proxies; a /64 is one client; without an address all other limits hold.",
        of(
            CLIENT,
            "test_as_many_proxies_are_believed_as_are_declared",
            "test_what_a_header_claims_changes_nothing",
            "test_an_address_that_cannot_be_a_clients_is_a_proxys",
        )
        + of("services/test_limits.py", "test_a_household_of_ipv6_is_one_address")
        + of(
            "services/test_honest_people.py",
            "TestSharedAddresses::test_behind_a_proxy_that_nobody_declared_everybody_is_called",
            "TestSharedAddresses::test_five_hundred_people_behind_a_carrier_do_not_stop_the_site",
        ),
        Defence("services/client.py", "_claimed", "hops[-config.trusted_proxy_count]", "hops[0]"),
        touches="money",
    ),
    Fault(
        101,
        "A client keeps no cookies.",
        "The API needs none: its client holds the attempt's id. A page refuses the form before anything is sent.",
        of(CALLERS, "test_the_whole_way_needs_no_cookie_and_sets_none") + of("web/test_hosts.py", NO_COOKIES),
        Defence(
            "web/base.py",
            "FlowView",
            "    @method_decorator(csrf_protect)\n",
            "",
            f"tests/web/test_hosts.py::{NO_COOKIES}",
        ),
    ),
    Fault(
        102,
        "A body says that it is JSON and is not in UTF-8.",
        "Refused as malformed.",
        of(BODIES, "test_what_is_not_an_object_in_json", "test_no_bytes_make_an_error")
        + of("api/test_bodies.py", "test_no_address_makes_an_error"),
    ),
    Fault(
        103,
        "Accept-Language has line breaks, no known language or no end.",
        "The site's own language.",
        of("hosts/test_languages.py", "test_any_accept_language_gets_a_code", "test_any_accept_language_gets_an_answer")
        + of("hosts/test_languages.py", "test_a_language_is_read_in_one_place_and_only_as_one_that_is_supported"),
    ),
]
