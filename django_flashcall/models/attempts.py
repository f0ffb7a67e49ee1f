"""An attempt: one person's try to prove one number for one purpose."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Greatest, Right
from django.db.models.lookups import GreaterThan
from django.db.models.sql import Query
from django.utils.translation import gettext_lazy as _

from django_flashcall import codes
from django_flashcall.conf import Purpose, secrets
from django_flashcall.models.clock import DbNow, from_now, in_seconds
from django_flashcall.models.deferred import ReadWhereItWasRead
from django_flashcall.models.fields import DigestField, E164Field
from django_flashcall.models.ids import uuid7
from django_flashcall.models.prepared import Param, Prepared, inserting, updating
from django_flashcall.phones import HIDDEN, mask

if TYPE_CHECKING:
    from django_flashcall.models.deliveries import Delivery
    from django_flashcall.models.standing import Standing

CONTINUE_SECONDS = 600
"""For how long after its start an attempt takes a further delivery (NIST SP 800-63B-4, 3.1.3.2: ten minutes)."""

LANGUAGE_LENGTH = 16
"""Characters of the longest code of a language: Django's own are shorter, those that a site makes up may not be."""


GIVEN = (
    "id",
    "phone_number",
    "phone_digest",
    "region",
    "purpose",
    "user",
    "owner",
    "context_digest",
    "language",
    "status",
    "checks",
    "max_checks",
    "ip_address",
    "user_agent",
    "idempotency_digest",
)
"""What a new attempt is given; its times are the database's."""


def number_digest(key: str | bytes, phone_number: str) -> str:
    """Return what a number's attempts are found by, where the number itself is not to be said or is kept no longer."""
    return codes.digest(key, "phone", phone_number)


def _pending() -> AttemptQuerySet:
    rows = VerificationAttempt.objects.filter(pk=Param.of(VerificationAttempt, "id"))
    return rows.filter(status=VerificationAttempt.Status.PENDING, checks__lt=F("max_checks"))


def _extending() -> Query:
    rows = _pending().filter(continue_until__gt=DbNow())
    return updating(rows, expires_at=Greatest(F("expires_at"), from_now("ttl")))


def _spending(status: str) -> Query:
    seen = Param.of(VerificationAttempt, "checks")
    if status == VerificationAttempt.Status.PENDING:
        rows = _pending().filter(checks=seen, expires_at__gt=DbNow())
    else:
        rows = VerificationAttempt.objects.filter(pk=Param.of(VerificationAttempt, "id"), status=status)
        rows = rows.filter(checks=seen, checks__lt=F("max_checks"))
    return updating(rows, checks=F("checks") + 1)


def _settling() -> Query:
    # The code's own time is judged too: after a fallback the attempt lives longer than its first code. As it was read:
    # asked of its row here, MariaDB would lock that before the attempt's, against the order that all others keep.
    lives = GreaterThan(Param("accepted_until", models.DateTimeField()), DbNow())
    rows = _pending().filter(lives, expires_at__gt=DbNow())
    channel = Param.of(VerificationAttempt, "verified_channel")
    return updating(rows, status=VerificationAttempt.Status.VERIFIED, verified_at=DbNow(), verified_channel=channel)


def _inserting() -> Query:
    return inserting(
        VerificationAttempt,
        GIVEN,
        created_at=DbNow(),
        expires_at=from_now("ttl"),
        continue_until=in_seconds(CONTINUE_SECONDS),
    )


EXTEND = Prepared(_extending)
SPEND_CHECK = Prepared(_spending)
SETTLE = Prepared(_settling)
INSERT = Prepared(_inserting)


class AttemptQuerySet(models.QuerySet["VerificationAttempt"]):
    """The questions to, and the changes of, attempts. Each change is one conditional UPDATE: its row count decides."""

    def extend(self, attempt_id: uuid.UUID, seconds: int) -> bool:
        """Let the attempt live for `seconds` from now at least, and lock its row. False if it cannot be continued."""
        return EXTEND.execute(self.db, id=attempt_id, ttl=timedelta(seconds=seconds)) == 1

    def spend_check(self, attempt_id: uuid.UUID, *, seen: int, status: str) -> bool:
        """Count one wrong code, if the attempt still has the `status` and the number of checks that were `seen`."""
        return SPEND_CHECK.execute(self.db, status, id=attempt_id, checks=seen) == 1

    def settle(self, delivery: Delivery) -> bool:
        """Make a delivery's attempt verified by it, if it is pending, has a check left and neither has expired.

        True for one caller only.
        """
        until, channel = delivery.expires_at, delivery.reached_over
        return SETTLE.execute(self.db, id=delivery.attempt_id, accepted_until=until, verified_channel=channel) == 1

    def insert(self, attempt: VerificationAttempt, *, ttl: int) -> None:
        """Write a new attempt, whose first code is accepted for `ttl` seconds."""
        values = {name: getattr(attempt, VerificationAttempt._meta.get_field(name).attname) for name in GIVEN}  # type: ignore[union-attr]
        INSERT.execute(self.db, **values, ttl=timedelta(seconds=ttl))
        attempt.was_written(self.db, "created_at", "expires_at", "continue_until", "verified_at")

    def redeemable(self, purposes: Iterable[Purpose]) -> AttemptQuerySet:
        """Keep those of `purposes` whose proof is unused and not older than the purpose allows."""
        in_age = Q(pk__in=[])
        for purpose in purposes:
            in_age |= Q(purpose=purpose.name, verified_at__gt=in_seconds(-purpose.proof_max_age))
        return self.filter(in_age, status=VerificationAttempt.Status.VERIFIED, redeemed_at__isnull=True)

    def cancel(self, attempt_id: uuid.UUID) -> bool:
        """Make a pending attempt canceled."""
        pending = self.filter(pk=attempt_id, status=VerificationAttempt.Status.PENDING)
        return pending.update(status=VerificationAttempt.Status.CANCELED) == 1

    def for_number(self, phone_number: str) -> AttemptQuerySet:
        """Keep those for this number, by its digest under each key that is honoured."""
        return self.filter(phone_digest__in=[number_digest(key, phone_number) for key in secrets()])

    def newest(self, size: int, *, before: uuid.UUID | None = None) -> tuple[AttemptQuerySet, uuid.UUID | None]:
        """Keep the newest `size`, or the newest of those older than `before`.

        The second value is the oldest one's id, where there may be older ones. It reads `size` entries of an index,
        however many attempts there are.
        """
        older = Q() if before is None else Q(pk__lt=before)
        ids = VerificationAttempt.objects.using(self.db).filter(older).order_by("-pk").values_list("pk", flat=True)
        ends = list(ids[size - 1 : size + 1])
        rows = self.filter(older)
        return (rows.filter(pk__gte=ends[0]), ends[0]) if len(ends) == 2 else (rows, None)

    def older_than(self, seconds: float) -> AttemptQuerySet:
        """Keep those that were started longer ago than that."""
        return self.filter(created_at__lt=in_seconds(-seconds))

    def younger_than(self, seconds: float) -> AttemptQuerySet:
        """Keep those that were started no longer ago than that."""
        return self.filter(created_at__gte=in_seconds(-seconds))

    def created_within(self, start: datetime, length: timedelta) -> AttemptQuerySet:
        """Keep those of a time that begins with a moment read from a row."""
        return self.filter(created_at__gte=start, created_at__lt=start + length)

    def first_moment(self, start: datetime | None = None) -> datetime | None:
        """Return when the oldest of these was created, or the oldest from `start` on; None where there is none."""
        rows = self if start is None else self.filter(created_at__gte=start)
        return rows.order_by("created_at").values_list("created_at", flat=True).first()

    def oldest(self, size: int) -> Iterable[tuple[uuid.UUID, datetime]]:
        """Return id and creation of the oldest of these, at most `size`."""
        return self.order_by("created_at").values_list("pk", "created_at")[:size]

    def about(self, *, numbers: Iterable[str], digests: Iterable[str], user_id: Any) -> AttemptQuerySet:
        """Keep those for these numbers, which after their retention only the `digests` tell, and those of a user."""
        wanted = Q(phone_number__in=list(numbers)) | Q(phone_digest__in=list(digests))
        return self.filter(wanted if user_id is None else wanted | Q(user_id=user_id))

    def with_address(self) -> AttemptQuerySet:
        """Keep those that tell from where they were asked for."""
        return self.filter(Q(ip_address__isnull=False) | ~Q(user_agent=""))

    def with_number(self) -> AttemptQuerySet:
        """Keep those that have their whole number."""
        return self.filter(phone_number__startswith="+")

    def forget_addresses(self) -> int:
        """Keep no longer from where these were asked for; return how many told it."""
        return self.with_address().update(ip_address=None, user_agent="")

    def forget_numbers(self) -> int:
        """Leave of the numbers their digest, region and last two digits; return how many were whole."""
        left = Concat(Value(HIDDEN), Right("phone_number", 2), output_field=models.CharField())
        kept = self.with_number()
        return kept.update(phone_number=left, ip_address=None, user_agent="", idempotency_digest=None)

    def remove(self) -> tuple[int, int]:
        """Delete these with their deliveries; return how many there were of both."""
        deleted = self.delete()[1]
        models = (VerificationAttempt, VerificationAttempt._meta.get_field("deliveries").related_model)
        attempts, deliveries = (deleted.get(model._meta.label, 0) for model in models)
        return attempts, deliveries

    def release(self, attempt_id: uuid.UUID) -> None:
        """Free the attempt's idempotency key for new use."""
        self.filter(pk=attempt_id).update(idempotency_digest=None)


class VerificationAttempt(ReadWhereItWasRead):
    """One person's try to prove one number for one purpose.

    What only time changes (expired, exhausted, failed) is not stored: `Standing` derives it.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        VERIFIED = "verified", _("verified")
        CANCELED = "canceled", _("canceled")

    id = models.UUIDField(_("id"), primary_key=True, default=uuid7, editable=False)
    phone_number = E164Field(_("phone number"))
    phone_digest = DigestField(_("digest of the number"), db_index=True)
    region = models.CharField(_("region"), max_length=3)
    purpose = models.CharField(_("purpose"), max_length=32)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    owner = models.BooleanField(_("asked by the number's owner"), default=False)
    context_digest = models.CharField(_("digest of the context"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=LANGUAGE_LENGTH, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    checks = models.PositiveSmallIntegerField(_("wrong codes"), default=0)
    max_checks = models.PositiveSmallIntegerField(_("wrong codes allowed"))
    created_at = models.DateTimeField(_("created"), db_default=DbNow(), db_index=True)
    expires_at = models.DateTimeField(_("expires"))
    continue_until = models.DateTimeField(_("can be continued until"))
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_channel = models.CharField(_("verified over"), max_length=32, blank=True, default="", db_default="")
    redeemed_at = models.DateTimeField(_("proof redeemed at"), null=True, blank=True)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=255, blank=True)
    idempotency_digest = DigestField(_("idempotency digest"), unique=True, null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    standing: Standing
    """How it stood when it was last read; set by `Standing.read`."""

    class Meta:
        verbose_name = _("verification attempt")
        verbose_name_plural = _("verification attempts")
        permissions = [("view_full_phone", _("Can see whole phone numbers"))]
        indexes = [models.Index(fields=["phone_number", "expires_at"], name="flashcall_attempt_number")]
        constraints = [
            models.CheckConstraint(
                name="flashcall_attempt_status_known", condition=Q(status__in=["pending", "verified", "canceled"])
            ),
            models.CheckConstraint(
                name="flashcall_attempt_verified_has_time",
                condition=Q(status="verified", verified_at__isnull=False)
                | (~Q(status="verified") & Q(verified_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="flashcall_attempt_verified_in_time",
                condition=Q(verified_at__isnull=True) | Q(verified_at__lte=F("expires_at")),
            ),
            models.CheckConstraint(
                name="flashcall_attempt_redeemed_after",
                condition=Q(redeemed_at__isnull=True) | Q(status="verified", verified_at__isnull=False),
            ),
            models.CheckConstraint(name="flashcall_attempt_checks_bound", condition=Q(checks__lte=F("max_checks"))),
            models.CheckConstraint(name="flashcall_attempt_expires_later", condition=Q(expires_at__gt=F("created_at"))),
        ]

    def __str__(self) -> str:
        return f"{mask(self.phone_number)} {self.purpose} {self.id}"

    def __repr__(self) -> str:
        return f"<VerificationAttempt {self}>"

    @property
    def checks_left(self) -> int:
        """Wrong codes that may still be entered."""
        return max(self.max_checks - self.checks, 0)

    def masked_phone_number(self) -> str:
        """The number with all but its country code and last two digits hidden."""
        return mask(self.phone_number)

    def belongs_to(self, user: Any) -> bool:
        """Tell whether it was started for this user."""
        return user is not None and self.user_id == user.pk
