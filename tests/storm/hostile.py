"""People who want what is not theirs. Each class does one bad thing, again and again, until the storm is over."""

from __future__ import annotations

import base64
import itertools
import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.storm.ledger import Ledger
from tests.storm.wire import Answer, Broken, Client, fetch, public_address

START = "/phone/verifications/"
SEVERAL = 6
"""Requests that are sent at once."""
PASSWORD = "of-a-hostile-user"


@dataclass
class Field:
    """Where the hostile are."""

    port: int
    handset: int
    ledger: Ledger
    owned: Sequence[str]
    """Numbers that belong to somebody."""
    pool: ThreadPoolExecutor
    """Hands for what is sent at once."""

    def client(self, who: str, address: str | None = None) -> Client:
        return Client(self.port, self.ledger, who, address)

    def at_once(self, calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
        """Make calls at the same time; return the answers that came."""
        futures = [self.pool.submit(call) for call in calls]
        answers = []
        for future in futures:
            with suppress(Broken):
                answers.append(future.result())
        return answers

    def code(self, number: str, length: int) -> str | None:
        """Return the code that a phone shows, as soon as it does."""
        for _ in range(20):
            if shown := fetch(self.handset, f"/{number}"):
                return str(shown[-1]["shows"])[-length:]
            time.sleep(0.05)
        return None


def fresh_numbers(operator: str) -> Iterator[str]:
    """Return numbers of an operator that ring, no two alike and ten in a prefix. Any thread may take the next."""
    return map(partial(_fresh_number, operator), itertools.count())


def _fresh_number(operator: str, n: int) -> str:
    return f"+380{operator}{n // 10:03}{2000 + n % 10}"


class Guesser:
    """Has numbers called, and enters wrong codes, many at once: more than he may."""

    def __init__(self, field: Field, numbers: Sequence[str], purpose: str) -> None:
        self._field, self._numbers, self._purpose = field, numbers, purpose

    def act(self) -> None:
        client, number = self._field.client("guesser"), random.choice(self._numbers)
        answer = client.ask("POST", START, {"phone_number": number, "purpose": self._purpose})
        if answer.status != 201:
            return
        attempt_id = answer.body["id"]
        client.ledger.did("guessed attempts")
        # No code begins with 0: whoever is told that one of these is right was told a lie.
        guesses = [f"0{random.randrange(1000):03}" for _ in range(SEVERAL)]
        self._field.at_once([lambda guess=guess: client.verify(attempt_id, guess) for guess in guesses])  # type: ignore[misc]
        if random.random() < 0.3:
            client.ask("DELETE", f"{START}{attempt_id}/")


class Pumper:
    """Has numbers called, to be paid for it: over many addresses, from one, or within one prefix."""

    def __init__(self, field: Field, numbers: Iterator[str], address: str | None = None) -> None:
        self._field, self._numbers, self._address = field, numbers, address

    def act(self) -> None:
        client, number = self._field.client("pumper", self._address), next(self._numbers)
        start = [lambda: client.ask("POST", START, {"phone_number": number})] * random.choice([1, 1, 1, 2])
        for answer in self._field.at_once(start):
            if answer.status == 201:
                client.ledger.did("pumped calls")
                self._go_on(client, answer.body["id"])

    def _go_on(self, client: Client, attempt_id: str) -> None:
        """Ask for more of the same at once."""
        channel = random.choice(["sms", "flashcall"])
        with suppress(Broken):
            client.ask("POST", f"{START}{attempt_id}/fallback/", {"channel": channel})


class Repeater:
    """Proves a number of his own, and uses everything several times at once: click, code and proof."""

    def __init__(self, field: Field, numbers: Iterator[str], basic: str) -> None:
        self._field, self._numbers, self._basic = field, numbers, basic

    def act(self) -> None:
        client, number, key = self._field.client("repeater"), next(self._numbers), uuid.uuid4().hex
        start = [lambda: client.ask("POST", START, {"phone_number": number}, key=key)] * 3
        started = {answer.body["id"] for answer in self._field.at_once(start) if answer.status == 201}
        if len(started) > 1:
            client.ledger.fault(f"one Idempotency-Key made the attempts {sorted(started)}")
        if not started or not (code := self._field.code(number, 4)):
            return
        proofs = self._enter(client, started.pop(), code)
        if len(proofs) > 1:
            client.ledger.fault("one attempt gave two proofs")
        for proof in proofs:
            self._use(client, proof)

    def _enter(self, client: Client, attempt_id: str, code: str) -> set[str]:
        """Enter the right code and wrong ones, mixed; return the proofs."""
        codes = [code, *(f"0{random.randrange(1000):03}" for _ in range(2)), code, code]
        answers = self._field.at_once([lambda each=each: client.verify(attempt_id, each) for each in codes])  # type: ignore[misc]
        return {answer.body["proof"] for answer in answers if answer.status == 200}

    def _use(self, client: Client, proof: str) -> None:
        def sign_up() -> Answer:
            name = f"repeater-{uuid.uuid4().hex[:16]}"
            return client.redeem("/signup/", proof, username=name, key=uuid.uuid4().hex)

        def take() -> Answer:
            answer = client.ask("POST", "/phone/phones/", {"proof": proof}, basic=self._basic)
            if answer.status == 200:
                client.ledger.let_in(proof)
            return answer

        client.ledger.did("proofs used in parallel")
        self._field.at_once([sign_up, take] * (SEVERAL // 2))


class Latecomer:
    """Enters the right code as its time ends, a little before or after, while an SMS keeps the attempt alive."""

    def __init__(self, field: Field, numbers: Iterator[str]) -> None:
        self._field, self._numbers = field, numbers

    def act(self) -> None:
        client, number = self._field.client("latecomer"), next(self._numbers)
        asked = time.monotonic()
        answer = client.ask("POST", START, {"phone_number": number, "purpose": "hurry"})
        if answer.status != 201 or not (code := self._field.code(number, 4)):
            return
        attempt_id = answer.body["id"]
        self._sleep_until(asked + 1.2)
        with suppress(Broken):
            client.ask("POST", f"{START}{attempt_id}/fallback/", {"channel": random.choice(["sms", "flashcall"])})
        self._sleep_until(asked + random.uniform(1.7, 2.4))
        answers = self._field.at_once([lambda: client.verify(attempt_id, code)] * 3)
        client.ledger.did("right codes in time" if 200 in {each.status for each in answers} else "right codes too late")

    @staticmethod
    def _sleep_until(moment: float) -> None:
        time.sleep(max(moment - time.monotonic(), 0))


class Vandal:
    """Sends what is no request, or one that nobody could mean."""

    BODIES = (
        b"", b"{", b"[]", b"null", b'{"phone_number": null}', b'{"phone_number": "\\u0000"}', b"\xff\xfe",
        b'{"phone_number": "+380501234503", "phone_number": "+380671234567"}', b"[" * 9000, b'{"code": "\\ud800"}',
        b'{"code": 1e999}', b'{"proof": "' + b"x" * 9000 + b'"}', b'{"caller_id": "' + b"4" * 99 + b'"}',
    )  # fmt: skip
    PATHS = (
        "",
        "x/",
        "%00/",
        "..%2f/",
        "0" * 5000 + "/",
        "019aab64-9e5f-7c1e-b1d2-7f3a5c9e0d42/verify/",
        "\u0456/verify/",
    )
    METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW")

    def __init__(self, field: Field) -> None:
        self._field = field

    def act(self) -> None:
        body, path, method = (random.choice(choices) for choices in (self.BODIES, self.PATHS, self.METHODS))
        where = random.choice([f"{START}{path}", "/phone/phones/"])
        head = [
            f"{method} {where} HTTP/1.1",
            f"Host: {random.choice(['127.0.0.1', '127.0.0.1', 'evil.example', '', chr(0)])}",
            f"Content-Length: {random.choice([len(body), len(body), 10**9, -1])}",
            f"Content-Type: {random.choice(['application/json', 'text/plain', 'application/json; charset=zlib'])}",
            f"X-Forwarded-For: {random.choice(['', 'x', '1.2.3.4, 5.6.7.8', public_address()])}",
            f"Idempotency-Key: {random.choice(['x', 'y' * 300, 'k' * 20])}",
            f"Authorization: {random.choice(['Basic !', 'Basic eDp5', 'Bearer x', ''])}",
        ]
        self._field.client("vandal").throw("\r\n".join([*head, "", ""]).encode() + body)
        self._field.ledger.did("garbage")


def everybody(field: Field, hostile_user: str) -> list[tuple[float, Any]]:
    """Return all of them, each with how often a second it acts."""
    basic = base64.b64encode(f"{hostile_user}:{PASSWORD}".encode()).decode()
    same_prefix = map(f"{field.owned[0][:-4]}{{}}".format, itertools.count(3000))
    one_address = public_address()
    return [
        (3, Guesser(field, field.owned, "signup")),
        (2, Guesser(field, [_fresh_number("95", n) for n in range(5)], "hurry")),
        (20, Pumper(field, fresh_numbers("63"))),
        (8, Pumper(field, same_prefix)),
        (8, Pumper(field, fresh_numbers("73"), one_address)),
        (1, Repeater(field, fresh_numbers("93"), basic)),
        (3, Latecomer(field, fresh_numbers("97"))),
        (8, Vandal(field)),
    ]
