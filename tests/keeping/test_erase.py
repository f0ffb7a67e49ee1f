"""manage.py flashcall_erase."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from django_flashcall import codes, services
from django_flashcall.conf import secrets
from django_flashcall.exceptions import DeliveryFailed
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.providers.memory import MemoryProvider
from django_flashcall.services import erasing, limit_keys
from django_flashcall.services.holdings import Subject
from tests.concurrency.deadlocks import deadlocks
from tests.concurrency.together import together
from tests.keeping.conftest import ADDRESS, ADDRESS_6, AGENT, NUMBER, OTHER, Said, dump

pytestmark = pytest.mark.django_db

NONE = {"attempts": 0, "deliveries": 0, "limits": 0, "phones": 0, "log_entries": 0}
Run = Callable[..., Said]


def traces(number: str, addresses: tuple[str, ...], user: Any = None) -> list[str]:
    """Return all by which somebody could be found in a dump."""
    digests = [codes.digest(secret, "phone", number) for secret in secrets()]
    values = [*limit_keys.of_number(number)]
    values += [("ip", services.Client(address).ip_bucket or "") for address in addresses]
    values += [] if user is None else [("user", str(user.pk))]
    rates = ["50/10m", "120/d", "5/10m", "30/24h", "100/60m", "20/h", "1/30s", "1/0s"]
    keys = [
        limit_keys.key(secret, scope, rate, value) for secret in secrets() for scope, value in values for rate in rates
    ]
    return [number, *digests, *keys, *addresses]


def found(text: str, marks: list[str]) -> list[str]:
    return [mark for mark in marks if mark in text]


@pytest.mark.parametrize("whom", [[NUMBER], ["--user", "olena"], "id"], ids=["a number", "a user", "an id"])
def test_it_leaves_nothing(run: Run, held: None, user: Any, whom: Any) -> None:
    arguments = ["--user-id", str(user.pk)] if whom == "id" else whom
    marks = traces(NUMBER, (ADDRESS, ADDRESS_6), user=None if whom == [NUMBER] else user)
    others = traces(OTHER, ("192.0.32.10",))
    before, kept = dump(), set(found(dump(), others))
    assert len(found(before, marks)) >= 8
    said = run("flashcall_erase", "--json", *arguments)
    assert said.code == 0 and said.json["attempts"] == said.json["deliveries"] == 3 and said.json["phones"] == 1
    assert not found(dump(), [*marks, AGENT])
    assert set(found(dump(), others)) == kept and OTHER in kept
    assert get_user_model().objects.filter(pk=user.pk).exists()


def test_what_it_says_has_no_number(run: Run, held: None) -> None:
    said = run("flashcall_erase", NUMBER)
    assert said.out == "Erased: attempts: 3, deliveries: 3, limits: 9, phones: 1, log entries: 0.\n"


@pytest.mark.parametrize("spelled", [NUMBER, "050 123-45-03", "+380 (50) 123 45 03"])
def test_the_number_comes_over_standard_input_in_any_spelling(run: Run, held: None, spelled: str) -> None:
    assert run("flashcall_erase", "-", "--json", stdin=f"{spelled}\n").json["attempts"] == 3


def test_the_number_is_asked_for_and_so_is_whether_to_erase(run: Run, held: None) -> None:
    said = run("flashcall_erase", stdin=f"{NUMBER}\nno\n", terminal=True)
    assert (said.code, said.error) == (1, "Nothing was erased.")
    assert "Held: attempts: 3, " in said.err and NUMBER not in said.out + said.err
    assert VerificationAttempt.objects.filter(phone_number=NUMBER).count() == 3
    assert run("flashcall_erase", stdin=f"{NUMBER}\nyes\n", terminal=True).code == 0
    assert not VerificationAttempt.objects.filter(phone_number=NUMBER).exists()


def test_it_does_not_ask_where_it_is_told_not_to(run: Run, held: None) -> None:
    assert run("flashcall_erase", NUMBER, "--no-input", terminal=True).code == 0


@pytest.fixture
def acted(held: None, client: Any) -> None:
    """Staff who looked at both people, blocked both numbers, and took the list with them."""
    clerk = get_user_model().objects.create_superuser("root")
    client.force_login(clerk)
    for number in (NUMBER, OTHER):
        attempt = VerificationAttempt.objects.filter(phone_number=number).latest("pk")
        page = reverse("admin:flashcall_verificationattempt_change", args=[attempt.pk])
        assert client.get(page).status_code == 200
        block = reverse("admin:flashcall_verificationattempt_act", args=[attempt.pk, "block"])
        client.post(block, {"reason": f"Who has {number} asked us to", "seconds": 3600})
    client.get(reverse("admin:flashcall_verificationattempt_changelist"), {"format": "csv"})


@pytest.mark.parametrize("batch", [1, 500])
@pytest.mark.parametrize("whom", [[NUMBER], ["--user", "olena"]], ids=["a number", "a user"])
def test_what_staff_wrote_about_it_is_erased_with_it(
    run: Run, acted: None, whom: list[str], batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "BATCH", batch)
    assert LogEntry.objects.count() == 7
    assert run("flashcall_erase", "--dry-run", "--json", *whom).json["log_entries"] == 3
    assert run("flashcall_erase", "--json", *whom).json["log_entries"] == 3
    left = [entry.change_message for entry in LogEntry.objects.all()]
    assert len(left) == 4 and not [message for message in left if NUMBER in message]
    assert len([message for message in left if OTHER in message]) == 2
    assert "Exported to CSV, with whole numbers." in left


def test_a_site_without_the_admin_has_nothing_of_staff(run: Run, acted: None, settings: Any) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django.contrib.admin"]
    said = run("flashcall_erase", NUMBER, "--json").json
    assert (said["attempts"], said["log_entries"]) == (3, 0)


def test_a_dry_run_says_what_is_held_and_changes_nothing(run: Run, held: None) -> None:
    before = dump()
    dry = run("flashcall_erase", NUMBER, "--dry-run", "--json").json
    assert dump() == before
    assert run("flashcall_erase", NUMBER, "--json").json == {**dry, "dry_run": False}


def test_where_nothing_is_held_it_ends_with_three(run: Run, db: None) -> None:
    said = run("flashcall_erase", NUMBER, "--json")
    assert (said.code, said.error, said.json) == (3, "Nothing is held.", {"dry_run": False, **NONE})


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["call me"], 1, "This is not a phone number."),
        (["--user", "nobody"], 1, "There is no such user."),
        (["--user-id", "x'y"], 1, "There is no such user."),
        ([NUMBER, "--user", "olena"], 2, "Give a number or a user, and one of them."),
        ([], 2, "Give a number or a user; - reads the number from standard input."),
    ],
)
def test_what_is_wrong_is_told_without_what_was_given(
    run: Run, db: None, arguments: list[str], code: int, error: str
) -> None:
    said = run("flashcall_erase", *arguments)
    assert (said.code, said.error, said.out) == (code, error, "")


def test_a_database_that_is_away_fails_it(run: Run, db: None) -> None:
    def fail(*arguments: Any) -> None:
        raise DatabaseError(f"with {NUMBER} in it")

    with connection.execute_wrapper(fail):
        said = run("flashcall_erase", NUMBER)
    assert (said.code, said.error) == (1, "The database failed: DatabaseError.")


def test_a_number_that_retention_has_reduced_is_found_by_its_digest(run: Run, held: None) -> None:
    VerificationAttempt.objects.filter(phone_number=NUMBER).forget_numbers()
    assert run("flashcall_erase", NUMBER, "--json").json["attempts"] == 3


def test_what_was_written_under_an_earlier_key_is_erased_with_it(
    run: Run, held: None, user: Any, settings: Any
) -> None:
    marks = traces(NUMBER, (), user)
    VerificationAttempt.objects.filter(phone_number=NUMBER).forget_numbers()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-the-tests-that-signs-nothing-else-0123"
    services.request_verification(NUMBER, user=user)
    marks += traces(NUMBER, (), user)
    assert run("flashcall_erase", "--user", "olena", "--json").json["attempts"] == 4
    assert not found(dump(), marks)


def test_limits_whose_rate_has_left_the_settings_are_erased(run: Run, held: None, flashcall: Any) -> None:
    rows = Limit.objects.count()
    flashcall(LIMITS=dict.fromkeys(["phone", "owner", "ip", "user"], ""), COOLDOWN=5)
    assert run("flashcall_erase", NUMBER, "--json").json["limits"] == 9
    assert Limit.objects.count() == rows - 9


def test_a_number_that_can_be_no_longer_parsed_is_erased(run: Run, held: None) -> None:
    VerificationAttempt.objects.filter(phone_number=NUMBER).update(phone_number="+99912345678")
    assert run("flashcall_erase", "+99912345678", "--json").json["attempts"] == 3


def test_what_is_held_of_a_user_who_owns_nothing(run: Run, held: None, user: Any) -> None:
    PhoneStatus.objects.update(user=None)
    said = run("flashcall_erase", "--user", "olena", "--json").json
    assert (said["attempts"], said["phones"]) == (2, 0)


def test_it_goes_in_rounds(run: Run, held: None, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = traces(NUMBER, (ADDRESS, ADDRESS_6))
    monkeypatch.setattr(erasing, "BATCH", 1)
    assert run("flashcall_erase", "--user", "olena", "--json").json["attempts"] == 3
    assert not found(dump(), marks)


def test_one_that_died_half_way_is_run_again(run: Run, held: None, user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = traces(NUMBER, (ADDRESS, ADDRESS_6), user)
    monkeypatch.setattr(erasing, "BATCH", 1)
    erase_some = erasing._erase_some
    rounds = iter([erase_some])

    def die(subject: Subject) -> Any:
        return next(rounds)(subject)

    monkeypatch.setattr(erasing, "_erase_some", die)
    with pytest.raises(StopIteration):
        run("flashcall_erase", "--user", "olena")
    assert found(dump(), marks)
    monkeypatch.setattr(erasing, "_erase_some", erase_some)
    assert run("flashcall_erase", "--user", "olena", "--json").json["attempts"] == 2
    assert not found(dump(), marks)


@pytest.mark.django_db(transaction=True)
def test_a_host_cannot_roll_it_back(held: None) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        erasing.erase(Subject.of_number(NUMBER))


class ErasingProvider(MemoryProvider):
    """While it sends, somebody erases the number."""

    def send(self, message: Any, *, deadline: float) -> Any:
        erasing.erase(Subject.of_number(message.phone_number))
        return super().send(message, deadline=deadline)


@pytest.mark.django_db(transaction=True)
def test_a_request_whose_call_is_under_way_fails_and_leaves_nothing(flashcall: Any) -> None:
    flashcall(PROVIDERS={"default": {"CLASS": f"{__name__}.ErasingProvider"}})
    with pytest.raises(DeliveryFailed):
        services.request_verification(NUMBER)
    assert not VerificationAttempt.objects.exists() and not Delivery.objects.exists()
    assert not found(dump(), traces(NUMBER, ()))


@pytest.mark.django_db(transaction=True)
def test_beside_running_requests_nothing_fails_and_nothing_is_left(held: None, flashcall: Any, user: Any) -> None:
    """Requests that come while it runs are either erased or stay whole."""
    flashcall(COOLDOWN=0, FALLBACK_AFTER=0, LIMITS={"phone": "500/10m", "owner": "", "phone_failures": "", "user": ""})
    before = deadlocks()
    client = services.Client(ip_address=ADDRESS)

    def ask() -> None:
        attempt = services.request_verification(NUMBER, client=client)
        services.verify(attempt.pk, code="0000")
        services.fall_back(attempt.pk, channel="sms")

    calls = [ask, ask, partial(erasing.erase, Subject.of_number(NUMBER))] * 5
    outcomes = together(calls)
    failed = [one for one in outcomes if isinstance(one, Exception)]
    allowed = {"DeliveryFailed", "AttemptNotFound", "RateLimited"}
    assert {type(one).__name__ for one in failed} <= allowed, failed
    if connection.vendor != "mysql":  # where two INSERTs of one row that wait for its DELETE meet one, and try again
        assert deadlocks() == before
    attempts = VerificationAttempt.objects.filter(phone_number=NUMBER)
    assert (
        Delivery.objects.filter(attempt__phone_number=NUMBER).values("attempt").distinct().count() == attempts.count()
    )
    erasing.erase(Subject.of_number(NUMBER))
    assert not found(dump(), traces(NUMBER, (ADDRESS,)))


@pytest.mark.django_db(transaction=True)
def test_two_at_once_erase_each_row_once(held: None) -> None:
    before = deadlocks()
    counts = together([partial(erasing.erase, Subject.of_number(NUMBER))] * 4)
    assert sum(count["attempts"] for count in counts) == 3
    assert sum(count["phones"] for count in counts) == 1
    assert deadlocks() == before
