"""No code, pattern, caller ID, key, proof or full number leaves by another way than its own.

Whole runs through the real SMSBAT provider, over a real socket. A witness has every answer, log record, exception,
`repr`, admin page and the OpenAPI document, and looks for each secret in all of them.
"""

from __future__ import annotations

import json
import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from django.contrib.auth import get_user_model

from django_flashcall import providers, services, signals
from django_flashcall.conf import get_config
from django_flashcall.exceptions import FlashcallError, InvalidProof, PhoneTaken
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.providers.base import Draw, Message, Provider, Result
from django_flashcall.providers.smsbat import SMSBATProvider
from django_flashcall.sandbox import server
from tests.api.client import document
from tests.api.witness import Witness, WitnessedApi, every_log_record, witnessed
from tests.room.seen_by_staff import see_what_staff_see

pytestmark = pytest.mark.django_db

KEY = "key-marker-of-this-test-7f3a5c9e0d42"
CONTEXT = "context-marker-of-this-test"
RANGE = "+38067159"
"""The numbers of this test begin so. The last four digits choose what the sandbox does."""
POOL = ["+380443917265", "+380443958201", "+380443926748"]

MODES: dict[str, dict[str, Any]] = {
    "our code": {},
    "our code as text": {"CODE_AS_INTEGER": False},
    "a caller ID of ours": {"CALLER_IDS": POOL},
    "a caller ID of theirs": {"CALLER_IDS": POOL, "TRUST_REPLY_CALLER_ID": True},
}


def drawn(witness: Witness) -> Callable[..., Draw]:
    """Return the provider's `draw`, from which the witness learns the codes that never arrive, too."""
    real = SMSBATProvider.draw

    def draw(provider: SMSBATProvider, channel: str, length: int) -> Draw:
        draw = real(provider, channel, length)
        caller_id = draw.caller_id or ""
        witness.keep_secret("code", draw.code.digits)
        witness.keep_secret("caller ID", caller_id.removeprefix("+380"))
        witness.keep_secret("pattern", f"*{draw.code.digits}")
        return draw

    return draw


def sent(witness: Witness) -> Callable[..., Result]:
    """Return the provider's `send`, of which the witness sees the message, too."""
    real = SMSBATProvider.send

    def send(provider: SMSBATProvider, message: Message, *, deadline: float) -> Result:
        witness.see_object("provider.send given", message)
        return real(provider, message, deadline=deadline)

    return send


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> Iterator[Witness]:
    """Sees what services, providers and signals pass on, and every log record."""
    witness = Witness(secrets={"key": {KEY}, "number": {RANGE.removeprefix("+")}, "context": {CONTEXT}})
    for name in ("request_verification", "fall_back", "verify", "cancel", "redeem", "own_phone", "get_attempt"):
        monkeypatch.setattr(services, name, witnessed(getattr(services, name), witness, name))
    for name, function in {"draw": drawn(witness), "send": sent(witness)}.items():
        monkeypatch.setattr(SMSBATProvider, name, witnessed(function, witness, f"provider.{name}"))
    with every_log_record(witness):
        yield witness


@pytest.fixture
def api(witness: Witness, db: None) -> WitnessedApi:
    return WitnessedApi(witness)


@pytest.fixture
def heard(witness: Witness) -> Iterator[None]:
    """Lets the witness see what signals carry."""

    def receiver(signal: Any, **arguments: Any) -> None:
        for name, thing in arguments.items():
            witness.see_object(f"signal's {name}", thing)

    ours = [signal for signal in vars(signals).values() if isinstance(signal, signals.Signal)]
    for signal in ours:
        signal.connect(receiver)
    yield
    for signal in ours:
        signal.disconnect(receiver)


@pytest.fixture
def sandbox(settings: Any) -> Iterator[server.Sandbox]:
    settings.DEBUG = True
    with server.start() as running:
        yield running


@pytest.fixture
def smsbat_account(flashcall: Callable[..., None], sandbox: server.Sandbox) -> Callable[..., None]:
    """Configure the real provider with an account at the sandbox."""

    def configure(**options: Any) -> None:
        account = {"API_KEY": KEY, "SENDER": "Shop", "BASE_URL": sandbox.url, "DEADLINE": 0.3, **options}
        path = "django_flashcall.providers.smsbat.SMSBATProvider"
        flashcall(
            PROVIDERS={"default": {"CLASS": path, "OPTIONS": account}},
            CODE_LENGTH={"flashcall": 6, "sms": 8},
            LIMITS={"phone": "20/h"},
        )

    return configure


class Handset:
    """What the phones of this test got. Whatever it reads, the witness learns as a secret."""

    def __init__(self, sandbox: server.Sandbox, witness: Witness) -> None:
        self.url, self.witness = sandbox.url, witness
        # Neither a proxy of the environment nor, as with requests, a log line with the number in it.
        self.http = build_opener(ProxyHandler({}))

    def code(self, phone_number: str) -> str:
        """Return the code that it got last."""
        with self.http.open(f"{self.url}/handset/{phone_number}.json", timeout=5) as answer:
            newest = json.load(answer)["events"][0]
        if newest["type"] == "sms":
            (code,) = re.findall(r"[0-9]{8}", newest["text"])
        else:
            code = newest["from"][-6:]
            self.witness.keep_secret("caller ID", newest["from"].removeprefix("+380"))
        self.witness.keep_secret("code", code)
        return code


@pytest.fixture
def handset(sandbox: server.Sandbox, witness: Witness) -> Handset:
    return Handset(sandbox, witness)


def other(code: str) -> str:
    return str(int(code[0]) % 9 + 1) + code[1:]


def numbers() -> Iterator[str]:
    return (f"{RANGE}{last:04}" for last in range(3208, 3300))


def run(api: WitnessedApi, handset: Handset, users: list[Any], age: Callable[..., None]) -> None:
    """Do all that a client can do, well and badly."""
    ring = numbers()
    phone = next(ring)
    started = api.start(phone).body["id"]
    code = handset.code(phone)
    api.start(phone)
    api.status(started)
    api.verify(started, code="1")
    api.verify(started, code=other(code))
    api.fallback(started)
    age(20)
    api.fallback(started)
    api.verify(started, code=other(handset.code(phone)))
    api.force_login(users[0])
    proof = api.verify(started, code=handset.code(phone)).body["proof"]
    api.verify(started, code=handset.code(phone))
    api.verify(started, code=other(code))
    assert api.own(proof).status_code == 200
    api.own(proof)
    api.verify(started, code=code)
    assert api.phones().body[0]["phone_number"] == phone

    api.force_login(users[1])
    age(31)
    moved = api.start(phone, purpose="change_phone").body["id"]
    api.own(api.verify(moved, caller_id="+380443" + handset.code(phone)).body["proof"])
    api.logout()

    phone = next(ring)
    exhausted = api.start(phone).body["id"]
    for _ in range(4):
        api.verify(exhausted, code=other(handset.code(phone)))
    phone = next(ring)
    canceled = api.start(phone).body["id"]
    handset.code(phone)
    api.cancel(canceled)
    api.verify(canceled, code=handset.code(phone))
    api.start(RANGE.replace("380", "48"))


def run_services(handset: Handset, user: Any, age: Callable[..., None], flashcall: Callable[..., None]) -> None:
    """Do what a site's own code does, well and badly."""
    phone = f"{RANGE}3301"
    attempt = services.request_verification(phone, purpose="login", user=user, context=CONTEXT)
    services.verify(attempt.pk, code=other(handset.code(phone)), user=user)
    outcome = services.verify(attempt.pk, code=handset.code(phone), user=user)
    for wrongly in ({}, {"context": "another"}, {"context": CONTEXT, "phone_number": f"{RANGE}3302"}):
        with pytest.raises(InvalidProof):
            services.redeem(outcome.proof, purpose="login", user=user, **wrongly)
    services.redeem(outcome.proof, purpose="login", user=user, context=CONTEXT, phone_number=phone)
    age(31)
    with pytest.raises(FlashcallError):
        services.fall_back(attempt.pk, user=user)
    PhoneStatus.objects.give(phone, user=get_user_model().objects.create_user("owner"), channel="sms")
    signup = services.request_verification(phone)
    flashcall(ALLOW_TRANSFER=False)
    with pytest.raises(PhoneTaken):
        services.redeem(services.verify(signup.pk, code=handset.code(phone)).proof, purpose="signup", user=user)


FAULTS = ["0001", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012"]


def run_faults(api: WitnessedApi) -> None:
    """Ask for codes that meet each of the provider's faults."""
    for last in FAULTS:
        Limit.objects.all().delete()  # so that the circuit breaker lets each of them through
        assert api.start(RANGE + last).status_code == (503 if last == "0010" else 201)


def run_without_provider(api: WitnessedApi, smsbat_account: Callable[..., None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    smsbat_account(BASE_URL=f"http://127.0.0.1:{port}")
    Limit.objects.all().delete()
    assert api.start(f"{RANGE}3303").status_code == 503


class CarelessProvider(Provider):
    """A site's own, whose exception quotes the message."""

    def send(self, message: Message, *, deadline: float) -> Result:
        try:
            raise ConnectionError(f"{message.phone_number!s} is busy")
        except ConnectionError as error:
            raise RuntimeError(f"could not tell {message.phone_number!s} {message.code.digits}") from error


def run_with_a_careless_provider(api: WitnessedApi, flashcall: Callable[..., None]) -> None:
    flashcall(PROVIDERS={"default": {"CLASS": f"{__name__}.CarelessProvider"}})
    Limit.objects.all().delete()
    assert api.start(f"{RANGE}3304").status_code == 201


def see_what_is_kept(witness: Witness) -> None:
    """Learn the digests at rest as secrets, and see the rows and the process's own objects."""
    for model in (VerificationAttempt, Delivery, PhoneStatus, Limit):
        for row in model.objects.all():
            witness.see_object(f"a row of {model.__name__}", row)
            digests = {name: str(value) for name, value in vars(row).items() if name.endswith("digest") and value}
            witness.keep_secret("digest", *digests.values())
        witness.see_object(f"rows of {model.__name__}", model.objects.all())
    witness.keep_secret("digest", *Limit.objects.values_list("key", flat=True))
    witness.see_object("configuration", get_config())
    witness.see_object("provider", providers.get_provider())
    witness.see("OpenAPI document", json.dumps(document(), ensure_ascii=False))


KINDS = {"key", "number", "context", "proof", "code", "caller ID", "pattern", "digest"}


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.usefixtures("heard")
def test_no_secret_leaves_a_whole_run(
    mode: str,
    api: WitnessedApi,
    witness: Witness,
    handset: Handset,
    user: Any,
    stranger: Any,
    age: Callable[..., None],
    flashcall: Callable[..., None],
    smsbat_account: Callable[..., None],
    django_capture_on_commit_callbacks: Any,
) -> None:
    smsbat_account(**MODES[mode])
    with django_capture_on_commit_callbacks(execute=True):
        run(api, handset, [user, stranger], age)
    with django_capture_on_commit_callbacks(execute=True):
        run_services(handset, user, age, flashcall)
    run_faults(api)
    run_without_provider(api, smsbat_account)
    run_with_a_careless_provider(api, flashcall)
    smsbat_account(**MODES[mode])
    see_what_is_kept(witness)
    see_what_staff_see(witness, RANGE)
    assert {kind for kind, texts in witness.secrets.items() if texts} == KINDS
    assert len(witness.seen) > 500 and len(witness.records) > 50
    assert witness.leaks() == []


def by_chain(secret: str) -> None:
    try:
        raise ValueError(secret)
    except ValueError as error:
        raise FlashcallError from error


LEAKS: dict[str, Callable[[str], Any]] = {
    "a message": lambda secret: logging.getLogger("django_flashcall").debug("It is " + secret),
    "an argument": lambda secret: logging.getLogger("urllib3").info("It is %s", [secret]),
    "an extra": lambda secret: logging.getLogger("django.server").error("Look", extra={"about": {"it": secret}}),
    "a cause": by_chain,
    "a return": lambda secret: (secret,),
}


@pytest.mark.parametrize("way", LEAKS)
@pytest.mark.parametrize("secret", ["482175", "*482175", "443482175", KEY, "38067159", "proof:of:it"])
def test_the_witness_would_see_it(way: str, secret: str) -> None:
    witness = Witness(secrets={"planted": {secret}})
    with every_log_record(witness), suppress(FlashcallError):
        witnessed(LEAKS[way], witness, "leak")(secret)
    assert witness.leaks()
