"""The admin pages, on which staff review what happened."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connections
from django.db.models import F
from django.test import Client
from django.urls import reverse

from django_flashcall import services
from django_flashcall.admin import base
from django_flashcall.admin.states import STATES, in_state, with_state
from django_flashcall.codes import Code
from django_flashcall.exceptions import DeliveryFailed
from django_flashcall.models import Delivery, PhoneStatus, Standing, VerificationAttempt, transactions
from django_flashcall.models.clock import in_seconds
from django_flashcall.providers import memory
from django_flashcall.providers.base import Message, Result, Status

pytestmark = pytest.mark.django_db

ATTEMPTS, STATUSES = "verificationattempt", "phonestatus"
ROWS = {ATTEMPTS: VerificationAttempt, STATUSES: PhoneStatus}
HOUR = 3600


def url(page: str, model: str = ATTEMPTS, *args: Any) -> str:
    return reverse(f"admin:flashcall_{model}_{page}", args=args)


@pytest.fixture
def staff() -> Client:
    """A browser in which a superuser is signed in: whatever is refused to him is refused to all."""
    browser = Client()
    browser.force_login(get_user_model().objects.create_superuser("root"))
    return browser


@pytest.fixture
def clerk() -> Callable[..., Client]:
    """A browser in which a member of staff with these permissions is signed in."""

    def sign_in(*permissions: str) -> Client:
        clerk = get_user_model().objects.create_user("clerk", is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        browser = Client()
        browser.force_login(clerk)
        return browser

    return sign_in


@pytest.fixture
def page(staff: Client) -> Callable[..., str]:
    """The text of a page that a superuser opens."""

    def read(*where: Any, **query: str) -> str:
        response = staff.get(url(*where), query)
        assert response.status_code == 200, response
        return response.content.decode()

    return read


@pytest.fixture
def status(phone: str, user: Any) -> PhoneStatus:
    """The status of a number that its owner has proved."""
    PhoneStatus.objects.give(phone, user=user, channel="flashcall")
    return PhoneStatus.objects.get()


@pytest.fixture
def attempt_in(
    phone: str, code: Callable[[], str], wrong: Callable[[str], str], age: Callable[..., None]
) -> Callable[[str], VerificationAttempt]:
    """Bring an attempt into a state."""

    def bring(state: str) -> VerificationAttempt:
        if state == "failed":
            memory.clear()
            memory.fail()
            with pytest.raises(DeliveryFailed):
                services.request_verification(phone)
            return VerificationAttempt.objects.get()
        attempt = services.request_verification(phone)
        match state:
            case "verified":
                services.verify(attempt.pk, code=code())
            case "canceled":
                services.cancel(attempt.pk)
            case "exhausted":
                for _ in range(attempt.max_checks):
                    services.verify(attempt.pk, code=wrong(code()))
            case "expired":
                age(HOUR)
        return attempt

    return bring


def cells(page: str, field: str) -> list[str]:
    """Return what a list, or the rows of an inline, show in the column of a field."""
    found = re.findall(rf'<t[dh] class="field-{field}[^>]*>(.*?)</t[dh]>', page, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in found]


def state_of(page: str) -> str:
    """Return the state that the page of an attempt or a number has beside its number."""
    (found,) = re.findall(r"<h1>[^<]*<span[^>]*>(.*?)</span>", page)
    return html.unescape(found)


def story(page: str) -> str:
    """Return the story of an attempt, as text."""
    found = re.findall(r'<ol class="flashcall-story">(.*?)</ol>', page, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", "".join(found))).split())


# What is derived


@pytest.mark.parametrize("state", STATES)
def test_the_list_and_the_page_of_an_attempt_name_its_state(state: str, attempt_in: Any, page: Any) -> None:
    attempt = attempt_in(state)

    assert cells(page("changelist"), "state") == [state]
    assert state_of(page("change", ATTEMPTS, attempt.pk)) == state


def test_the_admin_derives_the_state_that_the_services_act_on() -> None:
    """Every combination of what a state is derived from, with one delivery and with an earlier one."""
    rows = itertools.product(VerificationAttempt.Status, [0, 3], [HOUR, -HOUR], *_deliveries_before_last())
    attempts, deliveries = [], []
    for status, checks, left, earlier, newest in rows:
        attempt = VerificationAttempt(
            phone_number="+380501234503",
            purpose="signup",
            status=status,
            checks=checks,
            max_checks=3,
            created_at=in_seconds(-3 * HOUR),
            expires_at=in_seconds(left),
            continue_until=in_seconds(left),
            verified_at=in_seconds(-2 * HOUR) if status == "verified" else None,
        )
        attempts.append(attempt)
        for minutes, delivery in enumerate(filter(None, [earlier, newest])):
            delivered, code_left = delivery
            deliveries.append(
                Delivery(
                    attempt=attempt,
                    channel="sms",
                    status=delivered,
                    code_length=4,
                    created_at=in_seconds(-2 * HOUR + 60 * minutes),
                    expires_at=in_seconds(code_left),
                )
            )
    VerificationAttempt.objects.bulk_create(attempts)
    Delivery.objects.bulk_create(deliveries)

    all_attempts = with_state(VerificationAttempt.objects.all())
    derived = dict(all_attempts.values_list("pk", "state"))

    assert set(derived.values()) == set(STATES)
    assert derived == {pk: Standing.by_id(pk, transactions.database()).state for pk in derived}
    assert derived == {
        pk: state for state in STATES for pk in in_state(all_attempts, state).values_list("pk", flat=True)
    }


def _deliveries_before_last() -> tuple[list[Any], list[Any]]:
    newest = list(itertools.product(Delivery.Status, [HOUR, -HOUR]))
    earlier = list(itertools.product([Delivery.Status.ACCEPTED, Delivery.Status.REJECTED], [HOUR, -HOUR]))
    return [None, *earlier], newest


@pytest.mark.parametrize("state", STATES)
def test_the_list_is_filtered_by_derived_state(state: str, attempt_in: Any, page: Any) -> None:
    attempt_in(state)

    assert {other for other in STATES if cells(page("changelist", state=other), "state")} == {state}


def test_a_delivery_that_was_left_in_the_air_is_shown_as_unknown(attempt: Any, age: Any, page: Any) -> None:
    Delivery.objects.update(status=Delivery.Status.CREATED)
    assert "It is being sent just now." in story(page("change", ATTEMPTS, attempt.pk))

    age(60)

    assert "Whether it was sent is not known." in story(page("change", ATTEMPTS, attempt.pk))


def test_a_number_is_blocked_until_the_database_says_otherwise(status: PhoneStatus, page: Any) -> None:
    assert cells(page("changelist", STATUSES), "state") == ["verified"]

    PhoneStatus.objects.update(blocked_until=in_seconds(60), block_reason="Asked us to")
    blocked = page("changelist", STATUSES)
    assert cells(blocked, "state") == ["verified, blocked"]
    assert cells(blocked, "block_reason") == ["Asked us to"]
    assert state_of(page("change", STATUSES, status.pk)) == "verified, blocked"

    PhoneStatus.objects.update(blocked_until=in_seconds(-60))
    assert cells(page("changelist", STATUSES), "state") == ["verified"]


def test_a_number_whose_owner_is_gone_is_not_called_verified(status: PhoneStatus, user: Any, page: Any) -> None:
    user.delete()

    assert cells(page("changelist", STATUSES), "state") == ["-"]
    assert state_of(page("change", STATUSES, status.pk)) == "nobody's"


# What is shown


def test_the_list_shows_what_was_tried(user: Any, phone: str, code: Any, wrong: Any, age: Any, page: Any) -> None:
    attempt = services.request_verification(phone, user=user)
    services.verify(attempt.pk, code=wrong(code()), user=user)
    for channel in ("sms", "flashcall"):
        age(40)
        services.fall_back(attempt.pk, channel=channel, user=user)

    listed = page("changelist")

    assert cells(listed, "phone") == ["+380•••••••03"]
    assert cells(listed, "purpose") == ["signup"]
    assert cells(listed, "channels") == ["flash call, SMS"]
    assert cells(listed, "wrong_codes") == ["1 of 3"]
    assert cells(listed, "user") == ["olena"]


def test_the_page_of_an_attempt_shows_its_deliveries_oldest_first(phone: str, age: Any, page: Any) -> None:
    memory.fail("flashcall", error_code="invalid_number")
    attempt = services.request_verification(phone)
    Delivery.objects.filter(channel="sms").update(cost=Decimal("0.25"), currency="UAH")
    Delivery.objects.filter(channel="flashcall").update(created_at=F("created_at") - timedelta(seconds=1))

    told = story(page("change", ATTEMPTS, attempt.pk))

    order = ["Refused by the provider: flash call", "the provider does not accept this number", "SMS sent", "0.25 UAH"]
    assert [told.index(part) for part in order] == sorted(told.index(part) for part in order)
    assert cells(page("changelist"), "cost") == ["0.25 UAH"]


def test_times_are_the_site_s_and_have_seconds(attempt: VerificationAttempt, page: Any) -> None:
    created = datetime(2026, 10, 25, 0, 59, 7, tzinfo=UTC)  # a minute before Kyiv's clocks go back
    VerificationAttempt.objects.update(created_at=created)
    Delivery.objects.update(created_at=created, expires_at=created + timedelta(seconds=90))

    told = page("change", ATTEMPTS, attempt.pk)

    assert 'title="25\xa0Oct\xa02026\xa003:59:07"' in page("changelist")
    assert cells(page("changelist"), "created")[0].endswith(" ago")
    assert "25\xa0Oct\xa02026\xa003:59:07" in told and "25\xa0Oct\xa02026\xa003:00:37" in told


def test_the_newest_attempt_comes_first(page: Any) -> None:
    for last in "123":
        services.request_verification(f"+38050123450{last}")

    listed = page("changelist")
    assert [number[-1] for number in cells(listed, "phone")] == ["3", "2", "1"]
    assert "?o=" not in listed


@pytest.mark.parametrize("state", STATES)
def test_no_page_shows_a_secret(state: str, attempt_in: Any, user: Any, clerk: Any, phone: str) -> None:
    """Neither a number nor a digest nor a code, wherever an attempt or a number is shown or named."""
    memory.script("flashcall", Result(status=Status.ACCEPTED, code=Code("86754231")))
    attempt = attempt_in(state)
    VerificationAttempt.objects.update(context_digest="c0ffee" * 10, idempotency_digest="decade" * 10)
    PhoneStatus.objects.give(phone, user=user, channel="flashcall")
    status = PhoneStatus.objects.get()
    names = ["phone_digest", "context_digest", "idempotency_digest"]
    secrets = [phone, phone[4:], "86754231", *VerificationAttempt.objects.values_list(*names).get()]
    secrets += Delivery.objects.values_list("code_digest", flat=True)
    addresses = [reverse("admin:index"), reverse("admin:app_list", args=["flashcall"])]
    for model, row in ((ATTEMPTS, attempt), (STATUSES, status)):
        addresses += [url("changelist", model), url("change", model, row.pk), url("history", model, row.pk)]
    addresses += [url("changelist") + f"?state={state}&q={attempt.pk}", url("changelist", STATUSES) + "?q=olena"]

    addresses.append(reverse("admin:flashcall_limit_changelist"))
    browser = clerk("view_verificationattempt", "view_phonestatus", "view_limit", "view_delivery")
    for address in addresses:
        response = browser.get(address)
        assert response.status_code == 200
        text = html.unescape(response.content.decode())
        assert [secret for secret in secrets if secret in text] == [], address
        assert "digest" not in text


@pytest.mark.parametrize("model", ROWS)
@pytest.mark.parametrize(
    "lookup",
    ["phone_number__startswith", "phone_number", "phone_digest__startswith", "deliveries__code_digest", "o__x"],
)
def test_no_hidden_column_is_told_by_filtering_on_it(model: str, lookup: str, attempt: Any, staff: Client) -> None:
    assert staff.get(url("changelist", model), {lookup: "+3805"}).status_code == 400


# What is found


@pytest.mark.parametrize("spelling", ["attempt", "ATTEMPT", "attempt hex", "delivery", "delivery hex", "provider's id"])
def test_an_attempt_is_found_by_any_of_its_ids(spelling: str, attempt: Any, page: Any) -> None:
    services.request_verification("+380501234504")
    delivery = attempt.standing.newest
    Delivery.objects.filter(pk=delivery.pk).update(provider_message_id="abc123def456")
    term = {
        "attempt": str(attempt.pk),
        "ATTEMPT": str(attempt.pk).upper(),
        "attempt hex": attempt.pk.hex,
        "delivery": f"  {delivery.pk} ",
        "delivery hex": delivery.pk.hex,
        "provider's id": "abc123def456",
    }[spelling]

    assert cells(page("changelist", q=term), "phone") == ["+380•••••••03"]


def test_attempts_and_numbers_are_found_by_user_name(user: Any, stranger: Any, phone: str, page: Any) -> None:
    services.request_verification(phone, user=user)
    services.request_verification("+380501234504", user=stranger)
    PhoneStatus.objects.give(phone, user=user, channel="sms")
    PhoneStatus.objects.give("+380501234504", user=stranger, channel="sms")

    assert cells(page("changelist", q="olena"), "user") == ["olena"]
    assert cells(page("changelist", STATUSES, q=" olena "), "user") == ["olena"]
    assert cells(page("changelist", STATUSES, q="ole"), "user") == []


@pytest.mark.parametrize("term", ["+380501234503", "380501234503", "0501234503", "1234503"])
def test_a_number_is_not_searched_for(term: str, attempt: Any, status: PhoneStatus, page: Any) -> None:
    """It would stay in the address: in the browser's history and in every log on the way."""
    assert cells(page("changelist", q=term), "phone") == []
    assert cells(page("changelist", STATUSES, q=term), "phone") == []


@pytest.mark.parametrize(
    "term",
    ["zzz", "0" * 32, "{" + "0" * 32, "1_" * 16, "urn:uuid:", "%", "'", "\\", "１" * 32, "-" * 36, "9" * 5000, "a\0b"],
)
def test_a_malformed_id_is_found_nowhere(term: str, attempt: Any, status: PhoneStatus, staff: Client) -> None:
    for model, row in ((ATTEMPTS, attempt), (STATUSES, status)):
        searched = staff.get(url("changelist", model), {"q": term})
        assert searched.status_code == 200
        # Django's own form refuses a NUL, says so and shows the whole list.
        assert cells(searched.content.decode(), "phone") == (["+380•••••••03"] if "\0" in term else [])

        for kind in ("change", "history"):
            assert staff.get(url(kind, model, row.pk)).status_code == 200
            assert staff.get(url(kind, model, "x" + term)).status_code in {302, 404}
            assert staff.get(url(kind, model, term)).status_code in {302, 404}


@pytest.mark.parametrize("field", ["id", "last_login", "is_staff"])
def test_a_user_name_that_is_no_text_breaks_no_search(
    field: str, attempt: Any, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_user_model(), "USERNAME_FIELD", field)

    assert cells(page("changelist", q=str(attempt.pk)), "phone") == ["+380•••••••03"]


def test_the_list_is_filtered_by_declared_purposes(flashcall: Any, user: Any, phone: str, page: Any) -> None:
    flashcall(PURPOSES={"signup": {}, "parcel": {}})
    services.request_verification(phone, purpose="parcel", user=user)

    assert "?purpose=parcel" in page("changelist")
    assert cells(page("changelist", purpose="parcel"), "purpose") == ["parcel"]
    assert cells(page("changelist", purpose="signup"), "purpose") == []


def test_the_list_is_filtered_by_age(attempt: Any, age: Any, page: Any) -> None:
    def windows() -> list[str]:
        return [window for window in ("1h", "24h", "7d", "30d") if cells(page("changelist", created=window), "phone")]

    found = []
    for hours in (0, 2, 24, 6 * 24, 24 * 24):
        age(hours * HOUR, attempt)
        found.append(windows())

    assert found == [["1h", "24h", "7d", "30d"], ["24h", "7d", "30d"], ["7d", "30d"], ["30d"], []]


@pytest.mark.parametrize("name", ["state", "purpose", "created"])
@pytest.mark.parametrize("value", ["", "nonsense", "a\0b"])
def test_a_filter_that_is_not_on_offer_changes_nothing(name: str, value: str, attempt: Any, page: Any) -> None:
    assert cells(page("changelist", **{name: value}), "phone") == ["+380•••••••03"]


class ReadsFromReplica:
    """A site's database router."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "replica" if model._meta.app_label == "flashcall" else None


def test_the_pages_read_the_database_that_is_written(
    attempt: Any, status: PhoneStatus, page: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/there/is/no/such/replica", "OPTIONS": {}}
    monkeypatch.setitem(connections.settings, "replica", {**connections.settings["default"], **nowhere})
    settings.DATABASE_ROUTERS = ["tests.test_admin.ReadsFromReplica"]

    assert cells(page("changelist", q=str(attempt.pk)), "channels") == ["flash call"]
    assert "Called" in story(page("change", ATTEMPTS, attempt.pk))
    assert cells(page("changelist", STATUSES), "state") == ["verified"]


# What it costs


@pytest.fixture
def many_attempts(outbox: list[Message]) -> Callable[[int, int], None]:
    """Attempts of as many users, each with two deliveries."""

    def make(first: int, last: int) -> None:
        memory.fail("flashcall")
        for number in range(first, last):
            user = get_user_model().objects.create_user(f"user{number}")
            services.request_verification(f"+38050{number:03}4503", user=user)
        # SQLite's clock counts milliseconds, and both deliveries may be of the same one.
        Delivery.objects.filter(channel="flashcall").update(created_at=F("created_at") - timedelta(seconds=1))

    return make


SIGNED_IN = 2
"""Queries that tell who it is: the session and the user."""


@pytest.mark.parametrize(
    ("query", "queries"),
    [({}, 3), ({"created": "1h"}, 3), ({"state": "pending"}, 4), ({"purpose": "signup", "channel": "sms"}, 4)],
)
def test_the_list_costs_three_queries_however_long_it_is(
    query: dict[str, str], queries: int, many_attempts: Any, page: Any, django_assert_num_queries: Any
) -> None:
    """The count, the rows with their users and states, and the deliveries; and how far the filters look."""
    for first, last in ((0, 5), (5, 50)):
        many_attempts(first, last)
        with django_assert_num_queries(SIGNED_IN + queries):
            listed = page("changelist", **query)
        assert cells(listed, "channels") == ["flash call, SMS"] * last


def test_no_filter_is_counted_out(attempt: Any, page: Any, django_assert_num_queries: Any) -> None:
    """Django offers how many rows each choice has, and reads the whole table for each."""
    with django_assert_num_queries(SIGNED_IN + 3):
        assert "Show counts" not in page("changelist", _facets="True")


def test_a_search_costs_two_queries_more(attempt: Any, page: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(SIGNED_IN + 5):
        page("changelist", q=str(attempt.pk))


def test_the_page_of_an_attempt_costs_seven_queries(
    many_attempts: Any, page: Any, django_assert_num_queries: Any
) -> None:
    """The attempt, its deliveries, its number, the limits, wrong codes, what staff did, and that somebody looks."""
    many_attempts(0, 1)
    attempt = VerificationAttempt.objects.get()
    page("change", ATTEMPTS, attempt.pk)  # Django remembers its content types

    with django_assert_num_queries(SIGNED_IN + 7):
        page("change", ATTEMPTS, attempt.pk)


def test_the_list_of_numbers_costs_two_queries_however_long_it_is(page: Any, django_assert_num_queries: Any) -> None:
    for first, last in ((0, 5), (5, 50)):
        for number in range(first, last):
            user = get_user_model().objects.create_user(f"user{number}")
            PhoneStatus.objects.give(f"+38050{number:03}4503", user=user, channel="sms")
        with django_assert_num_queries(SIGNED_IN + 2):
            assert len(cells(page("changelist", STATUSES), "user")) == last


def test_a_list_is_counted_only_so_far(
    many_attempts: Any, staff: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    many_attempts(0, 4)
    monkeypatch.setattr(base, "COUNTED", 3)

    with django_assert_num_queries(SIGNED_IN + 3) as queries:
        listed = staff.get(url("changelist")).context["cl"]

    assert listed.result_count == 3
    assert listed.full_result_count is None
    assert "LIMIT 3" in queries[SIGNED_IN]["sql"]
    assert "_DELIVERY" not in queries[SIGNED_IN]["sql"].upper()  # nobody's state is derived in order to count


# Who may what


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("model", ROWS)
def test_nobody_adds_or_deletes(model: str, method: str, attempt: Any, status: PhoneStatus, staff: Client) -> None:
    row = {ATTEMPTS: attempt, STATUSES: status}[model]

    assert getattr(staff, method)(url("add", model), {"post": "yes"}).status_code == 403
    assert getattr(staff, method)(url("delete", model, row.pk), {"post": "yes"}).status_code == 403
    assert ROWS[model].objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", ROWS)
def test_nobody_changes_anything(model: str, attempt: Any, status: PhoneStatus, staff: Client) -> None:
    row = {ATTEMPTS: attempt, STATUSES: status}[model]
    before = ROWS[model].objects.values().get()

    assert staff.post(url("change", model, row.pk), {"status": "verified", "checks": 0}).status_code == 403
    listed = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes", "_save": "Save"}
    staff.post(url("changelist", model), listed)

    assert ROWS[model].objects.values().get() == before
    page = staff.get(url("change", model, row.pk)).content.decode()
    assert 'name="_save"' not in page
    assert 'type="text"' not in page
    assert "deletelink" not in page


@pytest.mark.parametrize("model", ROWS)
def test_staff_without_permission_sees_nothing(
    model: str, attempt: Any, status: PhoneStatus, clerk: Callable[..., Client]
) -> None:
    browser, row = clerk(), {ATTEMPTS: attempt, STATUSES: status}[model]

    for page in (url("changelist", model), url("change", model, row.pk), url("history", model, row.pk)):
        assert browser.get(page).status_code == 403
    assert "flashcall" not in browser.get(reverse("admin:index")).content.decode()


def test_each_table_has_a_permission_of_its_own(attempt: Any, status: Any, clerk: Callable[..., Client]) -> None:
    browser = clerk("view_verificationattempt")

    detail = browser.get(url("change", ATTEMPTS, attempt.pk))
    assert detail.status_code == 200
    assert "Open the number" not in detail.content.decode()
    assert browser.get(url("changelist", STATUSES)).status_code == 403


@pytest.mark.parametrize("right", ["add", "change", "delete"])
def test_no_permission_lets_staff_write(right: str, attempt: Any, clerk: Callable[..., Client]) -> None:
    browser = clerk(f"{right}_verificationattempt", "view_verificationattempt")
    page = url(right, ATTEMPTS, *([] if right == "add" else [attempt.pk]))

    assert browser.post(page, {"post": "yes"}).status_code == 403
