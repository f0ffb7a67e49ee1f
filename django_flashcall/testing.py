"""For the tests of a site: nothing is sent, codes are at hand, time passes at once.

pytest finds the fixtures of `django_flashcall.pytest_plugin` by itself; for Django's runner there is `FlashcallMixin`:

    class SignupTest(FlashcallMixin, TestCase):
        def test_signup(self):
            page = self.client.post("/signup/", {"phone_proof": proof("+380501234503"), ...})
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.db.models import F
from django.dispatch import receiver
from django.test import override_settings

from django_flashcall import services
from django_flashcall.conf import DEFAULTS, get_config
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt, transactions
from django_flashcall.models.ids import parse_id
from django_flashcall.providers import base, memory
from django_flashcall.providers.base import Message, Result, Status

NUMBER = "+380501234503"
"""A number to test with. Nothing is ever sent to it from a test."""

RESULTS: Mapping[str, Result] = {
    "no_answer": Result(status=Status.UNKNOWN, error_code=base.TIMEOUT),
    "rejected": Result(status=Status.REJECTED, error_code=base.REJECTED),
    "down": Result(status=Status.UNREACHABLE, error_code=base.CONNECTION),
}
"""What may become of a message besides being accepted. After `no_answer` it may have been sent all the same."""

_TIMES = ("created_at", "expires_at", "continue_until", "verified_at", "redeemed_at")


@contextmanager
def offline(*, limits: bool = False) -> Iterator[None]:
    """Make a context in which every provider of the settings is the memory provider, without limits unless `limits`.

    Without them there is no cooldown either, and a fallback may follow at once. No number is one of TEST_NUMBERS, and
    RISK_CHECK is not asked. An override of FLASHCALL within it counts as it is, unless it has a provider of the
    settings: then that stays the memory provider, and of the other keys those count that differ from the settings.
    """
    now = settings.FLASHCALL
    site, before = _levels[-1] if _levels else (now, now)
    ours = _offline(site, limits=limits)
    with override_settings(FLASHCALL=_rebased(now, before, ours)):
        _levels.append((site, ours))
        try:
            yield
        finally:
            _levels.pop()


_MEMORY = {"CLASS": "django_flashcall.providers.memory.MemoryProvider"}

_levels: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
"""For each `offline` that has begun, the outermost first: FLASHCALL as the site has it, and offline."""


def _offline(site: Mapping[str, Any], *, limits: bool) -> dict[str, Any]:
    changes: dict[str, Any] = {"TEST_NUMBERS": {}}
    if not limits:
        changes |= {"COOLDOWN": 0, "FALLBACK_AFTER": 0}
    ours = {**site, **changes, "RISK_CHECK": None}
    ours["PROVIDERS"] = {alias: dict(_MEMORY) for alias in {"default", *_providers(site)}}
    if not limits:
        ours["LIMITS"] = dict.fromkeys(DEFAULTS["LIMITS"], "")
    if purposes := site.get("PURPOSES"):
        ours["PURPOSES"] = {
            name: {key: changes.get(key, value) for key, value in entry.items()} for name, entry in purposes.items()
        }
    return ours


def _providers(flashcall: Any) -> Mapping[str, Any]:
    providers = flashcall.get("PROVIDERS") if isinstance(flashcall, Mapping) else None
    return providers if isinstance(providers, Mapping) else {}


def _rebased(now: Any, before: Mapping[str, Any], onto: Mapping[str, Any]) -> Any:
    """Return `onto` with the keys in which `now` is not as `before`: what a test changed there counts here too."""
    if not isinstance(now, Mapping):
        return now
    chosen = {key: onto if now.get(key) == before.get(key) else now for key in {**onto, **now}}
    return {key: values[key] for key, values in chosen.items() if key in values}


@receiver(setting_changed)
def _stay_offline(*, setting: str, value: Any, **kwargs: Any) -> None:
    """Take the site's providers out of an override: a decorator reads the settings at import, when all are online."""
    if setting != "FLASHCALL" or not _levels:
        return
    site, ours = _levels[-1]
    theirs = [entry for entry in _providers(site).values() if entry != _MEMORY]
    providers = _providers(value)
    if any(entry in theirs for entry in providers.values()):
        kept = {alias: dict(_MEMORY) if entry in theirs else entry for alias, entry in providers.items()}
        # On the override itself, so that it ends with it.
        settings.FLASHCALL = {**_rebased(value, site, ours), "PROVIDERS": kept}


def code_of(attempt: VerificationAttempt | uuid.UUID | str) -> str:
    """Return the digits that the phone got last for an attempt, given as such or by its id. Raises LookupError."""
    pk = attempt.pk if isinstance(attempt, VerificationAttempt) else parse_id(attempt)
    ids = Delivery.objects.using(transactions.database()).filter(attempt_id=pk).values_list("id", flat=True)
    sent = {delivery_id.hex for delivery_id in ids}
    for message in reversed([*memory.earlier, *memory.outbox]):
        if message.id in sent:
            return message.code.digits
    raise LookupError("No code was sent for this attempt.")


def proof(phone_number: str = NUMBER, purpose: str = "signup", *, user: Any = None, context: str = "") -> str:
    """Return a fresh proof that a number was verified for a purpose, to be redeemed or posted once."""
    attempt = services.request_verification(phone_number, purpose=purpose, user=user, context=context)
    outcome = services.verify(attempt.pk, code=code_of(attempt), user=user)
    if outcome.proof is None:
        raise LookupError(f"{outcome.status}: no proof was made.")
    return outcome.proof


def verified_phone(user: Any, phone_number: str = NUMBER) -> PhoneStatus:
    """Make `user` the verified owner of a number, and return the number's status."""
    purpose = next(purpose.name for purpose in get_config().purposes.values() if purpose.owns)
    return services.own_phone(proof(phone_number, purpose, user=user), user=user)


def next_result(name: str, *, channel: str | None = None) -> None:
    """Let the next message, on `channel` or on any, end as RESULTS names it."""
    memory.script(channel, RESULTS[name])


def let_pass(seconds: float, attempt: VerificationAttempt | None = None) -> None:
    """Let seconds pass for everything that is written, or for one attempt: the rows grow older, nobody waits."""
    using, past = transactions.database(), timedelta(seconds=seconds)
    attempts, deliveries = VerificationAttempt.objects.using(using), Delivery.objects.using(using)
    if attempt is not None:
        attempts, deliveries = attempts.filter(pk=attempt.pk), deliveries.filter(attempt_id=attempt.pk)
    else:
        Limit.objects.using(using).update(ends_at=F("ends_at") - past)
        PhoneStatus.objects.using(using).update(verified_at=F("verified_at") - past)
    deliveries.update(**{moment: F(moment) - past for moment in ("created_at", "expires_at", "due_at")})
    attempts.update(**{moment: F(moment) - past for moment in _TIMES})


class FlashcallMixin:
    """To stand before `TestCase`: the class is `offline`, `setUpTestData` included, and each test has an empty outbox.

    `code_of` also finds the codes of what the class sent before its tests.
    """

    flashcall_limits = False
    """Whether the site's limits hold in these tests. What a class sends before its tests is never limited."""

    @property
    def flashcall_outbox(self) -> list[Message]:
        """What the phones got in this test, oldest first."""
        return memory.outbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.enterClassContext(memory.apart())  # type: ignore[attr-defined]
        cls.enterClassContext(offline())  # type: ignore[attr-defined]
        super().setUpClass()  # type: ignore[misc]

    def setUp(self) -> None:
        self.enterContext(memory.apart())  # type: ignore[attr-defined]
        self.enterContext(offline(limits=self.flashcall_limits))  # type: ignore[attr-defined]
        super().setUp()  # type: ignore[misc]
