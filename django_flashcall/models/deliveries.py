"""A delivery: one call or message that carries one code."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.sql import Query
from django.utils.translation import gettext_lazy as _

from django_flashcall.conf import get_config
from django_flashcall.models.attempts import VerificationAttempt
from django_flashcall.models.clock import DbNow, from_now, since, until
from django_flashcall.models.ids import uuid7
from django_flashcall.models.prepared import Param, Prepared, inserting, updating

RESULT = ("status", "error_code", "provider_message_id", "code_digest")
"""What the provider's answer decides."""
GIVEN = ("id", "channel", "provider", "code_length", "currency", *RESULT)
"""What a new delivery is given besides its attempt; its times are the database's."""


def _inserting() -> Query:
    return inserting(Delivery, [*GIVEN, "attempt"], created_at=DbNow(), expires_at=from_now("ttl"))


def _settling() -> Query:
    rows = Delivery.objects.filter(pk=Param.of(Delivery, "id"), status=Delivery.Status.CREATED)
    return updating(rows, **{name: Param.of(Delivery, name) for name in RESULT})


INSERT = Prepared(_inserting)
SETTLE = Prepared(_settling)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """The questions to, and the changes of, deliveries."""

    def with_clock(self) -> DeliveryQuerySet:
        """Add what the database's clock says of each: `age` and `left`."""
        return self.annotate(age=since("created_at"), left=until("expires_at"))  # type: ignore[no-redef]  # the stubs' error

    def end(self, attempt_id: uuid.UUID, channel: str) -> None:
        """Stop accepting the codes that this attempt sent on a channel."""
        self.filter(attempt_id=attempt_id, channel=channel, expires_at__gt=DbNow()).update(expires_at=DbNow())

    def insert(self, delivery: Delivery, *, ttl: int) -> None:
        """Write a new delivery, whose code is accepted for `ttl` seconds."""
        values = {name: getattr(delivery, name) for name in GIVEN}
        INSERT.execute(self.db, **values, attempt=delivery.attempt_id, ttl=timedelta(seconds=ttl))

    def settle(self, delivery: Delivery) -> None:
        """Write what became of a delivery, if it was still in the provider's hands."""
        SETTLE.execute(self.db, id=delivery.pk, **{name: getattr(delivery, name) for name in RESULT})


class Delivery(models.Model):
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

    id = models.UUIDField(_("id"), primary_key=True, default=uuid7, editable=False)
    attempt = models.ForeignKey(
        VerificationAttempt, verbose_name=_("attempt"), on_delete=models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField(_("channel"), max_length=32)
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

    objects = DeliveryQuerySet.as_manager()

    age: timedelta
    """Time since it was created, by the database's clock; set by `with_clock`."""
    left: timedelta
    """Time until its code expires, negative afterwards; set by `with_clock`."""

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(fields=["provider_message_id"], name="flashcall_delivery_provider"),
            models.Index(fields=["status", "created_at"], name="flashcall_delivery_status"),
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
    def refused(self) -> bool:
        """It is certain that it did not reach the phone."""
        return self.known_status in self.REFUSED

    @property
    def live(self) -> bool:
        """Its code is accepted. One whose call is still under way counts: a phone may ring before the answer is in."""
        return not self.refused and self.left > timedelta(0)
