"""A delivery: one call or message that carries one code."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.sql import Query
from django.utils.translation import gettext_lazy as _

from django_flashcall.conf import get_config
from django_flashcall.models.attempts import CONTINUE_SECONDS, VerificationAttempt
from django_flashcall.models.clock import DbNow, from_now, in_seconds, since, until
from django_flashcall.models.deferred import ReadWhereItWasRead
from django_flashcall.models.ids import uuid7
from django_flashcall.models.prepared import Param, Prepared, inserting, updating

NOBODY = "test-number"
"""The provider of a delivery to one of TEST_NUMBERS. No key of PROVIDERS can be spelled so."""

RESULT = ("status", "error_code", "provider_message_id", "code_digest")
"""What the provider's answer decides."""
GIVEN = ("id", "channel", "fallbacks", "provider", "code_length", "currency", "delivered_channel", "polls", *RESULT)
"""What a new delivery is given besides its attempt; its times are the database's."""
TOLD = ("cost", "currency", "delivered_channel")
"""What a provider tells of a delivery besides its final status."""

FIRST_POLL_SECONDS = 5
"""How long after the provider took a delivery it is first asked what became of it: it recommends 5 to 10 seconds."""
LAST_POLL_SECONDS = 86400
"""A delivery as old as that is asked about a last time: what is not told in a day will not be told."""
SCHEDULED_POLLS = 16
"""How often that is at most: each time a delivery is twice as old as the time before, from 5 seconds on."""
HINTED_POLLS = 12
"""How many polls there may have been for a delivery report to bring the next one forward. The schedule alone makes as
many in three hours; a flood of reports gets no further than this."""
MOST_POLLS = SCHEDULED_POLLS + HINTED_POLLS
"""How often the provider is asked about one delivery at most, whatever comes."""
HINT_SECONDS = 1
"""How soon a report makes a delivery due. Not at once: nobody has the provider asked more than once a second."""
ABANDONED_SECONDS = 15
"""How much longer than REQUEST_DEADLINE a delivery may be `created` before it is stored as unknown: what is written
by then is written by a process that lives."""


def _inserting() -> Query:
    due = from_now("abandoned")
    return inserting(Delivery, [*GIVEN, "attempt"], created_at=DbNow(), expires_at=from_now("ttl"), due_at=due)


def _one(*statuses: str) -> DeliveryQuerySet:
    return Delivery.objects.filter(pk=Param.of(Delivery, "id"), status__in=statuses)


def _settling(followed: bool) -> Query:
    due = in_seconds(FIRST_POLL_SECONDS) if followed else None
    return updating(_one(Delivery.Status.CREATED), **{name: Param.of(Delivery, name) for name in RESULT}, due_at=due)


def _claiming(again: bool) -> Query:
    rows = _one(*Delivery.PLACED).filter(due_at__lte=DbNow())
    return updating(rows, polls=F("polls") + 1, due_at=from_now("gap") if again else None)


def _reporting(status: str) -> Query:
    delivered = {"delivered_at": DbNow()} if status == Delivery.Status.DELIVERED else {}
    told = {name: Param.of(Delivery, name) for name in TOLD}
    return updating(_one(*Delivery.PLACED), status=status, due_at=None, **told, **delivered)


INSERT = Prepared(_inserting)
SETTLE = Prepared(_settling)
CLAIM = Prepared(_claiming)
REPORT = Prepared(_reporting)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """The questions to, and the changes of, deliveries. Each change is one conditional UPDATE: its row count decides.

    A status moves only forward: `created`, then `accepted` or `unknown`, then `delivered` or `undeliverable`; and from
    `created` to `rejected` or `failed`. `due_at` says when somebody has to look at a row again.
    """

    def with_clock(self) -> DeliveryQuerySet:
        """Add what the database's clock says of each: `age`, `left` and `due_in`."""
        clocks = {"age": since("created_at"), "left": until("expires_at"), "due_in": until("due_at")}
        return self.annotate(**clocks)

    def due(self) -> DeliveryQuerySet:
        """Keep those that are to be looked at now, those of people who wait first: they became due last."""
        return self.filter(due_at__lte=DbNow()).order_by("-due_at")

    def to_be_followed(self, purposes: Iterable[str]) -> DeliveryQuerySet:
        """Keep what did not arrive, of attempts for these purposes that can be continued and whose code still lives.

        By the attempts that were started of late, for which there is an index.
        """
        started = Q(attempt__created_at__gt=in_seconds(-CONTINUE_SECONDS), attempt__continue_until__gt=DbNow())
        pending = Q(attempt__status=VerificationAttempt.Status.PENDING, attempt__expires_at__gt=DbNow())
        newer = Delivery.objects.filter(attempt=OuterRef("attempt"), pk__gt=OuterRef("pk"))
        rows = self.filter(started, pending, attempt__purpose__in=purposes, status=Delivery.Status.UNDELIVERABLE)
        return rows.exclude(Exists(newer))

    def end(self, attempt_id: uuid.UUID, channel: str) -> None:
        """Stop accepting the codes that this attempt sent on a channel."""
        self.filter(attempt_id=attempt_id, channel=channel, expires_at__gt=DbNow()).update(expires_at=DbNow())

    def insert(self, delivery: Delivery, *, ttl: int) -> None:
        """Write a new delivery, whose code is accepted for `ttl` seconds."""
        values = {name: getattr(delivery, name) for name in GIVEN}
        abandoned = timedelta(seconds=get_config().request_deadline + ABANDONED_SECONDS)
        ends = timedelta(seconds=ttl)
        INSERT.execute(self.db, **values, attempt=delivery.attempt_id, ttl=ends, abandoned=abandoned)
        delivery.was_written(self.db, "created_at", "expires_at", "due_at", "delivered_at")

    def settle(self, delivery: Delivery, *, followed: bool) -> bool:
        """Write what the provider answered, if the delivery was still in its hands, and whether to ask it later."""
        values = {name: getattr(delivery, name) for name in RESULT}
        return SETTLE.execute(self.db, followed, id=delivery.pk, **values) == 1

    def abandon(self, delivery_id: uuid.UUID, *, reason: str) -> bool:
        """Store as unknown what a process that died has left behind. True for one caller only."""
        rows = self.filter(pk=delivery_id, status=Delivery.Status.CREATED, due_at__lte=DbNow())
        return rows.update(status=Delivery.Status.UNKNOWN, error_code=reason, due_at=None) == 1

    def claim(self, delivery: Delivery) -> bool:
        """Take it upon oneself to ask what became of a delivery, if it is due. True for one caller only.

        It is due again when it is twice as old, whatever becomes of the asking.
        """
        gap = max(delivery.age, timedelta(seconds=FIRST_POLL_SECONDS))
        again = delivery.age < timedelta(seconds=LAST_POLL_SECONDS)
        return CLAIM.execute(self.db, again, id=delivery.pk, gap=gap) == 1

    def report(self, delivery_id: uuid.UUID, status: str, told: Mapping[str, Any]) -> bool:
        """Write what became of a delivery, if nothing final was written yet. True for one caller only.

        `told` has a value for each of `TOLD`.
        """
        return REPORT.execute(self.db, status, id=delivery_id, **told) == 1

    def hint(self, provider: str, provider_message_id: str) -> bool:
        """Make a delivery due in a second, for somebody says that there is news of it; at most so often."""
        rows = self.filter(provider=provider, provider_message_id=provider_message_id, status__in=Delivery.PLACED)
        later = Q(due_at__isnull=True) | Q(due_at__gt=in_seconds(HINT_SECONDS))
        return rows.filter(later, polls__lt=HINTED_POLLS).update(due_at=in_seconds(HINT_SECONDS)) > 0

    def press(self, delivery_id: uuid.UUID) -> bool:
        """Make a delivery due at once, for staff want to know now. Within the bounds that reports have, or at its end.

        So `MOST_POLLS` stays the most, however often it is pressed.
        """
        rows = self.filter(pk=delivery_id, status__in=Delivery.PLACED).exclude(provider_message_id="")
        waiting = Q(due_at__gt=DbNow(), polls__lt=HINTED_POLLS)
        given_up = Q(due_at__isnull=True, polls__lt=MOST_POLLS)
        return rows.filter(waiting | given_up | Q(due_at__lte=DbNow())).update(due_at=DbNow()) == 1


class Delivery(ReadWhereItWasRead):
    """One call or message that carries one code."""

    class Status(models.TextChoices):
        CREATED = "created", _("being sent")
        ACCEPTED = "accepted", _("accepted by the provider")
        REJECTED = "rejected", _("rejected by the provider")
        FAILED = "failed", _("provider not reached")
        UNKNOWN = "unknown", _("result unknown")
        DELIVERED = "delivered", _("delivered")
        UNDELIVERABLE = "undeliverable", _("undeliverable")

    REFUSED = frozenset({Status.REJECTED, Status.FAILED, Status.UNDELIVERABLE})
    """Certain not to have reached the phone."""
    PLACED = (Status.ACCEPTED, Status.UNKNOWN)
    """Of these the provider may tell later what became of them."""

    id = models.UUIDField(_("id"), primary_key=True, default=uuid7, editable=False)
    attempt = models.ForeignKey(
        VerificationAttempt, verbose_name=_("attempt"), on_delete=models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField(_("channel"), max_length=32)
    fallbacks = models.CharField(_("channels that the provider goes on to"), max_length=255, blank=True)
    provider = models.CharField(_("provider"), max_length=32)
    status = models.CharField(_("status"), max_length=13, choices=Status, default=Status.CREATED)
    code_digest = models.CharField(_("digest of the code"), max_length=64)
    code_length = models.PositiveSmallIntegerField(_("digits in the code"))
    created_at = models.DateTimeField(_("created"), db_default=DbNow())
    expires_at = models.DateTimeField(_("expires"))
    provider_message_id = models.CharField(_("provider's id"), max_length=255, blank=True)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=6, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    delivered_channel = models.CharField(_("channel that delivered"), max_length=32, blank=True)
    due_at = models.DateTimeField(_("to be looked at"), null=True, blank=True)
    polls = models.PositiveSmallIntegerField(_("times asked"), default=0)

    objects = DeliveryQuerySet.as_manager()

    age: timedelta
    """Time since it was created, by the database's clock; set by `with_clock`."""
    left: timedelta
    """Time until its code expires, negative afterwards; set by `with_clock`."""
    due_in: timedelta | None
    """Time until somebody has to look at it, negative afterwards, or None for never; set by `with_clock`."""

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(fields=["provider_message_id"], name="flashcall_delivery_provider"),
            models.Index(fields=["due_at"], name="flashcall_delivery_due"),
        ]
        constraints = [
            models.CheckConstraint(
                name="flashcall_delivery_status_known",
                condition=Q(
                    status__in=[
                        "created",
                        "accepted",
                        "rejected",
                        "failed",
                        "unknown",
                        "delivered",
                        "undeliverable",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="flashcall_delivery_expires_later", condition=Q(expires_at__gte=F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.id}"

    def __repr__(self) -> str:
        return f"<Delivery {self}>"

    @property
    def known_status(self) -> str:
        """Its status, where a worker that died during the call is read as what it is: a result nobody knows."""
        if self.status == self.Status.CREATED and self.age.total_seconds() > get_config().request_deadline:
            return self.Status.UNKNOWN
        return self.status

    @property
    def channels(self) -> list[str]:
        """The channels that it has used: its own, and those that the provider goes on to once it has taken it."""
        if self.status in {self.Status.REJECTED, self.Status.FAILED}:
            return [self.channel]
        return [self.channel, *filter(None, self.fallbacks.split(","))]

    @property
    def reached_over(self) -> str:
        """The channel that delivered it, where the provider says so; else the one that it began with."""
        return self.delivered_channel or self.channel

    @property
    def due(self) -> bool:
        """Somebody has to look at it now."""
        return self.due_in is not None and self.due_in <= timedelta(0)

    @property
    def refused(self) -> bool:
        """It is certain that it did not reach the phone."""
        return self.known_status in self.REFUSED

    @property
    def live(self) -> bool:
        """Its code is accepted. One whose call is still under way counts: a phone may ring before the answer is in."""
        return not self.refused and self.left > timedelta(0)
