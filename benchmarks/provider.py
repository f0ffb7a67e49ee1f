"""What SMSBATProvider's rules cost, in CPU of this process, over a pooled session that has none."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from benchmarks.processes import ROOT
from django_flashcall import codes
from django_flashcall.phones import E164
from django_flashcall.providers.base import Message, Status
from django_flashcall.providers.smsbat import SMSBATProvider

KEY = "key-of-no-account"
NUMBER = E164("+380671234567")
OURS, SESSION, PLAIN = "SMSBATProvider.send", "requests.Session.post", "requests.Session.post, trust_env off"


@dataclass(frozen=True, kw_only=True)
class Cost:
    round: int
    caller: str
    cpu: float
    """Milliseconds a call."""


def run(*, rounds: int, calls: int) -> list[Cost]:
    """Measure every way to call in every round, in blocks of `calls`."""
    costs = []
    with _answering() as url:
        callers = {OURS: _ours(url), SESSION: _session(url, trust_env=True), PLAIN: _session(url, trust_env=False)}
        for number in range(rounds + 1):
            for caller, call in callers.items():
                costs.append(Cost(round=number, caller=caller, cpu=_cpu(call, calls)))
    return [cost for cost in costs if cost.round > 0]  # the first warms up


@contextmanager
def _answering() -> Iterator[str]:
    """Run a server in SMSBAT's place, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.smsbat"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()


def _cpu(call: Callable[[], None], calls: int) -> float:
    started = time.process_time()
    for _ in range(calls):
        call()
    return 1000 * (time.process_time() - started) / calls


def _ours(url: str) -> Callable[[], None]:
    provider = SMSBATProvider({"API_KEY": KEY, "SENDER": "Benchmark", "BASE_URL": url})

    def call() -> None:
        message = Message(id="0" * 32, channel="flashcall", phone_number=NUMBER, code=codes.make(4), ttl=60)
        assert provider.send(message, deadline=8).status is Status.ACCEPTED

    return call


def _session(url: str, *, trust_env: bool) -> Callable[[], None]:
    session = requests.Session()
    session.trust_env = trust_env  # off as ours: no look at the environment for proxies and .netrc

    def call() -> None:
        message = {
            "from": "Benchmark",
            "to": NUMBER,
            "type": "flashcall",
            "text": int(codes.make(4).digits),
            "ttl": 60,
            "customerMessageId": "0" * 32,
        }
        headers = {"X-Authorization-Key": KEY}
        answer = session.post(f"{url}/bat/messagelist", json={"messages": [message]}, headers=headers, timeout=8)
        assert answer.json()["messages"][0]["status"] == "accepted"

    return call
