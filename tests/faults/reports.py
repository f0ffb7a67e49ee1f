"""Delivery reports that a provider sends to the site."""

from tests.faults.row import Defence, Fault, of

WEBHOOK = "following/test_webhook.py"
ASKING = "following/test_asking.py"
UNDELIVERABLE = "following/test_undeliverable.py"

ROWS = [
    Fault(
        141,
        "A report is forged.",
        "Not found without the secret; with it, a hint by which the provider is asked.",
        of(WEBHOOK, "test_what_it_says_is_not_believed", "test_a_report_makes_us_ask")
        + of(WEBHOOK, "test_without_the_secret_it_is_not_there[post-default-wrong]"),
        Defence(
            "api/webhooks.py",
            "webhook",
            "if not hints.accepted(alias, secret):",
            "if False:",
            shown_by=f"tests/{WEBHOOK}::test_without_the_secret_it_is_not_there[post-default-wrong]",
        ),
        touches="data",
    ),
    Fault(
        142,
        "A report comes twice.",
        "Nothing happens.",
        of(ASKING, "test_of_ten_reports_at_once_one_is_written", "test_each_change_is_told_once_and_nothing_secret"),
        Defence(
            "models/deliveries.py",
            "_reporting",
            "_one(*Delivery.PLACED)",
            "_one(*Delivery.Status.values)",
        ),
        touches="data",
    ),
    Fault(
        143,
        "Reports come out of order.",
        "Nothing happens.",
        of(ASKING, "test_a_status_moves_only_forward[delivered-undeliverable]")
        + of(WEBHOOK, "test_of_what_is_over_nothing_is_asked[delivered]"),
        Defence(
            "models/deliveries.py",
            "_reporting",
            "_one(*Delivery.PLACED)",
            "_one(*Delivery.Status.values)",
        ),
        touches="data",
    ),
    Fault(
        144,
        "A report is about an unknown message.",
        "Nothing happens.",
        of(WEBHOOK, "test_an_unknown_message_is_nothing[unknown]"),
    ),
    Fault(
        145,
        "A report comes before its message's id is known.",
        "Nothing happens: the provider is asked all the same.",
        of(WEBHOOK, "test_of_what_is_over_nothing_is_asked[created]")
        + of("following/test_tick.py", "test_it_asks_about_what_is_due"),
    ),
    Fault(
        146,
        "A report comes after the number was verified.",
        "It stays verified.",
        of(ASKING, "test_where_nobody_waits_nobody_is_asked_on_the_way[verified]"),
        reason="What becomes of a delivery is written to its own row alone: there is nothing that could be left out.",
        touches="data",
    ),
    Fault(
        147,
        "A report says that the call did not come.",
        "The next channel is offered, at once; with AUTO_FALLBACK it is sent once, within the limits.",
        of(UNDELIVERABLE, "test_the_next_channel_is_offered_at_once", "test_of_twenty_at_once_one_sends")
        + of(UNDELIVERABLE, "test_it_is_not_sent_by_itself_unless_the_site_says_so"),
        Defence(
            "services/automatic.py",
            "channel",
            "not rules.auto_fallback or",
            "",
            shown_by=f"tests/{UNDELIVERABLE}::test_it_is_not_sent_by_itself_unless_the_site_says_so",
        ),
        touches="money",
    ),
    Fault(
        148,
        "A report is huge, or is not JSON.",
        "Refused.",
        of(WEBHOOK, "test_a_long_body_is_not_read[application/json-3000000]", "test_nonsense_is_refused[{]"),
    ),
    Fault(
        149,
        "A report has an unknown status or a time far off.",
        "Nothing happens.",
        of(WEBHOOK, "test_what_it_says_is_not_believed"),
    ),
    Fault(
        150,
        "Reports come in a flood.",
        "Each costs a statement, and the provider is asked no more often than is documented.",
        of(WEBHOOK, "test_a_flood_has_the_provider_asked_no_more_than_documented")
        + of(WEBHOOK, "test_it_costs_one_statement_and_waits_for_nobody"),
        Defence("models/deliveries.py", "DeliveryQuerySet.hint", ", polls__lt=HINTED_POLLS", ""),
    ),
    Fault(
        151,
        "An address is asked with another method.",
        "405, and 404 without the secret.",
        of(WEBHOOK, "test_a_report_is_posted[get]") + of("api/test_status.py", "test_other_methods_are_not_allowed"),
    ),
    Fault(
        152,
        "The secret of a webhook's address is in a log.",
        "Not in Django's; it can be changed without a gap.",
        of(WEBHOOK, "test_a_secret_that_is_wrong_here_is_in_no_log_either[default/" + "s" * 39 + "/]")
        + of("providers/test_smsbat_status.py", "test_both_of_two_secrets_are_accepted"),
        Defence("api/webhooks.py", "webhook", "    _hide(request)\n", ""),
        touches="secrets",
    ),
]
