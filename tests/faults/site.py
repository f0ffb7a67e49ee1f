"""The site around us: its database, its cache, its settings."""

from tests.faults.row import Defence, Fault, of

LOST = "databases/test_lost_connection.py"
RETRYING = "databases/test_retrying.py"
HOSTS = "api/test_hosts.py"
TABLE = "checks/test_table.py"
OPTIONS = "providers/test_smsbat_checks.py"
OPTION_FILE = "providers/smsbat_checks.py"

TRIED_AGAIN = "TestConflicts::test_they_are_tried_again"
CACHE = "test_a_cache_that_is_down_lets_nothing_more_through"
TOLD = "test_what_is_wrong_is_told_once_and_where"
UNUSABLE = "test_an_option_that_cannot_be_used_is_an_error_and_is_refused"
NOTHING_TOLD = "ValueError"
"""What unpacking the one message raises where none was told."""

ROWS = [
    Fault(
        121,
        "The database ends a transaction, because of a deadlock or a conflict.",
        "It is run again for three seconds, and never with a second call; rows are locked in one order.",
        of(
            "databases/test_conflicts.py",
            "test_who_waits_for_a_limit_has_locked_none_that_comes_after_it",
            "test_a_request_that_loses_a_deadlock_places_its_call_once",
            "TestSerialization::test_a_request_places_its_call_once",
        )
        + of(RETRYING, TRIED_AGAIN, "test_nothing_else_is_tried_again"),
        Defence(
            "models/limits.py",
            "LimitQuerySet.take",
            "claims = _sorted(claims)",
            "claims = list(claims)",
            database="postgresql",
        ),
        touches="money",
    ),
    Fault(
        122,
        "The connection to the database is lost after the call.",
        "Unknown: its code is good, and it is not called again.",
        of(
            LOST,
            "TestDuringTheCall::test_the_call_is_placed_once_and_its_code_works",
            "TestDuringTheCall::test_the_same_request_again_sends_nothing",
        ),
        Defence(
            "models/deliveries.py",
            "Delivery.live",
            "return not self.refused and",
            'return self.status == "accepted" and',
            database="postgresql",
        ),
        touches="money",
    ),
    Fault(
        123,
        "Another writer has SQLite's lock.",
        "Waited for, for three seconds; then nothing was sent.",
        of(
            "databases/test_locked.py",
            "test_a_lock_that_is_soon_released_is_waited_for",
            "test_a_lock_that_is_not_ends_a_request_in_time_and_nothing_is_sent",
        )
        + of(RETRYING, f"{TRIED_AGAIN}[sqlite3-database is locked]"),
        Defence(
            "models/transactions.py",
            "_conflict",
            '"database is locked" in str(error)',
            '"database is away" in str(error)',
            shown_by=f"tests/{RETRYING}::{TRIED_AGAIN}[sqlite3-database is locked]",
            raises="OperationalError",
        ),
        touches="money",
    ),
    Fault(
        124,
        "A replica lags behind.",
        "Nothing is read from it.",
        of("databases/test_replica.py", "test_nothing_is_read_from_a_replica")
        + of("hosts/test_hosts.py", "test_the_core_of_the_suite_passes_on_this_host[replica_that_is_down]"),
        Defence("models/transactions.py", "database", "router.db_for_write(", "router.db_for_read("),
        touches="data",
    ),
    Fault(
        125,
        "The cache is down.",
        "All limits hold: they are rows.",
        of(HOSTS, CACHE),
        Defence(
            "api/throttles.py",
            "FlashcallThrottle.get_rate",
            'rates.get(self.scope or "")',
            '"1000/h"',
            raises="ConnectionError",
        ),
        touches="money",
    ),
    Fault(
        126,
        "Each worker has a cache of its own.",
        "All limits hold.",
        of("concurrency/test_processes.py", "test_a_limit_that_all_share_is_spent_exactly"),
        reason="No limit is in a cache, so there is nothing to take away.",
        touches="money",
    ),
    Fault(
        127,
        "The cache forgets.",
        "All limits hold.",
        of(HOSTS, CACHE),
        reason="No limit is in a cache, so there is nothing to take away.",
        touches="money",
    ),
    Fault(
        128,
        "A site wraps each request in a transaction, which a refusal rolls back.",
        "Checks and calls stay counted: our views are left out, and the services refuse to run inside one.",
        of(
            "services/test_verifying.py",
            "test_verify_refuses_a_transaction_that_could_give_the_check_back",
            "test_asking_refuses_a_transaction",
        )
        + of("api/test_atomic_requests.py", "test_wrong_codes_stay_counted")
        + of(HOSTS, "test_what_counts_is_out_of_atomic_requests_on_every_database"),
        Defence("services/verifying.py", "verify", "if durable:", "if not durable:"),
        touches="secrets",
    ),
    Fault(
        129,
        "A site's tests never commit.",
        "Calls are placed there too; only what signals tell of a verified or exhausted attempt waits for the commit.",
        of("services/test_verifying.py", "test_the_right_code_verifies", "test_verifying_is_told_after_the_commit")
        + of("testing/test_a_sites_tests.py", "test_with_pytest", "test_with_djangos_runner"),
    ),
    Fault(
        130,
        "SECRET_KEY changes.",
        "With the former one among the fallbacks whoever is on the way arrives; without it a live code is just wrong.",
        of("services/test_verifying.py", "test_key_rotation_keeps_live_codes")
        + of(
            "hosts/test_key_rotation.py",
            "TestWithTheFormerKeys::test_whoever_is_on_the_way_arrives",
            "TestWithoutThem::test_a_live_code_is_just_wrong",
        ),
        Defence("conf.py", "secrets", ", *settings.SECRET_KEY_FALLBACKS", ""),
        touches="data",
    ),
    Fault(
        131,
        "The API key is missing, blank or a placeholder.",
        "An error of the system check, and of configuration at run time; neither shows the key.",
        of(OPTIONS, "test_without_options_key_and_sender_are_missing", f"{UNUSABLE}[the documents' key]")
        + of(OPTIONS, "test_no_message_shows_a_secret"),
        Defence(OPTION_FILE, "_key_problems", 'in {"", *PLACEHOLDERS}', "in PLACEHOLDERS"),
        touches="secrets",
    ),
    Fault(
        132,
        "The provider's address is HTTP.",
        "An error of the system check, and nothing is sent, unless the address is this machine's own.",
        of(OPTIONS, f"{UNUSABLE}[HTTP]", f"{UNUSABLE}[HTTP to a private address]"),
        Defence(OPTION_FILE, "_may_have_the_key", "and _is_loopback(host)", "and host", raises=NOTHING_TOLD),
        touches="secrets",
    ),
    Fault(
        133,
        "The pool of caller IDs is small.",
        "An error of the system check where a code of it can be guessed.",
        of(OPTIONS, "test_a_pool_of_caller_ids_is_judged_by_its_size")
        + of("providers/test_tails.py", "test_a_pool_is_told_by_how_often_its_endings_come"),
        Defence(OPTION_FILE, "_pool_problems", "checks * 100 > tails", "checks > tails"),
        touches="secrets",
    ),
    Fault(
        134,
        "Codes are so short that they can be guessed.",
        "An error of the system check: below 4 digits, and where the checks are above a hundredth of all codes.",
        of(TABLE, "test_each_of_several_things_is_told", f"{TOLD}[E031 {{'CODE_LENGTH': {{'sms': 3}}}}]"),
        Defence("checks/guessing.py", "one_attempt", "purpose.max_checks > ODDS * _codes(min(lengths))", "not purpose"),
        touches="secrets",
    ),
    Fault(
        135,
        "Codes live longer than ten minutes, or shorter than the phone rings.",
        "An error of the system check, and a warning.",
        of(TABLE, f"{TOLD}[E036 {{'TTL': {{'sms': 601}}}}]", f"{TOLD}[W039 {{'TTL': {{'flashcall': 59}}}}]"),
        Defence("checks/ranges.py", "RANGES", "Range(30, 600, ", "Range(30, 6000, ", raises=NOTHING_TOLD),
        touches="secrets",
    ),
    Fault(
        136,
        "The list of regions is empty.",
        "Nothing is sent anywhere; a warning of the system check.",
        of("services/test_requesting.py", "test_a_site_that_allows_no_region_sends_nowhere")
        + of(TABLE, f"{TOLD}[W012 {{'ALLOWED_REGIONS': []}}]"),
        Defence(
            "conf.py",
            "read",
            'None if regions == "*" else frozenset(regions)',
            'None if regions in ("*", [], ()) else regions',
        ),
        touches="money",
    ),
    Fault(
        137,
        "A database has no partial indexes, or only short names for them.",
        "What must not be is refused by constraints that PostgreSQL, MariaDB and SQLite all have.",
        of("models/test_constraints.py", "test_an_attempt_cannot_be_verified_a_moment_after_it_expired")
        + of("models/test_constraints.py", "test_the_database_refuses_an_attempt_that_cannot_be")
        + of("hosts/test_site.py", "test_the_system_checks_find_no_error"),
        Defence(
            "migrations/0001_initial.py",
            "Migration",
            "('verified_at__lte', models.F('expires_at'))",
            "('verified_at__gte', models.F('created_at'))",
        ),
        touches="data",
    ),
    Fault(
        138,
        "Somebody of the staff changes an attempt.",
        "Nobody can, superusers included.",
        of("test_admin.py", "test_nobody_adds_or_deletes", "test_nobody_changes_anything"),
        Defence("admin/base.py", "ReadOnly.has_delete_permission", "return False", "return True"),
        touches="data",
    ),
    Fault(
        139,
        "Old rows are deleted while attempts are on their way.",
        "Only what is final or expired goes.",
        of("keeping/test_purge.py", "test_the_rest_is_kept_for_history_days")
        + of("following/test_tick.py", "test_what_is_old_is_thrown_away", "test_retention_is_the_sites_choice"),
        Defence(
            "models/attempts.py",
            "AttemptQuerySet.older_than",
            "created_at__lt=in_seconds(-seconds)",
            "",
            raises="DoesNotExist",
        ),
        touches="data",
    ),
    Fault(
        140,
        "A site leaves DEBUG on, and its error page shows settings and variables.",
        "No key, code or secret of a webhook is on it.",
        of("test_debug_page.py", "test_no_secret_is_on_it"),
        Defence(
            "conf.py", "Config", "providers: Mapping[str, Mapping[str, Any]] = field(repr=False)", "providers: Any"
        ),
        touches="secrets",
    ),
]
