"""Two at once, and time."""

from tests.faults.row import Defence, Fault, of

TOGETHER = "concurrency/test_services.py"
PROCESSES = "concurrency/test_processes.py"
ATTEMPTS = "models/test_attempts.py"
IDEMPOTENCY = "services/test_idempotency.py"
REQUESTING = "services/test_requesting.py"
VERIFYING = "services/test_verifying.py"
REDEEMING = "services/test_redeeming.py"
KILLED = "databases/test_killed_worker.py"
CLOCK = "databases/test_clock.py"

TOO_LATE = "TestWhatIsTooLate::test_an_attempt_that_expired_since_it_was_read_is_not_settled"
EXHAUSTED = "TestWhatIsTooLate::test_nor_is_one_that_was_exhausted_or_canceled"
RESEND = "TestFallBack::test_a_resend_is_held_by_the_cooldown_and_ends_the_earlier_code"
TAKEN = "TestWithoutTransfer::test_a_number_that_another_user_owns_is_taken_and_the_proof_unused"

ROWS = [
    Fault(
        104,
        "Somebody clicks twice, or twenty ask for one number at once.",
        "One call.",
        of("models/test_taking_limits.py", "test_the_last_use_is_taken_once")
        + of(TOGETHER, "test_twenty_requests_for_one_number_place_one_call")
        + of(PROCESSES, "test_one_number_is_called_once"),
        Defence("models/limits.py", "_counting", ".filter(over | Q(count__lt=allowed))", ".filter()"),
        touches="money",
    ),
    Fault(
        105,
        "A client that had no answer asks again.",
        "The same attempt, and no second call.",
        of(
            IDEMPOTENCY,
            "test_the_same_request_again_is_the_same_attempt",
            "test_twenty_at_once_with_one_key_are_one_attempt",
        )
        + of("services/test_honest_people.py", "TestMistakes::test_a_lost_reply_costs_nobody_a_call"),
        Defence("services/idempotency.py", "replay", "if not known_as:", "if known_as:", raises="RateLimited"),
        touches="money",
    ),
    Fault(
        106,
        "Many wrong codes come at once.",
        "As many are judged as there are checks.",
        of(ATTEMPTS, "TestWhatIsTooLate::test_a_check_is_spent_only_by_whoever_saw_the_count")
        + of(TOGETHER, "test_of_fifty_guesses_three_are_evaluated")
        + of(PROCESSES, "test_of_all_guesses_three_are_evaluated"),
        Defence("models/attempts.py", "_spending", "_pending().filter(checks=seen, ", "_pending().filter("),
        touches="secrets",
    ),
    Fault(
        107,
        "The right code comes many times at once.",
        "The attempt is verified once, and everybody has the same proof.",
        of(ATTEMPTS, "TestWhatIsTooLate::test_an_attempt_is_settled_once")
        + of(TOGETHER, "test_fifty_right_codes_verify_once", "test_no_wrong_code_is_ever_told_verified"),
        Defence(
            "models/attempts.py",
            "_settling",
            "_pending().filter(lives, ",
            'VerificationAttempt.objects.filter(lives, pk=Param.of(VerificationAttempt, "id"), ',
        ),
        touches="data",
    ),
    Fault(
        108,
        "A code is entered while another is sent on its channel.",
        "The earlier one ends when the later one is written.",
        of(REQUESTING, RESEND) + of(TOGETHER, "test_resending_beside_guesses_does_no_harm"),
        Defence(
            "services/delivering.py",
            "write_further",
            "deliveries.end(delivery.attempt_id, delivery.channel)",
            "deliveries.none()",
        ),
        touches="secrets",
    ),
    Fault(
        109,
        "A code expires while it is judged.",
        "The statement that settles the attempt looks at the clock, the database's; a constraint stands behind it.",
        of(ATTEMPTS, TOO_LATE, "TestWhatIsTooLate::test_nor_by_a_code_that_expired_before_the_attempt")
        + of("models/test_constraints.py", "test_an_attempt_cannot_be_verified_a_moment_after_it_expired"),
        Defence(
            "models/attempts.py",
            "_settling",
            "_pending().filter(lives, expires_at__gt=DbNow())",
            "_pending().filter(lives)",
            raises="IntegrityError",
        ),
        touches="secrets",
    ),
    Fault(
        110,
        "The right code comes after the last check was spent.",
        "Refused.",
        of(ATTEMPTS, f"{EXHAUSTED}[changes0]") + of(VERIFYING, "test_the_last_wrong_code_exhausts"),
        Defence("models/attempts.py", "_pending", ', checks__lt=F("max_checks")', ""),
        touches="secrets",
    ),
    Fault(
        111,
        "The call comes after an SMS was asked for.",
        "Both codes are good, and share the checks.",
        of(VERIFYING, "test_a_late_call_still_counts_after_an_sms_was_asked_for")
        + of(REQUESTING, "TestFallBack::test_all_codes_share_the_checks"),
    ),
    Fault(
        112,
        "The provider's own fallback sends after the number was verified.",
        "Harmless.",
        of("following/test_cascade.py", "test_what_it_sends_after_the_number_was_verified_changes_nothing")
        + of("providers/test_smsbat_requests.py", "test_one_code_is_in_all_of_a_cascade"),
        reason="It has the code that was entered already, and the attempt takes none any more.",
    ),
    Fault(
        113,
        "A worker is killed before it calls.",
        "Before it wrote: nothing was spent. Afterwards: unknown once the deadline is over, and the attempt goes on.",
        of(KILLED, "test_killed_before_it_is_written_nothing_is_sent_and_the_key_is_free")
        + of(REQUESTING, "TestFallBack::test_at_once_when_the_worker_died_during_the_call"),
        Defence(
            "models/deliveries.py",
            "Delivery.known_status",
            "> get_config().request_deadline",
            "> 86400",
            shown_by=f"tests/{REQUESTING}::TestFallBack::test_at_once_when_the_worker_died_during_the_call",
            raises="RateLimited",
        ),
        touches="money",
    ),
    Fault(
        114,
        "A worker is killed between the call and the writing of its result.",
        "Its code is good at once, and it is not called again.",
        of(KILLED, "test_it_is_never_sent_again", "test_another_process_verifies_its_code"),
        Defence(
            "services/idempotency.py",
            "replay",
            "first.known_status == Delivery.Status.CREATED",
            "first.known_status == Delivery.Status.UNKNOWN",
        ),
        touches="money",
    ),
    Fault(
        115,
        "The same message is carried twice.",
        "What became of it is written once.",
        of("models/test_deliveries.py", "test_what_became_of_it_is_written_once"),
        Defence("models/deliveries.py", "_settling", "_one(Delivery.Status.CREATED)", "_one(*Delivery.Status.values)"),
        touches="data",
    ),
    Fault(
        116,
        "A clock is an hour off, or jumps.",
        "The database's counts alone, and no reply has a negative time.",
        of(
            CLOCK,
            "test_a_process_whose_clock_is_wrong_keeps_to_the_databases",
            "test_connections_in_different_zones_agree",
        )
        + of("api/test_status.py", "test_what_expired_can_go_on"),
        Defence(
            "models/deliveries.py",
            "Delivery.live",
            "self.left > timedelta(0)",
            'self.expires_at > __import__("django.utils.timezone").utils.timezone.now()',
        ),
        touches="secrets",
    ),
    Fault(
        117,
        "Clocks go back or forward at night, or a site keeps local time.",
        "Times are UTC on the database's clock; USE_TZ = False is an error of the system check.",
        of("checks/test_rules.py", "test_local_times_are_refused")
        + of(CLOCK, "test_a_code_lives_its_ttl_on_the_night_when_clocks_go", "test_and_no_longer"),
        Defence("checks/hosts.py", "time_zones", "if not settings.USE_TZ:", "if settings.USE_TZ is None:"),
        touches="secrets",
    ),
    Fault(
        118,
        "A user is deleted, changes the number or signs out on the way.",
        "The attempt is nobody's; what was verified is the number on its row.",
        of(
            "api/test_callers.py",
            "test_an_attempt_of_a_user_who_was_deleted_meanwhile_is_nobodys",
            "test_a_signed_in_callers_attempt_is_nobody_elses_in_any_state",
        )
        + of(REDEEMING, "test_a_proof_counts_only_for_what_it_proves"),
        Defence("models/attempts.py", "VerificationAttempt", "on_delete=models.CASCADE", "on_delete=models.SET_NULL"),
        touches="data",
    ),
    Fault(
        119,
        "Two users verify one number.",
        "It has one owner: whoever redeems later, or with ALLOW_TRANSFER off whoever did first.",
        of(REDEEMING, TAKEN, "test_a_new_proof_moves_the_number")
        + of(TOGETHER, "test_of_users_who_prove_one_number_one_gets_it"),
        Defence(
            "services/redeeming.py",
            "_own",
            "if previous not in {None, user.pk} and not get_config().allow_transfer:",
            "if previous == user.pk and not get_config().allow_transfer:",
        ),
        touches="data",
    ),
    Fault(
        120,
        "A site runs in an event loop.",
        "The provider is called in another thread; a service that is called in the loop says so.",
        of(
            "api/test_async.py",
            "test_the_api_calls_the_provider_in_another_thread",
            "test_a_service_that_is_called_in_the_loop_says_so_and_sends_nothing",
        ),
    ),
]
