"""A client of the HTTP API, as a mobile app would be: `python -m example_project.client http://127.0.0.1:8000`.

It signs up with a phone number and then changes the number, and prints each step as it happens. It ends with a sentence
and a non-zero exit status where the site does not answer as it should.
"""

from __future__ import annotations

import argparse
import base64
import json
import secrets
import sys
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

HTTP_TIMEOUT = 20
"""Seconds; more than a site waits for its provider."""
RING_TIMEOUT = 10
"""Seconds."""

Answer = dict[str, Any]


class StepFailed(Exception):
    """The site did not answer as it should; the text says what happened."""


def main() -> int:
    """Run all steps against the site that the command line names. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m example_project.client")
    parser.add_argument("site", help="address of the example site, such as http://127.0.0.1:8000")
    site = Site(parser.parse_args().site)
    try:
        change_number(site, sign_up(site))
    except StepFailed as failure:
        print(f"\nStopped: {failure}", file=sys.stderr)
        return 1
    except (KeyError, TypeError, ValueError) as error:
        print(f"\nStopped: the last answer is not what it should be ({error!r}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print("\nDone: two numbers were proved, and each proof was used once.", flush=True)
    return 0


def sign_up(site: Site) -> str:
    """Prove a number as a stranger and become a user by it; `site` is signed in afterwards. Returns the password."""
    number = random_number()
    attempt = request_call(site, number, "signup")
    code = read_ring(site, number, attempt["code_length"])
    enter_wrong_code(site, attempt, code)
    proof = enter_code(site, attempt, code)

    account = {"username": f"demo-{secrets.token_hex(4)}", "password": secrets.token_urlsafe(12)}
    step("Sign up with the proof")
    user = site.post("/accounts/signup/", {**account, "proof": proof}, expect=201)
    say(f"{user['username']} is a user now, with the number {user['phone_number']}.")

    step("Sign up once more with the same proof")
    site.post("/accounts/signup/", {"username": f"{account['username']}-again", "proof": proof}, expect=400)
    say("Refused: a proof is redeemed once.")
    site.sign_in(**account)
    return account["password"]


def change_number(site: Site, password: str) -> None:
    """Prove another number as the signed-in user and take it, which the site asks the password for once more."""
    number = random_number()
    attempt = request_call(site, number, "change_phone")
    code = read_ring(site, number, attempt["code_length"])
    proof = enter_code(site, attempt, code)

    step("Change the number with the proof")
    site.post("/api/phone/phones/", {"proof": proof, "password": password}, expect=200)
    step("Read the user's numbers, the latest first")
    for phone in site.get("/api/phone/phones/"):
        say(f"{phone['phone_number']}, verified by {phone['verified_channel']} at {phone['verified_at']}.")


def request_call(site: Site, number: str, purpose: str) -> Answer:
    """Start an attempt to prove `number` and return it."""
    step(f"Ask for a call to {number} ({purpose})")
    body = {"phone_number": number, "purpose": purpose}
    attempt = site.post("/api/phone/verifications/", body, expect=201)
    say(f"{attempt['status']}: {attempt['channel']}, {attempt['code_length']} digits, {attempt['checks_left']} checks.")
    return attempt


def read_ring(site: Site, number: str, length: int) -> str:
    """Wait until the handset rings, and return the last `length` digits of the calling number."""
    step("Read the caller ID from the handset")
    deadline = time.monotonic() + RING_TIMEOUT
    while not (events := site.get(f"/sandbox/handset/{number}.json")["events"]):
        if time.monotonic() > deadline:
            raise StepFailed(f"the handset of {number} did not ring within {RING_TIMEOUT} seconds.")
        time.sleep(0.1)
    caller_id: str = events[0]["from"]
    say(f"A call from {caller_id}, so the code is {caller_id[-length:]}.")
    return caller_id[-length:]


def enter_wrong_code(site: Site, attempt: Answer, code: str) -> None:
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    step(f"Enter a wrong code, {wrong}")
    answer = site.post(f"/api/phone/verifications/{attempt['id']}/verify/", {"code": wrong}, expect=400)
    say(f"{answer['error']}: {answer['checks_left']} checks left.")


def enter_code(site: Site, attempt: Answer, code: str) -> str:
    """Verify the attempt and return its proof."""
    step(f"Enter the right code, {code}")
    answer = site.post(f"/api/phone/verifications/{attempt['id']}/verify/", {"code": code}, expect=200)
    proof: str = answer["proof"]
    say(f"{answer['status']}: {answer['phone_number']}, and the proof is {proof[:12]}...")
    return proof


class Site:
    """The site's HTTP API, asked as a stranger until `sign_in`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.host = urlsplit(address).netloc
        self.headers = {"Accept": "application/json", "Accept-Language": "en", "Content-Type": "application/json"}

    def sign_in(self, username: str, password: str) -> None:
        self.headers["Authorization"] = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()

    def get(self, path: str) -> Any:
        return self._send("GET", path, expect=200)

    def post(self, path: str, body: Answer, *, expect: int) -> Answer:
        answer: Answer = self._send("POST", path, json.dumps(body), expect=expect)
        say(f"POST {path} -> {expect}")
        return answer

    def _send(self, method: str, path: str, body: str | None = None, *, expect: int) -> Any:
        try:
            with closing(HTTPConnection(self.host, timeout=HTTP_TIMEOUT)) as connection:
                connection.request(method, path, body, self.headers)
                reply = connection.getresponse()
                text = reply.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            raise StepFailed(f"{self.address} does not answer ({error}).") from error
        if reply.status != expect:
            raise StepFailed(f"{method} {path} answered {reply.status} instead of {expect}: {text[:500]}")
        try:
            return json.loads(text)
        except ValueError as error:
            raise StepFailed(f"{method} {path} did not answer in JSON: {text[:500]}") from error


def random_number() -> str:
    """Return a Ukrainian mobile number that rings: the sandbox keeps endings of 00 and two more digits for faults."""
    while (number := f"+38050{secrets.randbelow(10**7):07}")[-4:-2] == "00":
        pass
    return number


def step(text: str) -> None:
    print(f"\n{text}", flush=True)


def say(text: str) -> None:
    print(f"    {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
