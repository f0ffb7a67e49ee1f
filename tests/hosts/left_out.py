"""Tests that some hosts rightly answer otherwise: the beginnings of their names, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator

OPERATIONS = ("start", "status", "cancel", "verify", "fallback", "phones", "own_phone")


def because(reason: str, *tests: str) -> dict[str, str]:
    """Give several tests one reason."""
    return {f"tests/{test}": reason for test in tests}


def documented(answer: str, operations: tuple[str, ...]) -> Iterator[str]:
    """Name the tests that an answer, such as `403`, is what these operations are documented to give."""
    for operation in operations:
        yield f"api/test_document.py::test_what_is_documented_happens[flashcall_{operation}-{answer}]"


LONG = because(
    "it takes long, and no setting bears on it",
    "api/test_bodies.py::test_no_",
    "api/test_document.py::test_a_host_may_do_without_drf_spectacular",
    "api/test_document.py::test_the_document_is_well_formed_and_nothing_in_it_was_guessed",
    "api/test_schemathesis.py",
    "services/test_deadline.py",
    "services/test_honest_people.py",
    "services/test_reporting.py",
)

SPEAKS_NO_UKRAINIAN = because(
    "it expects Ukrainian", "services/test_requesting.py::test_a_text_is_written_in_the_language_of_whoever_asks"
)

ITS_MIDDLEWARE_READS_THE_USER = because(
    "a database that is away is met by the middleware before our view",
    *documented("503-provider_unavailable", OPERATIONS[1:]),
)

ITS_TRANSACTION_BEGINS = because(
    "a database that is away is met by the host's BEGIN before our view",
    *documented("503-provider_unavailable", ("phones", "own_phone")),
)

IS_WARNED_ON_SQLITE = because(
    "a system check says that SQLite locks as a whole",
    "services/test_routing.py::test_nothing_is_wrong_with_such_a_site",
)

ITS_CREDENTIALS_HAVE_A_CHALLENGE = because(
    "whoever has to sign in is answered 401, and not 403 as with sessions",
    *documented("403", OPERATIONS),
    "api/test_hosts.py::test_a_default_permission_does_not_open_the_numbers",
    "api/test_hosts.py::test_a_host_whose_anonymous_user_is_none",
    "api/test_hosts.py::test_sessions_need_their_csrf_proof",
    "api/test_phones.py::test_strangers_are_turned_away",
    "api/test_phones.py::test_a_view_of_the_sites_own_may_ask_for_a_verified_number",
)

ITS_THROTTLES_NEED_THE_CACHE = because(
    "its own throttles ask the cache before our view is asked", "api/test_hosts.py::test_a_cache_that_is_down"
)

ITS_WORDS_ARE_OTHERS = because(
    "it expects other words",
    "api/test_hosts.py::test_a_malformed_body_is_told_in_the_hosts_words_and_a_refusal_in_ours",
    "api/test_phones.py::test_a_view_of_the_sites_own_may_ask_for_a_verified_number",
)

ITS_VIEWS_HAVE_VERSIONS = because(
    "the site's own view has no version in its path",
    "api/test_phones.py::test_a_view_of_the_sites_own_may_ask_for_a_verified_number",
)

IS_BELOW_A_PATH = because(
    "it is below the path", "sandbox/test_handset.py::test_the_json_is_where_the_sandbox_promises_it"
)

READS_ELSEWHERE = because(
    "it asks a manager that is not told its database, which the services always tell",
    "models/test_attempts.py::TestWhatIsTooLate",
)

HAS_NOTHING_ON_DEFAULT = because(
    "it opens, counts or names the transactions of `default`; test_site has it for our own database",
    "test_query_counts.py",
    "models/test_constraints.py",
    "models/test_prepared.py",
    "services/test_redeeming.py::test_a_rolled_back_consumer_leaves_the_proof_unused",
    "services/test_redeeming.py::test_a_new_proof_moves_the_number",
    "services/test_redeeming.py::test_the_owner_of_a_number",
    "services/test_verifying.py::test_verifying_is_told_after_the_commit",
    "services/test_verifying.py::test_the_last_wrong_code_exhausts",
    "services/test_verifying.py::test_verify_refuses_a_transaction_that_could_give_the_check_back",
    "services/test_verifying.py::test_asking_refuses_a_transaction",
)
