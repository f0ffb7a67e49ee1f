"""People who want to harm the site or somebody else."""

from tests.faults.row import Defence, Fault, of

LIMITS = "services/test_limits.py"
REDEEMING = "services/test_redeeming.py"
REQUESTING = "services/test_requesting.py"

SCOPE = "test_each_scope_refuses_what_is_over_it"
FALL_BACK = "TestFallBack::test_too_early"

ROWS = [
    Fault(
        153,
        "One client asks for many numbers.",
        "The limit of its address.",
        of(LIMITS, f"{SCOPE}[ip]", "test_another_address_has_a_limit_of_its_own"),
        Defence("services/admission.py", "Send.claims", '"ip": self.client.ip_bucket', '"ip": None'),
        touches="money",
    ),
    Fault(
        154,
        "Many clients ask for one number, to bother who has it.",
        "The limit of the number.",
        of(LIMITS, f"{SCOPE}[phone]", "test_two_requests_for_a_number_are_a_cooldown_apart"),
        Defence("services/admission.py", "Send.claims", "bucket: number,", "bucket: None,"),
        touches="money",
    ),
    Fault(
        155,
        "Numbers are asked for one after another.",
        "The limit of those that share all but the last four digits.",
        of(LIMITS, f"{SCOPE}[prefix]"),
        Defence("services/admission.py", "Send.claims", '"prefix": phones.prefix(number)', '"prefix": None'),
        touches="money",
    ),
    Fault(
        156,
        "Numbers all over a country are asked for, and none is verified.",
        "The limits of the region, where the site sets one, and of the site; codes that nobody enters are told of.",
        of(LIMITS, f"{SCOPE}[site]", f"{SCOPE}[region]")
        + of(
            "services/test_reporting.py",
            "TestConversion::test_codes_that_nobody_enters_are_told",
            "TestConversion::test_strangers_all_over_a_region_are_told_of_the_region",
            "TestSite::test_four_fifths_are_told_once_in_a_window",
        ),
        Defence("services/admission.py", "Send.claims", '"site": ""', '"site": None'),
        touches="money",
    ),
    Fault(
        157,
        "A call is asked for only to get at the SMS that follows it.",
        "The SMS has to wait, counts as a send of the number, and may be refused by RISK_CHECK.",
        of(REQUESTING, FALL_BACK, "TestFallBack::test_it_counts_as_a_send")
        + of("test_captcha.py", "test_nobody_else_is_and_nothing_is_spent")
        + of("services/test_destinations.py", "test_the_risk_check_is_asked_for_every_send"),
        Defence("models/standing.py", "Standing.wait_for", "_left(purpose.fallback_after, self.newest)", "0"),
        touches="money",
    ),
    Fault(
        158,
        "A stranger uses up somebody's sends and checks, to lock him out.",
        "A number's verified owner, signed in, has counts of his own.",
        of(
            LIMITS,
            "TestOwner::test_strangers_do_not_use_up_the_owners_sends",
            "TestOwner::test_strangers_guesses_do_not_use_up_the_owners",
            "TestOwner::test_prefix_and_region_never_refuse_the_owner",
        )
        + of(
            "services/test_honest_people.py",
            "TestOwner::test_whose_number_was_guessed_at",
            "TestOwner::test_whose_number_was_called",
            "TestOwner::test_while_a_strangers_attempt_is_open",
        ),
        Defence(
            "services/admission.py",
            "Send.claims",
            '"owner" if self.owner else "phone"',
            '"phone"',
            raises="RateLimited",
        ),
        touches="data",
    ),
    Fault(
        159,
        "Somebody verifies his own number and names another in what it is for.",
        "A proof counts for the number on its row, its purpose, its user and its context.",
        of(REDEEMING, "test_a_proof_counts_only_for_what_it_proves", "test_a_proof_is_bound_to_its_context"),
        Defence("services/redeeming.py", "_bound", "return bound & Q(phone_number=number)", "return bound"),
        touches="data",
    ),
    Fault(
        160,
        "Codes are asked for again and again, for new checks.",
        "All codes of an attempt share its checks, and all attempts of a number what is left of its own.",
        of(
            LIMITS,
            "TestFailures::test_a_new_code_resets_nothing",
            "TestFailures::test_what_is_granted_never_exceeds_the_rate",
        )
        + of(REQUESTING, "TestFallBack::test_all_codes_share_the_checks")
        + of("concurrency/test_services.py", "test_what_is_granted_in_parallel_is_bound_by_the_rate"),
        Defence(
            "services/requesting.py",
            "_grant",
            "if grant is None or grant.checks >= attempt.max_checks:",
            "if grant:",
        ),
        touches="secrets",
    ),
    Fault(
        161,
        "Somebody starts a login and asks the victim on the phone for the code.",
        "No program can prevent it; every text says what it is for, and to tell it to nobody.",
        of("test_translations.py", "test_a_code_is_to_be_told_to_nobody")
        + of(REQUESTING, "test_the_texts_of_the_purposes_differ"),
        Defence("templates/flashcall/messages/sms.txt", "", " Tell it to nobody.", ""),
        touches="data",
    ),
    Fault(
        162,
        "A number has got a new holder, or a new card.",
        "A new proof moves it and says so by signal; RISK_CHECK may refuse, and when a number was verified is kept.",
        of(REDEEMING, "test_a_new_proof_moves_the_number")
        + of(REQUESTING, "test_the_sites_risk_check_refuses_before_anything_is_spent")
        + of("models/test_constraints.py", "test_the_phone_status_of_a_deleted_user_is_nobodys")
        + of(
            "services/test_destinations.py",
            "test_the_risk_check_is_asked_for_every_send",
            "test_a_number_that_is_blocked_meanwhile_gets_no_further_code",
        ),
        Defence(
            "services/admission.py",
            "_refuse_risky",
            "if check is None:",
            "if check:",
            shown_by=f"tests/{REQUESTING}::test_the_sites_risk_check_refuses_before_anything_is_spent",
        ),
        touches="data",
    ),
    Fault(
        163,
        "The time that a request takes is measured, to learn which numbers are known.",
        "A stranger's request costs the same statements for either.",
        of("test_query_counts.py", "test_a_number_that_somebody_owns_costs_a_stranger_what_another_does"),
    ),
    Fault(
        164,
        "What is sent has control characters in it, to forge lines of a log.",
        "None is in a log line of ours or in a row.",
        of("api/test_bodies.py", "test_what_is_sent_breaks_no_line_of_our_log")
        + of("services/test_client.py", "test_a_user_agent_is_cut_and_cleaned"),
        Defence("services/client.py", "Client.from_request", "if letter.isprintable()", "if letter"),
        touches="data",
    ),
]
