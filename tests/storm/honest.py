"""People who want to get in: they mistype, lose answers, click twice, miss the call, and try again."""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.storm.ledger import Outcome
from tests.storm.wire import Answer, Broken, Client, fetch

PERSISTENCE = 120
"""Seconds for which somebody tries again what broke, or waits where he was told to: an SMS that was lost with its
worker is sent again a COOLDOWN after it, and it was offered only FALLBACK_AFTER the call."""
LISTENS = 2.5
"""Seconds for which somebody waits for the phone to ring before he asks for another way."""
DIGITS = re.compile(r"[0-9]{6}", re.ASCII)


class Told(Exception):
    """A refusal that said why, or for how long."""


class Stuck(Exception):
    """An answer that nobody can do anything with."""


@dataclass
class Person:
    """Somebody with a number and a phone, who is after one thing."""

    client: Client
    handset: int
    """Port at which the provider tells what the phone shows."""
    number: str
    username: str
    key: str = ""
    """Of the request that is under way."""
    until: float = 0.0
    """When he loses patience."""
    broken: int = 0

    start_path = "/phone/verifications/"
    end_path = "/signup/"

    def start_body(self) -> dict[str, str]:
        return {"phone_number": self.number}

    def get_in(self) -> Outcome:
        """Go all the way, and tell how it ended."""
        started, end, why = time.monotonic(), "in", ""
        self.until = started + PERSISTENCE
        try:
            self._get_in()
        except Told as told:
            end, why = "told", str(told)
        except Stuck as stuck:
            end, why = "stuck", str(stuck)
        return Outcome(self.client.who, end, time.monotonic() - started, why, self.broken)

    def _get_in(self) -> None:
        proof = None
        while proof is None:
            self.key = uuid.uuid4().hex
            attempt_id = self._start()
            codes = self._read("flashcall") or self._fall_back(attempt_id)
            if random.random() < 0.2:
                self._mistype(attempt_id, codes[0])
            proof = self._prove(attempt_id, codes)
        if self._loses():
            self._hang_up("POST", self.end_path, {"username": self.username, "proof": proof}, key=self.key)
        enter = self.client.redeem
        answer = self._insist(lambda: enter(self.end_path, proof, username=self.username, key=self.key))
        self._expect(answer, 200)

    def _start(self) -> str:
        """Ask for a call, and return the attempt's id."""
        if self._loses():
            self._hang_up("POST", self.start_path, self.start_body(), key=self.key)
        twin = self._click_twice() if random.random() < 0.05 else None
        answer = self._insist(lambda: self.client.ask("POST", self.start_path, self.start_body(), key=self.key))
        if answer.error == "delivery_failed":
            return str(answer.body["id"])
        if answer.error == "too_soon" and time.monotonic() < self.until:
            time.sleep(self._wait(answer))
            return self._start()
        attempt_id = str(self._expect(answer, 201)["id"])
        self.client.ledger.started(attempt_id)
        if twin is not None and (other := twin()) not in {None, attempt_id}:
            raise Stuck(f"a double click made two attempts, {attempt_id} and {other}")
        return attempt_id

    def _click_twice(self) -> Callable[[], str | None]:
        """Send the request from another thread as well; return a function that waits for its attempt's id."""
        answers: list[Answer] = []

        def click() -> None:
            with suppress(Broken):
                answers.append(self.client.ask("POST", self.start_path, self.start_body(), key=self.key))

        thread = threading.Thread(target=click)
        thread.start()
        self.client.ledger.did("double clicks")

        def wait() -> str | None:
            thread.join()
            return next((str(answer.body["id"]) for answer in answers if answer.status == 201), None)

        return wait

    def _read(self, channel: str) -> list[str]:
        """Wait until the phone shows codes of the channel; return them, the newest first, or none."""
        until = time.monotonic() + LISTENS
        while time.monotonic() < until:
            shown = [event["shows"] for event in fetch(self.handset, f"/{self.number}") if event["channel"] == channel]
            if shown:
                codes = [text[-4:] if channel == "flashcall" else DIGITS.findall(text)[0] for text in shown]
                return list(dict.fromkeys(reversed(codes)))
            time.sleep(0.1)
        return []

    def _fall_back(self, attempt_id: str) -> list[str]:
        """Ask for an SMS until one has come, as early as the site allows it; return its code."""
        self.client.ledger.did("fallbacks")
        path = f"/phone/verifications/{attempt_id}/fallback/"
        while time.monotonic() < self.until:
            answer = self._insist(lambda: self.client.ask("POST", path, {"channel": "sms"}))
            if answer.error == "delivery_failed":
                raise Told("no channel reaches the number")
            if answer.error == "too_soon":
                # Or it was sent already, and the answer did not come through.
                if codes := self._read("sms"):
                    return codes
                time.sleep(max(self._wait(answer) - LISTENS, 0))
                continue
            self._expect(answer, 201)
            if codes := self._read("sms"):
                return codes
        raise Told("nothing arrives at the number")

    def _prove(self, attempt_id: str, codes: list[str]) -> str | None:
        """Enter the codes that the phone shows, for a stranger may have had it called, too.

        Return the proof; None where it takes a new attempt.
        """
        for code in codes:
            if self._loses():
                self.client.ledger.enters(attempt_id, code)
                self._hang_up("POST", f"/phone/verifications/{attempt_id}/verify/", {"code": code})
            answer = self._insist(lambda code=code: self.client.verify(attempt_id, code))  # type: ignore[misc]
            if answer.error == "failed":  # the call that rang was somebody else's
                return self._prove(attempt_id, self._fall_back(attempt_id))
            if answer.error not in {"invalid_code", "exhausted"}:
                return str(self._expect(answer, 200)["proof"])
            self.client.ledger.did("codes of a stranger's call")
        if time.monotonic() > self.until:
            raise Stuck(f"no code of {len(codes)} was the right one")
        self.client.ledger.did("new starts")
        return None

    def _mistype(self, attempt_id: str, code: str) -> None:
        wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
        with suppress(Broken):
            answer = self.client.verify(attempt_id, wrong)
            if answer.error not in {"invalid_code", "failed"}:
                raise Stuck(f"a wrong code was answered {answer.status} {answer.error}")
        self.client.ledger.did("mistyped codes")

    def _insist(self, ask: Callable[[], Answer]) -> Answer:
        """Ask until there is an answer to the question: what broke, is under way or is away is asked again."""
        while True:
            try:
                answer = ask()
            except Broken as broken:
                self.broken += 1
                self.client.ledger.did("connections broken")
                if time.monotonic() > self.until:
                    raise Stuck(f"the site does not answer ({broken})") from None
                time.sleep(0.1)
                continue
            if answer.error not in {"idempotency_conflict", "provider_unavailable"}:
                return answer
            self.client.ledger.did(f"{answer.error} waited for")
            if time.monotonic() > self.until:
                raise Told(answer.error)
            time.sleep(self._wait(answer) if answer.error == "idempotency_conflict" else answer.retry_after or 1)

    def _expect(self, answer: Answer, status: int) -> dict[str, Any]:
        """Return the body of an answer with that status. Raises Told or Stuck for any other."""
        if answer.status == status:
            return answer.body  # type: ignore[no-any-return]
        if answer.status == 429:
            raise Told(f"{answer.error}, again in {self._wait(answer):.0f} s")
        raise Stuck(f"answered {answer.status} {answer.body} where {status} was hoped for")

    def _wait(self, answer: Answer) -> float:
        """Return the seconds that an answer asks for. Raises Stuck where it does not say."""
        if answer.retry_after is None or answer.retry_after < 1:
            raise Stuck(f"{answer.error} without retry_after")
        return answer.retry_after

    def _loses(self) -> bool:
        return random.random() < 0.05

    def _hang_up(self, method: str, path: str, body: object, *, key: str = "") -> None:
        with suppress(OSError):
            self.client.ask_and_hang_up(method, path, body, key=key)


class Owner(Person):
    """Logs in with the number that is verified as his."""

    start_path = "/login/"
    end_path = "/enter/"

    def start_body(self) -> dict[str, str]:
        return {"username": self.username}


class Newcomer(Person):
    """Signs up."""
