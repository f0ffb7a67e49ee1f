"""What the product promises, in plain Python: a second opinion, written from the rules and not from the code.

Time is a whole number of seconds that only `pass_by` moves. Nothing here imports the product.
"""

from __future__ import annotations

from typing import Any

from tests.machine.attempts import REQUEST_DEADLINE, Attempt, Delivery, digits_for, guesses_left, refused
from tests.machine.books import Ask, No
from tests.machine.known import Known
from tests.machine.provider import PLACED, Answer, other
from tests.machine.sites import CODE_LENGTH, PURPOSES, TTL

IDEMPOTENCY_KEPT = 86400
GIVEN_UP = REQUEST_DEADLINE + 15
ACCOUNT = {"credentials", "too_many_in_flight", "breaker_open"}
OUTCOME = {  # of an answer: the status and the error code on the delivery's row
    Answer.ACCEPTED: ("accepted", ""),
    Answer.OTHER_CODE: ("accepted", ""),
    Answer.REJECTED: ("rejected", "rejected"),
    Answer.CREDENTIALS: ("rejected", "credentials"),
    Answer.UNREACHABLE: ("failed", "connection"),
    Answer.BUSY: ("failed", "too_many_in_flight"),
    Answer.UNKNOWN: ("unknown", "malformed_answer"),
    Answer.TIMEOUT: ("unknown", "timeout"),
    Answer.NONSENSE: ("unknown", "raised"),
    Answer.RAISES: ("unknown", "raised"),
}


class Model(Known):
    """A site with all its attempts, and what people do with it."""

    # What a person does

    def request(
        self,
        number: str,
        purpose: str,
        user: int | None,
        channel: str | None,
        context: str,
        address: str | None,
        key: str,
    ) -> Attempt:
        rules = PURPOSES[purpose]
        channel = channel or rules.channels[0]
        if channel not in rules.channels:
            raise No("ChannelUnavailable", channel=channel)
        known_as = (key, user) if user is not None else (key, number, purpose, channel, context)
        if key and (known := self._replayed(known_as, (number, purpose, channel, context))):
            return known
        ask = self._ask(number, purpose, channel, user, address, fresh=True)
        taken = self._admit(ask)
        granted = min(rules.max_checks, self._guesses_left(ask)[0])
        self.books.take(taken, self.now)
        attempt = Attempt(number, purpose, user, ask.owner, context, granted, self.now, known_as if key else None)
        self.attempts.append(attempt)
        self.signals["attempt_started"] += 1
        self._deliver(attempt, ask)
        return attempt

    def fall_back(self, attempt: Attempt | None, channel: str | None, user: int | None, address: str | None) -> Attempt:
        attempt = self.find(attempt, user)
        if closed := self.closed(attempt):
            raise No("AttemptClosed", status=closed)
        channel = channel or self.next_channel(attempt) or attempt.deliveries[-1].channel
        if channel not in attempt.rules.channels:
            raise No("ChannelUnavailable", channel=channel)
        if self.wait_for(attempt, channel):
            self._give_up(attempt.deliveries[-1])
        if wait := self.wait_for(attempt, channel):
            resend = any(one.channel == channel for one in attempt.deliveries)
            raise No("RateLimited", scope={"cooldown" if resend else "fallback"}, retry_after=wait)
        person = user if attempt.user is None else attempt.user
        ask = self._ask(attempt.number, attempt.purpose, channel, person, address, fresh=False)
        self.books.take(self._admit(ask), self.now)
        self._deliver(attempt, ask)
        return attempt

    def verify(
        self, attempt: Attempt | None, user: int | None, code: str | None, caller_id: str | None
    ) -> tuple[str, int, Attempt | None, str | None]:
        """Judge a code, or a number that called, each as its bare digits or "" where there are none that could be it.

        Return status, checks left, attempt and, where the status is verified, the channel that proved it.
        """
        try:
            attempt = self.find(attempt, user)
        except No:
            return "not_found", 0, None, None
        state = self.state(attempt)
        if state == "verified":
            return self._verify_again(attempt, code, caller_id)
        if state != "pending":
            return state, attempt.checks_left, attempt, None
        verdict, channel = self._judge(attempt, self.live(attempt), code, caller_id)
        if verdict == "verified":
            attempt.status, attempt.verified = "verified", self.now
            self.signals["attempt_verified"] += 1
        elif not attempt.checks_left:
            self.signals["attempt_exhausted"] += 1
        return verdict, attempt.checks_left, attempt, channel

    def _verify_again(
        self, attempt: Attempt, code: str | None, caller_id: str | None
    ) -> tuple[str, int, Attempt, str | None]:
        too_old = self.now - (attempt.verified or 0) >= attempt.rules.proof_max_age
        verdict, channel = "", None
        if not (attempt.redeemed or too_old) and attempt.checks_left:
            sent = [one for one in attempt.deliveries if not refused(one)]
            verdict, channel = self._judge(attempt, sent, code, caller_id)
        if verdict == "verified":
            return verdict, attempt.checks_left, attempt, channel
        return "already_verified", 0, attempt, None

    def _judge(
        self, attempt: Attempt, deliveries: list[Delivery], code: str | None, caller_id: str | None
    ) -> tuple[str, str | None]:
        """Return the verdict on a code, with the channel that it came by. A wrong one costs a check."""
        entered = [(one, digits_for(one, code, caller_id)) for one in deliveries]
        if not any(digits for _one, digits in entered):
            return "malformed", None
        hits = [one for one, digits in entered if digits and digits == one.code]
        if hits:
            self.proofs.append((attempt, hits[-1].channel))
            return "verified", hits[-1].channel
        attempt.checks += 1
        attempt.wrong.append(self.now)
        return "invalid_code", None

    def cancel(self, attempt: Attempt | None, user: int | None) -> None:
        attempt = self.find(attempt, user)
        if attempt.status == "verified":
            raise No("AttemptClosed", status="verified")
        attempt.status = "canceled"

    def redeem(
        self, proof: tuple[Attempt, str] | None, purpose: str, number: str | None, user: int | None, context: str
    ) -> Attempt:
        if PURPOSES[purpose].owns and user is None:
            raise No("ValueError")
        return self._redeem(proof, {purpose}, number, user, context)

    def own_phone(self, proof: tuple[Attempt, str] | None, user: int) -> str:
        owning = {name for name, rules in PURPOSES.items() if rules.owns}
        return self._redeem(proof, owning, None, user, "").number

    def pass_by(self, seconds: int) -> None:
        self.now += seconds

    # How it comes about

    def _give_up(self, delivery: Delivery) -> None:
        """Of a process that died, nothing more is expected."""
        if delivery.status == "created" and self.now - delivery.created >= GIVEN_UP:
            delivery.status, delivery.error_code = "unknown", "abandoned"
            self.signals["delivery_sent"] += 1

    def _replayed(self, known_as: tuple[object, ...], asked: tuple[str, ...]) -> Attempt | None:
        attempt = next((one for one in self.attempts if one.key == known_as), None)
        if attempt is None:
            return None
        if self.now - attempt.created >= IDEMPOTENCY_KEPT:
            attempt.key = None
            return None
        first = attempt.deliveries[0]
        if asked != (attempt.number, attempt.purpose, first.channel, attempt.context):
            raise No("IdempotencyMismatch")
        if first.status == "created" and not self.abandoned(first):
            raise No("IdempotencyConflict", retry_after=first.created + REQUEST_DEADLINE - self.now)
        return attempt

    def _ask(
        self, number: str, purpose: str, channel: str, user: int | None, address: str | None, *, fresh: bool
    ) -> Ask:
        channels = PURPOSES[purpose].channels
        return Ask(
            number=number,
            channels=channels[channels.index(channel) :],
            user=user,
            address=address,
            fresh=fresh,
            owner=user is not None and number in self.owners and self.owners[number][0] == user,
        )

    def _guesses_left(self, ask: Ask) -> tuple[int, int]:
        mine = [one for one in self.attempts if (one.number, one.owner) == (ask.number, ask.owner)]
        return guesses_left(mine, self.site.limits.get("phone_failures", []), self.now)

    def _admit(self, ask: Ask) -> Any:
        """Return the uses of limits that it takes."""
        try:
            taken = self.books.admit(ask, self.now)
            if ask.fresh and self._guesses_left(ask)[0] < 1:
                raise No("RateLimited", scope={"phone_failures"}, retry_after=self._guesses_left(ask)[1])
        except No as no:
            if no.name == "RateLimited":
                self.signals["limit_hit"] += 1
            raise
        return taken

    def _deliver(self, attempt: Attempt, ask: Ask) -> None:
        reasons: set[str] = set()
        useless: set[str] = set()
        breakers = self.books.breakers_now()
        for channel in ask.channels:
            provider = self.site.providers.get(channel, "default")
            if provider in useless:
                continue
            if channel != ask.channels[0] and self.wait_for(attempt, channel):
                continue
            for earlier in self.live(attempt):
                if earlier.channel == channel:
                    earlier.expires = self.now
            delivery = Delivery(channel, self.now, self.now + TTL[channel])
            attempt.deliveries.append(delivery)
            attempt.expires = max(attempt.expires, delivery.expires)
            if self.books.lets_through(provider, breakers, self.now):
                answer = self._hand_over(attempt, delivery)
                delivery.status, delivery.error_code = OUTCOME[answer]
                self.books.tell(provider, breakers, answer, self.now)
            else:
                answer, delivery.status, delivery.error_code = Answer.UNREACHABLE, "failed", "breaker_open"
            self.signals["delivery_sent" if answer in PLACED else "delivery_failed"] += 1
            if answer in PLACED:
                return
            reasons.add(delivery.error_code)
            if delivery.error_code in ACCOUNT:
                useless.add(provider)
        if reasons <= ACCOUNT:
            raise No("ProviderUnavailable", retry_after=None if "credentials" in reasons else 1)
        raise No("DeliveryFailed", attempt=attempt, next_channel=self.next_channel(attempt))

    def _hand_over(self, attempt: Attempt, delivery: Delivery) -> Answer:
        """Account for one message that the provider must have been given, and return what becomes of it."""
        assert self.handed, "The provider was not given what it should have been."
        message = self.handed.popleft()
        assert (message.phone_number, message.channel) == (attempt.number, delivery.channel)
        assert len(message.code.digits) == CODE_LENGTH[delivery.channel]
        delivery.code = message.code.digits
        answer = self.answers.popleft() if self.answers else Answer.ACCEPTED
        if answer is Answer.OTHER_CODE:
            delivery.code = other(delivery.code)
        if answer is Answer.DIES:
            raise No("Killed")
        return answer

    def _redeem(
        self, proof: tuple[Attempt, str] | None, purposes: set[str], number: str | None, user: int | None, context: str
    ) -> Attempt:
        if proof is None:
            raise No("InvalidProof")
        attempt, channel = proof
        age = self.now - (attempt.verified or 0)
        if attempt.redeemed or attempt.purpose not in purposes or age >= attempt.rules.proof_max_age:
            raise No("InvalidProof")
        if attempt.user not in {None, user} or attempt.context != context or number not in {None, attempt.number}:
            raise No("InvalidProof")
        if attempt.rules.owns:
            assert user is not None
            self._own(attempt.number, user, channel)
        attempt.redeemed = True
        attempt.user = attempt.user if user is None else user
        return attempt

    def _own(self, number: str, user: int, channel: str) -> None:
        previous = self.owners.get(number, (user, ""))[0]
        if previous != user and not self.site.allow_transfer:
            raise No("PhoneTaken")
        self.owners[number] = (user, channel)
        self.signals["phone_verified"] += 1
        if previous != user:
            self.signals["phone_transferred"] += 1
