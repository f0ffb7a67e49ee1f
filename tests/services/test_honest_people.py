"""What keeps strangers out keeps nobody else out: with the settings as they come, and everything used up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count, cycle
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.exceptions import FlashcallError, RateLimited
from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import in_seconds
from django_flashcall.providers.base import Message
from django_flashcall.services import Client
from django_flashcall.services.client import _warn_about_proxy
from tests.api.client import Api

pytestmark = pytest.mark.django_db

ADDRESSES = [f"93.184.216.{n}" for n in range(1, 101)]
ELSEWHERE = "91.198.36.14"


@pytest.fixture
def strewn() -> Iterator[str]:
    """Numbers of UA, no two of them neighbours."""
    return (f"+38{operator}{n}4503" for operator in ("050", "067", "063") for n in range(100, 1000))


@pytest.fixture
def owner(user: Any, phone: str) -> Any:
    """The verified owner of `phone`."""
    PhoneStatus.objects.create(phone_number=phone, user=user, verified_at=in_seconds(0), verified_channel="flashcall")
    return user


@pytest.fixture
def log_in(owner: Any, phone: str, outbox: list[Message]) -> Callable[[str], str]:
    """Let the owner, who has shown the first factor, do the second one from an address; return its outcome."""

    def log_in(address: str) -> str:
        client = Client(ip_address=address)
        attempt = services.request_verification(phone, purpose="login", user=owner, client=client)
        outcome = services.verify(attempt.pk, code=outbox[-1].code.digits, user=owner)
        services.redeem(outcome.proof, purpose="login", user=owner)
        return str(outcome.status)

    return log_in


class Stranger:
    """Somebody with a hundred addresses, who does not want the owner of a number to get in."""

    def __init__(self, phone: str, outbox: list[Message], user: Any = None) -> None:
        self.phone, self.outbox, self.user = phone, outbox, user
        self.addresses = cycle(ADDRESSES)

    def ask(self, number: str) -> VerificationAttempt | None:
        """Ask for a code from the next address; None where it is refused."""
        with suppress(FlashcallError):
            return services.request_verification(number, user=self.user, client=Client(ip_address=next(self.addresses)))
        return None

    def guess(self, attempt: VerificationAttempt) -> None:
        """Enter wrong codes until the attempt is exhausted."""
        right = self.outbox[-1].code.digits
        while services.verify(attempt.pk, code=str(int(right[0]) % 9 + 1) + right[1:], user=self.user).checks_left:
            pass

    def use_up(self, age: Callable[[float], None], spoil: Callable[[VerificationAttempt], None]) -> None:
        """Ask for codes to the number for a quarter of an hour, and spoil each attempt."""
        for _ in range(30):
            attempt = self.ask(self.phone)
            if attempt is not None:
                spoil(attempt)
            age(31)

    def flood(self, numbers: Iterator[str]) -> int:
        """Ask for codes to `numbers` until each of the addresses was refused; return how many calls it got."""
        refused, calls = 0, 0
        for number in numbers:
            calls, refused = (calls, refused + 1) if self.ask(number) is None else (calls + 1, 0)
            if refused == len(ADDRESSES):
                break
        return calls


class TestOwner:
    """From a hundred addresses a stranger cannot make a verified owner's login fail."""

    @pytest.fixture(params=["nobody", "a user"])
    def villain(self, request: Any, phone: str, outbox: list[Message], stranger: Any) -> Stranger:
        return Stranger(phone, outbox, stranger if request.param == "a user" else None)

    def test_whose_number_was_guessed_at(self, villain: Stranger, log_in: Any, age: Any, sent_signals: Any) -> None:
        villain.use_up(age, villain.guess)
        assert VerificationAttempt.objects.count() == 3
        assert "phone_failures" in {about.get("scope") for _, about in sent_signals}
        assert log_in(ELSEWHERE) == "verified"

    def test_whose_number_was_called(self, villain: Stranger, log_in: Any, age: Any, sent_signals: Any) -> None:
        villain.use_up(age, lambda attempt: services.cancel(attempt.pk, user=villain.user))
        assert VerificationAttempt.objects.count() == 10
        assert {about.get("scope") for name, about in sent_signals if name == "limit_hit"} == {"phone"}
        assert log_in(ELSEWHERE) == "verified"

    def test_while_a_strangers_attempt_is_open(self, villain: Stranger, phone: str, log_in: Any) -> None:
        attempt = villain.ask(phone)
        assert attempt is not None
        assert log_in(ELSEWHERE) == "verified"
        assert services.get_attempt(attempt.pk, user=villain.user).standing.state == "pending"

    def test_whose_neighbours_were_called(self, phone: str, log_in: Any, outbox: list[Message]) -> None:
        assert Stranger(phone, outbox).flood(f"{phone[:-4]}{n}" for n in range(1000, 2000)) == 60
        assert log_in(ELSEWHERE) == "verified"

    def test_when_the_site_sends_no_more_to_strangers(
        self, phone: str, log_in: Any, outbox: list[Message], strewn: Iterator[str]
    ) -> None:
        assert Stranger(phone, outbox).flood(strewn) == 900
        with pytest.raises(RateLimited):
            services.request_verification(phone, client=Client(ip_address=ELSEWHERE))
        assert log_in(ELSEWHERE) == "verified"

    def test_who_shares_his_address_with_the_stranger(
        self, phone: str, log_in: Any, outbox: list[Message], strewn: Iterator[str]
    ) -> None:
        for _ in range(100):
            services.request_verification(next(strewn), client=Client(ip_address=ELSEWHERE))
        with pytest.raises(RateLimited) as limited:
            services.request_verification(next(strewn), client=Client(ip_address=ELSEWHERE))
        assert limited.value.scope == "ip"
        assert log_in(ELSEWHERE) == "verified"

    def test_who_is_himself_held_by_what_he_does(self, owner: Any, phone: str, log_in: Any, age: Any) -> None:
        for _ in range(5):
            assert log_in(ELSEWHERE) == "verified"
            age(31)
        with pytest.raises(RateLimited) as limited:
            log_in(ELSEWHERE)
        assert limited.value.scope == "owner"


class TestSharedAddresses:
    """A carrier's NAT, and a proxy that nobody declared."""

    @pytest.fixture
    def people(self) -> Iterator[str]:
        return (f"+38050{n % 1000:03}{n:04}" for n in count(1000))

    def crowd(self, people: Iterator[str], size: int, address: str) -> list[int | None]:
        """Let people ask from one address; return how long each who was refused is told to wait, and else None."""
        waits: list[int | None] = []
        for _ in range(size):
            try:
                services.request_verification(next(people), client=Client(ip_address=address))
                waits.append(None)
            except RateLimited as limited:
                waits.append(limited.retry_after)
        return waits

    def test_five_hundred_people_behind_a_carrier_do_not_stop_the_site(
        self, people: Iterator[str], log_in: Any, age: Any
    ) -> None:
        waits = self.crowd(people, 500, "93.184.216.34")
        assert waits[:100] == [None] * 100
        assert all(wait is not None and 3000 <= wait <= 3600 for wait in waits[100:])
        assert set(Limit.objects.filter(scope="site").values_list("count", flat=True)) == {100}
        assert self.crowd(people, 100, ELSEWHERE) == [None] * 100
        assert log_in("93.184.216.34") == "verified"
        age(3600)
        assert self.crowd(people, 100, "93.184.216.34") == [None] * 100

    def test_all_of_them_are_called_where_the_site_says_so(self, people: Iterator[str], flashcall: Any) -> None:
        flashcall(LIMITS={"ip": "600/h"})
        assert self.crowd(people, 500, "93.184.216.34") == [None] * 500

    def test_behind_a_proxy_that_nobody_declared_everybody_is_called(self, people: Iterator[str], caplog: Any) -> None:
        _warn_about_proxy.cache_clear()
        api = Api(REMOTE_ADDR="10.0.0.7", HTTP_X_FORWARDED_FOR="93.184.216.34")
        assert {api.start(next(people)).status_code for _ in range(500)} == {201}
        warnings = [record for record in caplog.records if "TRUSTED_PROXY_COUNT" in record.getMessage()]
        assert [record.levelno for record in warnings] == [logging.WARNING]


class TestMistakes:
    """A lost reply and a mistyped number."""

    KEY = {"HTTP_IDEMPOTENCY_KEY": "2d1f7b0e-5a57-4f0e-9d55"}

    def test_a_lost_reply_costs_nobody_a_call(self, phone: str, outbox: list[Message]) -> None:
        api = Api(**self.KEY)
        lost, repeated = api.start(phone), api.start(phone)
        assert (repeated.status_code, repeated.body["id"]) == (201, lost.body["id"])
        assert len(outbox) == 1 and set(Limit.objects.values_list("count", flat=True)) == {1}
        entered = [api.verify(lost.body["id"], code=outbox[0].code.digits) for _ in range(2)]
        assert [response.status_code for response in entered] == [200, 200]
        assert entered[0].body["proof"] == entered[1].body["proof"]
        assert len(outbox) == 1

    def test_without_a_key_it_does_not_either(self, phone: str, outbox: list[Message]) -> None:
        api = Api()
        assert [api.start(phone).status_code for _ in range(2)] == [201, 429]
        assert len(outbox) == 1

    @pytest.mark.parametrize("signed_in", [False, True])
    def test_a_mistyped_number_is_corrected_at_once(
        self, phone: str, user: Any, outbox: list[Message], signed_in: bool
    ) -> None:
        api = Api(REMOTE_ADDR=ELSEWHERE)
        if signed_in:
            api.force_login(user)
        assert api.start("+38050123450").status_code == 400
        assert api.start("+380501234530").status_code == 201
        corrected = api.start(phone)
        assert corrected.status_code == 201
        assert api.verify(corrected.body["id"], code=outbox[-1].code.digits).status_code == 200
        assert [message.phone_number for message in outbox] == ["+380501234530", phone]
