"""What staff may do, and that it is written who did it and why."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import connection

from django_flashcall import services
from django_flashcall.exceptions import DestinationNotAllowed, RateLimited, Refused
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.deliveries import MOST_POLLS
from django_flashcall.providers import memory
from django_flashcall.providers.base import ReportStatus
from django_flashcall.services import limiting
from django_flashcall.services.asking import ask_now
from tests.room.conftest import ACT, LOOK, SEE, act, text, url

pytestmark = pytest.mark.django_db

ACTS = {
    "cancel": {},
    "ask": {},
    "forgive": {},
    "block": {"reason": "Asked us to", "seconds": 86400},
    "unblock": {"reason": "It was a mistake"},
    "release": {"reason": "The number was sold"},
}


@pytest.fixture
def status(phone: str, user: Any) -> PhoneStatus:
    PhoneStatus.objects.give(phone, user=user, channel="flashcall")
    return PhoneStatus.objects.get()


def written() -> list[str]:
    return [entry.change_message for entry in LogEntry.objects.order_by("pk") if entry.action_flag == 2]


def test_an_attempt_is_canceled(attempt: VerificationAttempt, staff: Any) -> None:
    page = text(act(staff(*ACT), attempt, "cancel"))
    assert "Canceled the attempt" in page and "olga: Canceled the attempt" in page
    assert VerificationAttempt.objects.get().status == "canceled"
    assert len(written()) == 1


def test_a_signed_in_person_s_attempt_is_canceled(phone: str, user: Any, staff: Any) -> None:
    attempt = services.request_verification(phone, user=user)
    act(staff(*ACT), attempt, "cancel")
    assert VerificationAttempt.objects.get().status == "canceled"


def test_a_verified_attempt_cannot_be_canceled(attempt: VerificationAttempt, staff: Any, code: Any) -> None:
    services.verify(attempt.pk, code=code())
    page = text(act(staff(*ACT), attempt, "cancel"))
    assert "Nothing was done" in page and written() == []


def test_a_number_is_blocked_unblocked_and_released(status: PhoneStatus, phone: str, staff: Any) -> None:
    browser = staff(*ACT)
    page = text(act(browser, status, "block", reason="Asked us to", seconds=86400))
    assert "The number is blocked for 24 hours more: Asked us to" in page
    assert "olga: Blocked the number: 1 day. Reason: Asked us to" in page
    with pytest.raises(Refused):
        services.request_verification(phone)

    page = text(act(browser, status, "unblock", reason="It was a mistake"))
    assert "The number is blocked" not in page
    services.request_verification(phone)

    page = text(act(browser, status, "release", reason="The number was sold"))
    assert "It has no owner." in page and "nobody's" in page
    assert [message.split(".")[0] for message in written()] == [
        "Blocked the number: 1 day",
        "Unblocked the number",
        "Released the number: it is nobody's",
    ]


def test_a_number_of_which_nothing_was_known_is_blocked_from_an_attempt(attempt: Any, phone: str, staff: Any) -> None:
    browser = staff(*ACT)
    page = text(act(browser, attempt, "block", reason="Never asked for it", seconds=services.blocking.FOR_GOOD))
    assert "The number is blocked until somebody unblocks it: Never asked for it" in page
    status = PhoneStatus.objects.get()
    assert "olga: Blocked the number" in text(browser.get(url("change", status)))
    assert "olga: Unblocked" in text(act(browser, attempt, "unblock", reason="A mistake"))
    assert not PhoneStatus.objects.get().block_reason


@pytest.mark.parametrize("name", ["block", "unblock", "release"])
def test_nothing_is_done_about_a_number_without_a_reason(name: str, status: PhoneStatus, staff: Any) -> None:
    before = PhoneStatus.objects.values().get()
    for reason in ("", "   "):
        page = text(act(staff(*ACT), status, name, **{**ACTS[name], "reason": reason}))
        assert "Nothing was done" in page
    assert PhoneStatus.objects.values().get() == before and written() == []


@pytest.mark.parametrize("seconds", ["", "0", "5", "-1", "x", "9" * 30])
def test_a_block_lasts_one_of_the_times_on_offer(seconds: str, status: PhoneStatus, staff: Any) -> None:
    assert "Nothing was done" in text(act(staff(*ACT), status, "block", reason="x", seconds=seconds))
    assert PhoneStatus.objects.get().blocked_until is None


def test_limits_are_forgiven_and_wrong_codes_are_not(
    attempt: Any, phone: str, staff: Any, code: Any, wrong: Any
) -> None:
    services.verify(attempt.pk, code=wrong(code()))
    with pytest.raises(RateLimited):
        services.request_verification(phone)
    page = text(act(staff(*ACT), attempt, "forgive"))
    assert "Forgave 3 limits" in page
    services.request_verification(phone)
    assert VerificationAttempt.objects.get(pk=attempt.pk).checks == 1
    assert "No limit of this number was in use." not in page


def test_what_is_the_whole_site_s_is_not_forgiven(attempt: Any, staff: Any) -> None:
    before = set(Limit.objects.filter(count__gt=0).values_list("scope", flat=True))
    act(staff(*ACT), attempt, "forgive")
    left = set(Limit.objects.filter(count__gt=0).values_list("scope", flat=True))
    assert before - left == {"cooldown", "phone"}
    limiting.forgive_rows(Limit.objects.values_list("pk", flat=True))
    assert "site" in Limit.objects.filter(count__gt=0).values_list("scope", flat=True)
    assert not Limit.objects.filter(count__gt=0, scope="prefix").exists()


def test_limits_are_forgiven_in_their_list(attempt: Any, phone: str, staff: Any) -> None:
    row = Limit.objects.get(scope="cooldown")
    chosen = {"action": "forgive", "_selected_action": [row.pk]}
    page = staff(*ACT).post(url("changelist", model="limit"), chosen, follow=True)
    assert "Forgave 1 limit:" in text(page)
    services.request_verification(phone)
    page = staff(*LOOK).post(url("changelist", model="limit"), chosen, follow=True)
    assert "Forgave" not in text(page)
    assert Limit.objects.get(scope="cooldown").count == 1


def test_forgiving_is_written_to_the_log(attempt: Any, staff: Any, caplog: pytest.LogCaptureFixture) -> None:
    chosen = {
        "action": "forgive",
        "_selected_action": list(Limit.objects.filter(scope="site").values_list("pk", flat=True)),
    }
    with caplog.at_level(logging.WARNING):
        page = staff(*ACT).post(url("changelist", model="limit"), chosen, follow=True)
    assert "None of these limits can be forgiven" in text(page)
    assert "forgiven" not in caplog.text
    chosen["_selected_action"] = [Limit.objects.get(scope="cooldown").pk]
    with caplog.at_level(logging.WARNING):
        staff(*ACT).post(url("changelist", model="limit"), chosen)
    assert "A limit was forgiven: cooldown." in caplog.text


# Asking the provider


@pytest.fixture
def asked(attempt: VerificationAttempt) -> Delivery:
    delivery = Delivery.objects.get()
    assert delivery.provider_message_id and delivery.due_at is not None
    return delivery


def test_the_provider_is_asked_before_it_is_due(attempt: Any, asked: Delivery, staff: Any) -> None:
    memory.report(asked.provider_message_id, ReportStatus.UNDELIVERABLE)
    page = text(act(staff(*ACT), attempt, "ask"))
    assert "there is news of 1 delivery" in page
    assert "It did not arrive, says the provider." in page
    assert Delivery.objects.get().status == "undeliverable"


@pytest.mark.django_db(transaction=True)
def test_the_provider_is_asked_in_no_transaction_of_the_host(
    attempt: Any, asked: Delivery, staff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    memory.report(asked.provider_message_id, ReportStatus.UNDELIVERABLE)
    assert "there is news of 1 delivery" in text(act(staff(*ACT), attempt, "ask"))
    assert Delivery.objects.get().status == "undeliverable"


def test_the_provider_may_not_know_yet(attempt: Any, asked: Delivery, staff: Any) -> None:
    assert "it does not know yet" in text(act(staff(*ACT), attempt, "ask"))
    assert Delivery.objects.get().polls == 1


def test_it_is_asked_so_often_and_no_more(attempt: Any, asked: Delivery) -> None:
    for _ in range(MOST_POLLS + 5):
        ask_now(attempt.pk)
    assert Delivery.objects.get().polls == 12
    Delivery.objects.update(due_at=None)
    for _ in range(MOST_POLLS + 5):
        ask_now(attempt.pk)
        Delivery.objects.update(due_at=None)
    assert Delivery.objects.get().polls == MOST_POLLS


def test_what_is_settled_is_not_asked_about(attempt: Any, asked: Delivery, staff: Any) -> None:
    Delivery.objects.update(status="delivered", due_at=None)
    assert ask_now(attempt.pk) == (0, 0)
    assert "There is nothing to ask the provider about" in text(act(staff(*ACT), attempt, "ask"))


# Who may


@pytest.mark.parametrize("permissions", [LOOK, SEE], ids=["look", "see"])
@pytest.mark.parametrize("name", ACTS)
def test_who_may_only_look_does_nothing(
    name: str, permissions: list[str], attempt: Any, status: PhoneStatus, staff: Any
) -> None:
    browser = staff(*permissions)
    for row in (attempt, status):
        assert browser.post(url("act", row, name), ACTS[name]).status_code == 403
        assert "You may look, and change nothing." in text(browser.get(url("change", row)))
    assert written() == []


@pytest.mark.parametrize(
    ("permission", "may"),
    [
        ("change_verificationattempt", {"cancel", "ask"}),
        ("change_phonestatus", {"block", "release"}),
        ("change_limit", {"forgive"}),
    ],
)
def test_each_act_has_its_permission(
    permission: str, may: set[str], attempt: Any, status: PhoneStatus, staff: Any
) -> None:
    browser = staff(*LOOK, permission)
    offered = {
        name
        for row in (attempt, status)
        for name in ACTS
        if url("act", row, name) in browser.get(url("change", row)).content.decode()
    }
    assert offered == may


@pytest.mark.parametrize("name", ["block", "unblock", "forgive"])
def test_who_may_not_look_at_an_attempt_does_nothing_about_it(name: str, attempt: Any, staff: Any) -> None:
    browser = staff(
        "change_phonestatus", "change_limit"
    )  # the permission to change allows to look, as in all of Django
    assert browser.post(url("act", attempt, name), ACTS[name]).status_code == 403
    assert written() == []


@pytest.mark.parametrize("name", ["nonsense", "cancel"])
def test_an_act_that_a_row_does_not_have_is_refused(name: str, status: PhoneStatus, staff: Any) -> None:
    assert staff(*ACT).post(url("act", status, name)).status_code == 403


def test_an_act_answers_to_post_alone(attempt: Any, staff: Any) -> None:
    assert staff(*ACT).get(url("act", attempt, "cancel")).status_code == 405
    assert VerificationAttempt.objects.get().status == "pending"


def test_an_act_about_what_is_gone_does_nothing(attempt: Any, staff: Any) -> None:
    VerificationAttempt.objects.all().delete()
    assert staff(*ACT).post(url("act", attempt, "cancel")).status_code == 302


# The whole number


@pytest.mark.parametrize("permissions", [LOOK, SEE], ids=["look", "see"])
def test_whoever_sees_the_whole_number_is_written_down(
    permissions: list[str], attempt: Any, status: PhoneStatus, phone: str, staff: Any
) -> None:
    browser, may = staff(*permissions), permissions == SEE
    for row in (attempt, status):
        page = browser.get(url("change", row))
        assert (phone in text(page)) == may
        assert "+380•••••••03" in page.content.decode().partition("</title>")[0], "a title is in the browser's history"
        assert ("Saw the whole phone number." in text(browser.get(url("history", row)))) == may
        assert phone not in text(browser.get(url("changelist", model=row._meta.model_name)))
        assert phone not in text(browser.get(url("history", row)))
    assert LogEntry.objects.filter(action_flag=4).count() == (2 if may else 0)


# The services alone


def test_a_block_has_a_reason_and_a_time(phone: str) -> None:
    for wrongly in ({"reason": " "}, {"reason": "x", "seconds": 0}):
        with pytest.raises(ValueError):
            services.block(phone, **wrongly)
    with pytest.raises(ValidationError):
        services.block("nonsense", reason="x")
    with pytest.raises(DestinationNotAllowed):
        services.block("101", reason="x")
    assert not services.unblock(phone) and not services.release(phone)
    assert services.block(phone, reason="x" * 999).block_reason == "x" * 255


def test_who_did_it_is_logged_and_the_number_is_masked(phone: str, user: Any, caplog: pytest.LogCaptureFixture) -> None:
    services.block(phone, reason="x", by=user)
    (record,) = caplog.records
    assert record.getMessage() == "The number +380•••••••03 was blocked." and record.by == str(user.pk)


def test_a_block_leaves_the_owner(status: PhoneStatus, phone: str, user: Any) -> None:
    services.block(phone, reason="x")
    assert PhoneStatus.objects.get().user == user
    assert services.release(phone)
    released = PhoneStatus.objects.get()
    assert (released.user, released.verified_at, released.verified_channel) == (None, None, "")
    assert released.blocked_until is not None
