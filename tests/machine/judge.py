"""Whether product and model agree after a step: on what was said, shown, sent, told and written."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django_flashcall import services
from django_flashcall.conf import get_config
from django_flashcall.models import Standing, VerificationAttempt, transactions
from django_flashcall.providers import memory
from tests.machine import rows
from tests.machine.books import No
from tests.machine.ears import Ears
from tests.machine.model import Attempt, Model
from tests.machine.provider import Killed
from tests.machine.sites import NUMBERS


@dataclass
class World:
    """What all runs share."""

    users: list[Any]
    age: Callable[[float], None]
    ears: Ears
    signals: list[tuple[str, dict[str, Any]]]
    runs: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)


class Judge:
    """Compares the product with the model, step by step of one run."""

    def __init__(self, model: Model, world: World) -> None:
        self.model, self.world, self.started = model, world, time.monotonic()
        self.products: dict[Attempt, uuid.UUID] = {}
        """The model's attempts to the ids of the product's."""
        self.proofs: dict[tuple[Attempt, str], str] = {}
        """What a proof says to its text."""
        world.runs += 1
        world.signals.clear()

    @property
    def drift(self) -> float:
        """Seconds that the database's clock may be ahead of the model's: those that the run took."""
        return time.monotonic() - self.started + 0.5

    def step(self, kind: str, product: Callable[[], Any], model: Callable[[], Any]) -> None:
        """Do one step to both and compare. Raises AssertionError."""
        handed = len(memory.outbox)
        said = _answer(product, Exception, Killed)
        self.model.handed.extend(memory.outbox[handed:])
        try:
            expected = _answer(model, No)
            assert not self.model.handed, "The provider was given more than it should have been."
            self._get_to_know()
            self._compare(said, expected)
        except AssertionError as error:
            error.add_note(f"The product said {said!r}.")
            raise
        rows.compare(self.model, self.world.users)
        self._compare_signals()
        self._see_no_secret(said)
        self.world.steps[kind] += 1
        self.world.results[f"{kind}: {_result(expected)}"] += 1

    def _get_to_know(self) -> None:
        """Learn the ids of the attempts that this step has made."""
        new = [attempt for attempt in self.model.attempts if attempt not in self.products]
        if new:
            newest = VerificationAttempt.objects.order_by("-id").values_list("pk", flat=True)[: len(new)]
            self.products.update(zip(new, reversed(newest), strict=True))

    def _compare(self, said: Any, expected: Any) -> None:
        if isinstance(expected, No):
            self._compare_refusal(said, expected)
        elif isinstance(expected, Attempt):
            assert isinstance(said, VerificationAttempt)
            kept = (said.pk, str(said.phone_number), said.purpose, said.status)
            assert kept == (self.products[expected], expected.number, expected.purpose, expected.status)
        elif isinstance(expected, tuple):
            self._compare_outcome(said, *expected)
        else:
            assert said == expected
        for attempt in self.model.attempts[-3:]:
            self._compare_standing(attempt)

    def _compare_refusal(self, said: Any, expected: No) -> None:
        """See that the product raised what the model did, with the same facts. Its clock may have gone on meanwhile."""
        assert type(said).__name__ == expected.name, expected
        for attribute, value in expected.facts.items():
            if attribute == "attempt":
                assert said.attempt_id == str(self.products[value])
            elif attribute == "retry_after" and value is not None:
                assert value - self.drift <= said.retry_after <= value, expected
            elif attribute == "scope":
                assert said.scope in value, expected
            else:
                assert getattr(said, attribute) == value, expected

    def _compare_outcome(
        self, said: Any, status: str, checks_left: int, attempt: Attempt | None, channel: str | None
    ) -> None:
        assert isinstance(said, services.Outcome)
        assert (said.status, said.checks_left) == (status, checks_left)
        assert (said.attempt and said.attempt.pk) == (attempt and self.products[attempt])
        assert (said.proof is None) == (channel is None)
        if attempt and channel and said.proof:
            # A proof that was given once is given again.
            assert self.proofs.setdefault((attempt, channel), said.proof) == said.proof
        if attempt and status == "invalid_code":
            self._see_few_failures(attempt)

    def _see_few_failures(self, attempt: Attempt) -> None:
        """See that a number's wrong codes, from one success to the next, are within every rate in every window."""
        mine = [one for one in self.model.attempts if (one.number, one.owner) == (attempt.number, attempt.owner)]
        place = mine.index(attempt)
        succeeded = [number for number, one in enumerate(mine) if one.status == "verified"]
        first = max((number + 1 for number in succeeded if number < place), default=0)
        last = min((number for number in succeeded if number > place), default=len(mine))
        wrong = [moment for one in mine[first : last + 1] for moment in one.wrong]
        for count, period in self.model.site.limits.get("phone_failures", []):
            assert sum(self.model.now - moment < period for moment in wrong) <= count

    def _compare_standing(self, attempt: Attempt) -> None:
        rules, model = get_config().purpose(attempt.purpose), self.model
        standing = Standing.by_id(self.products[attempt], transactions.database())
        assert standing is not None
        shown = (standing.state, standing.closed, standing.next_channel(rules), standing.attempt.checks_left)
        assert shown == (model.state(attempt), model.closed(attempt), model.next_channel(attempt), attempt.checks_left)
        live = [one.channel for one in model.live(attempt)]
        assert [one.channel for one in standing.live] == live
        assert len(set(live)) == len(live), "two codes of one channel are accepted"
        ends = max((one.expires for one in model.live(attempt)), default=min(attempt.expires, model.now))
        assert ends - model.now - self.drift <= standing.expires_in <= ends - model.now
        for channel in attempt.rules.channels:
            wait = model.wait_for(attempt, channel)
            assert max(wait - self.drift, 0) <= standing.wait_for(channel, rules) <= wait

    def _compare_signals(self) -> None:
        # Of limits only the refusals: what the site is told besides is no promise to a person.
        heard = [name for name, arguments in self.world.signals if arguments.get("refused", True)]
        assert Counter(heard) == self.model.signals
        self.world.signals.clear()
        self.model.signals.clear()

    def _see_no_secret(self, said: Any) -> None:
        codes = {one.code for attempt in self.model.attempts for one in attempt.deliveries if one.code}
        shown = [said, vars(said)] if isinstance(said, Exception) else [said]
        assert self.world.ears.leaks(shown, {*codes, *NUMBERS}) == []


def _answer(call: Callable[[], Any], *expected: type[BaseException]) -> Any:
    """Return what a call returns or raises."""
    try:
        return call()
    except expected as error:
        return error


def _result(expected: Any) -> str:
    if isinstance(expected, No):
        why = expected.facts.get("scope") or [expected.facts.get("status") or ""]
        return f"{expected.name} {' or '.join(sorted(why))}".strip()
    return str(expected[0]) if isinstance(expected, tuple) else "done"
