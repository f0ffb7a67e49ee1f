"""The machine: each step is done to the product and to the model, which must agree on what comes of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.test import override_settings

from django_flashcall import services
from django_flashcall.providers import memory
from tests.machine import rows
from tests.machine.judge import Judge, World
from tests.machine.model import Attempt, Model
from tests.machine.provider import DIGITS, Answer, script
from tests.machine.sites import CODE_LENGTH, NUMBERS, Site
from tests.machine.steps import CALLED, HIMSELF, ITS_OWN

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


class Machine:
    """One run of one site."""

    def __init__(self, site: Site, world: World) -> None:
        self.model, self.world = Model(site), world
        self.judge = Judge(self.model, world)

    def run(self, steps: list[tuple[str, dict[str, Any]]]) -> None:
        """Do all steps. Raises AssertionError after the first on which product and model do not agree."""
        memory.clear()
        rows.delete_all()
        with override_settings(FLASHCALL=self.model.site.setting()):
            for kind, arguments in steps:
                product, model = getattr(self, kind)(**arguments)
                self.judge.step(kind, product, model)

    # The steps: what to do to the product, and what to the model

    def request(self, number: str, user: Any, address: Any, key: str, **given: Any) -> Any:
        client = services.Client(ip_address=address)
        known = {**given, "user": self._user(user), "client": client, "idempotency_key": key or None}
        return (
            lambda: services.request_verification(number, **known),
            lambda: self.model.request(number, **given, user=_signed_in(user), address=address, key=key),
        )

    def fall_back(self, back: int | None, channel: str | None, who: Any, address: str | None) -> Any:
        attempt, attempt_id, user = self._meant(back, who)
        known = {"channel": channel, "user": self._user(user), "client": services.Client(ip_address=address)}
        return (
            lambda: services.fall_back(attempt_id, **known),
            lambda: self.model.fall_back(attempt, channel, _signed_in(user), address),
        )

    def verify(self, back: int | None, entered: str, who: Any) -> Any:
        attempt, attempt_id, user = self._meant(back, who)
        typed, digits = self._typed(entered, attempt)
        name, other = ("caller_id", "code") if entered in CALLED else ("code", "caller_id")
        judged: dict[str, Any] = {name: digits, other: None}
        return (
            lambda: services.verify(attempt_id, **{name: typed}, user=self._user(user)),
            lambda: self.model.verify(attempt, _signed_in(user), **judged),
        )

    def cancel(self, back: int | None, who: Any) -> Any:
        attempt, attempt_id, user = self._meant(back, who)
        return (
            lambda: services.cancel(attempt_id, user=self._user(user)),
            lambda: self.model.cancel(attempt, _signed_in(user)),
        )

    def redeem(self, back: int | None, who: Any, **bound: Any) -> Any:
        proof, text = self._proof(back)
        own = proof[0] if proof else Attempt(NUMBERS[0], "signup", None, False, "", 0, 0, None)
        bound = {name: getattr(own, name) if value == ITS_OWN else value for name, value in bound.items()}
        user, number = own.user if who == HIMSELF else who, bound.pop("number")
        return (
            lambda: services.redeem(text, **bound, phone_number=number, user=self._user(user)),
            lambda: self.model.redeem(proof, **bound, number=number, user=user),
        )

    def own_phone(self, back: int | None, user: int) -> Any:
        proof, text = self._proof(back)
        return (
            lambda: services.own_phone(text, user=self._user(user)).phone_number,
            lambda: self.model.own_phone(proof, user),
        )

    def clock(self, seconds: int) -> Any:
        # A moment more, so that what ends now has ended.
        return lambda: self.world.age(seconds + 0.01), lambda: self.model.pass_by(seconds)

    def provider(self, answers: list[Answer]) -> Any:
        return lambda: script(answers), lambda: self.model.answers.extend(answers)

    # What a step acts on

    def _meant(self, back: int | None, who: Any) -> tuple[Attempt | None, uuid.UUID, Any]:
        """Return an attempt, its id, and who acts."""
        attempts = self.model.attempts
        attempt = None if back is None or not attempts else attempts[-1 - back % len(attempts)]
        himself = attempt.user if attempt else 0
        attempt_id = self.judge.products[attempt] if attempt else uuid.uuid4()
        return attempt, attempt_id, himself if who == HIMSELF else who

    def _proof(self, back: int | None) -> tuple[tuple[Attempt, str] | None, str]:
        """Return what a proof says, and its text. One that says nothing is another with its end cut off."""
        proofs = self.model.proofs
        if back is None or not proofs:
            return None, next(iter(self.judge.proofs.values()), "nothing")[:-1]
        proof = proofs[-1 - back % len(proofs)]
        return proof, self.judge.proofs[proof]

    def _user(self, who: Any) -> Any:
        return AnonymousUser() if who == "anonymous" else None if who is None else self.world.users[who]

    def _typed(self, entered: str, attempt: Attempt | None) -> tuple[str, str]:
        """Return what is entered, and the digits that it stands for: "" where it can be no code."""
        deliveries = attempt.deliveries if attempt else []
        known = [one.code for one in deliveries if one.code] or DIGITS[4]
        others = [one.code for each in self.model.attempts for one in each.deliveries if one.code] or DIGITS[6]
        length = CODE_LENGTH[deliveries[-1].channel] if deliveries else 4
        newest = known[-1]
        ways: dict[str, Callable[[], tuple[str, str]]] = {
            "newest code": lambda: (newest, newest),
            "oldest code": lambda: (known[0], known[0]),
            "other attempt's code": lambda: (others[0], others[0]),
            "wrong code": lambda: ("1" * length, "1" * length),
            "spaced": lambda: (f" {newest[:2]} {newest[2:]}", newest),
            "full width": lambda: (newest.translate(FULL_WIDTH), newest),
            "letters": lambda: ("48x1", ""),
            "right caller ID": lambda: (f"+38044 123{newest[-4:]}", f"38044123{newest[-4:]}"),
            "wrong caller ID": lambda: ("0441231111", "0441231111"),
            "withheld caller ID": lambda: ("anonymous", ""),
        }
        return ways[entered]()


def _signed_in(who: Any) -> int | None:
    return None if who == "anonymous" else who
