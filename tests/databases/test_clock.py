"""The clock is the database's, in UTC, whatever zones the server, the connection and the process are in."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from django_flashcall import services
from django_flashcall.exceptions import AttemptClosed, InvalidProof, RateLimited
from django_flashcall.models import VerificationAttempt, ids, standing

pytestmark = pytest.mark.django_db(transaction=True)

ZONES: dict[str, list[dict[str, Any]]] = {
    "mysql": [{"OPTIONS": {"init_command": f"SET time_zone = '{offset}'"}} for offset in ("+03:00", "-09:30")],
    "postgresql": [{"TIME_ZONE": "Europe/Kyiv"}, {"TIME_ZONE": "Pacific/Marquesas"}],
    "sqlite": [{}, {}],
}
"""By vendor: what puts a connection into a zone east, and one west, of Greenwich. SQLite knows none."""


@pytest.fixture(params=[("Europe/Kyiv", 0), ("Pacific/Kiritimati", 1)], ids=["east", "west"], autouse=True)
def zones(request: Any, connect_with: Callable[..., None], settings: Any) -> None:
    """A process and a connection in zones that are neither UTC nor, in the second case, near each other."""
    settings.TIME_ZONE, zone = request.param
    assert time.timezone != 0
    connect_with(**ZONES[connection.vendor][zone])
    assert connection_zone() not in {"UTC", "SYSTEM", "+00:00"}


def connection_zone() -> str:
    if connection.vendor == "sqlite":
        return "none"
    with connection.cursor() as cursor:
        cursor.execute("SHOW timezone" if connection.vendor == "postgresql" else "SELECT @@session.time_zone")
        return str(cursor.fetchone()[0])


def test_a_code_lives_until_its_ttl_is_over(attempt: VerificationAttempt, age: Any, code: Any) -> None:
    age(88)
    assert services.get_attempt(attempt.pk).standing.state == "pending"
    assert services.verify(attempt.pk, code=code()).status == "verified"


def test_and_no_longer(attempt: VerificationAttempt, age: Any, code: Any) -> None:
    age(90)
    assert services.get_attempt(attempt.pk).standing.state == "expired"
    assert services.verify(attempt.pk, code=code()).status == "expired"


def test_connections_in_different_zones_agree(
    attempt: VerificationAttempt, age: Any, code: Any, connect_with: Any
) -> None:
    for zone in ZONES[connection.vendor]:
        connect_with(**zone)
        assert 85 < services.get_attempt(attempt.pk).standing.expires_in <= 90
    age(90)
    for zone in ZONES[connection.vendor]:
        connect_with(**zone)
        assert services.verify(attempt.pk, code=code()).status == "expired"


def test_what_is_read_back_is_the_time_it_was(attempt: VerificationAttempt) -> None:
    attempt.refresh_from_db()
    assert abs((datetime.now(UTC) - attempt.created_at).total_seconds()) < 5


def test_a_further_code_lives_for_the_ttl_of_its_channel(attempt: VerificationAttempt, age: Any, code: Any) -> None:
    age(20)
    services.fall_back(attempt.pk)
    age(298)
    assert services.get_attempt(attempt.pk).standing.state == "pending"
    age(2)
    assert services.verify(attempt.pk, code=code()).status == "expired"


def test_what_a_reply_says_of_the_time(client: Any, phone: str) -> None:
    reply = client.post("/api/phone/verifications/", {"phone_number": phone}, "application/json").json()
    assert (reply["expires_in"], reply["next_channel_in"], reply["resend_in"]) == (90, 20, 30)
    left = parse_datetime(reply["expires_at"]) - datetime.now(UTC)
    assert 88 < left.total_seconds() <= 90


def test_what_a_later_reply_says_of_the_time(client: Any, attempt: VerificationAttempt, age: Any) -> None:
    age(15)
    reply = client.get(f"/api/phone/verifications/{attempt.pk}/").json()
    assert (reply["expires_in"], reply["next_channel_in"], reply["resend_in"]) == (75, 5, 15)


def test_a_number_rests_for_the_cooldown(attempt: VerificationAttempt, phone: str, age: Any) -> None:
    age(28)
    with pytest.raises(RateLimited) as limited:
        services.request_verification(phone)
    assert (limited.value.scope, limited.value.retry_after) in {("cooldown", 1), ("cooldown", 2)}
    age(2)
    assert services.request_verification(phone)


def test_a_limit_counts_for_its_period(phone: str, age: Any, flashcall: Any) -> None:
    flashcall(LIMITS={"phone_failures": ""})
    for _ in range(5):
        services.request_verification(phone)
        age(31)
    with pytest.raises(RateLimited) as limited:
        services.request_verification(phone)
    assert limited.value.scope == "phone"
    assert 440 < limited.value.retry_after <= 600 - 5 * 31
    age(600 - 5 * 31)
    assert services.request_verification(phone)


def test_an_attempt_takes_further_codes_for_ten_minutes(attempt: VerificationAttempt, age: Any) -> None:
    age(598)
    assert services.fall_back(attempt.pk).standing.state == "pending"
    age(2)
    with pytest.raises(AttemptClosed):
        services.fall_back(attempt.pk)


def test_a_proof_can_be_redeemed_for_its_age(attempt: VerificationAttempt, user: Any, age: Any, code: Any) -> None:
    proof = services.verify(attempt.pk, code=code()).proof
    age(598)
    assert services.redeem(proof, purpose="signup", user=user)


def test_and_not_afterwards(attempt: VerificationAttempt, user: Any, age: Any, code: Any) -> None:
    proof = services.verify(attempt.pk, code=code()).proof
    age(600)
    with pytest.raises(InvalidProof):
        services.redeem(proof, purpose="signup", user=user)


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)], ids=["fast", "slow"])
def test_a_process_whose_clock_is_wrong_keeps_to_the_databases(
    client: Any, phone: str, age: Any, code: Any, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + off

    right = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: right() + int(off.total_seconds()) * 10**9)
    monkeypatch.setattr(ids, "_latest", ids._latest)  # ids never go back, so that theirs would go on like this
    for module in (standing, timezone):
        monkeypatch.setattr(module, "datetime", Wrong)
    assert abs((timezone.now() - datetime.now(UTC)) - off) < timedelta(seconds=5)
    reply = client.post("/api/phone/verifications/", {"phone_number": phone}, "application/json").json()
    assert (reply["expires_in"], reply["next_channel_in"], reply["resend_in"]) == (90, 20, 30)
    age(88)
    assert services.get_attempt(reply["id"]).standing.state == "pending"
    age(2)
    assert services.verify(reply["id"], code=code()).status == "expired"
    assert client.get(f"/api/phone/verifications/{reply['id']}/").json()["expires_in"] == 0


@pytest.mark.only_on("mysql", why="no other server lets a connection choose the time")
@pytest.mark.parametrize(
    ("midnight", "before", "after"),
    [("2026-10-25", "+03:00", "+02:00"), ("2026-03-29", "+02:00", "+03:00")],
    ids=["back", "forward"],
)
def test_a_code_lives_its_ttl_on_the_night_when_clocks_go(
    phone: str, code: Any, midnight: str, before: str, after: str
) -> None:
    change = datetime.fromisoformat(f"{midnight}T01:00:00+00:00").timestamp()
    set_time(change - 30, before)
    attempt = services.request_verification(phone)
    assert attempt.standing.expires_in == 90
    set_time(change + 59, after)
    assert services.get_attempt(attempt.pk).standing.expires_in == 1
    set_time(change + 61, after)
    assert services.verify(attempt.pk, code=code()).status == "expired"


def set_time(seconds: float, zone: str) -> None:
    """Let the connection's clock stand at a time of the Unix epoch."""
    with connection.cursor() as cursor:
        cursor.execute("SET time_zone = %s, timestamp = %s", [zone, seconds])
