"""An attempt: one person's try to prove one number for one purpose."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from django_flashcall.conf import Purpose, Rate
from django_flashcall.models.clock import DbNow, in_seconds, until
from django_flashcall.models.fields import E164Field
from django_flashcall.models.ids import uuid7
from django_flashcall.phones import mask

if TYPE_CHECKING:
    from django_flashcall.models.standing import Standing

CONTINUE_SECONDS = 600
"""For how long after its start an attempt takes a further delivery (NIST SP 800-63B-4, 3.1.3.2: ten minutes)."""


class AttemptQuerySet(models.QuerySet["VerificationAttempt"]):
    """The questions to, and the changes of, attempts. Each change is one conditional UPDATE: its row count decides."""

    def continuable(self) -> AttemptQuerySet:
        """Keep those that can take a further delivery."""
        return self.filter(
            status=VerificationAttempt.Status.PENDING, checks__lt=F("max_checks"), continue_until__gt=DbNow()
        )

    def extend(self, attempt_id: uuid.UUID, seconds: int) -> bool:
        """Let the attempt live for `seconds` from now at least, and lock its row. False if it cannot be continued."""
        later = Greatest(F("expires_at"), in_seconds(seconds))
        return self.filter(pk=attempt_id).continuable().update(expires_at=later) == 1

    def spend_check(self, attempt_id: uuid.UUID, *, seen: int, status: str) -> bool:
        """Count one wrong code, if the attempt still has the `status` and the number of checks that were `seen`."""
        attempts = self.filter(pk=attempt_id, status=status, checks=seen, checks__lt=F("max_checks"))
        if status == VerificationAttempt.Status.PENDING:
            attempts = attempts.filter(expires_at__gt=DbNow())
        return attempts.update(checks=F("checks") + 1) == 1

    def settle(self, attempt_id: uuid.UUID) -> bool:
        """Make the attempt verified, if it is pending, not expired and has a check left. True for one caller only."""
        attempts = self.filter(
            pk=attempt_id,
            status=VerificationAttempt.Status.PENDING,
            expires_at__gt=DbNow(),
            checks__lt=F("max_checks"),
        )
        return attempts.update(status=VerificationAttempt.Status.VERIFIED, verified_at=DbNow()) == 1

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

    def release(self, idempotency_digest: str, kept: int) -> None:
        """Free an idempotency key for new use `kept` seconds after it was used."""
        old = self.filter(idempotency_digest=idempotency_digest, created_at__lte=in_seconds(-kept))
        old.update(idempotency_digest=None)

    def grant(self, phone_number: str, *, owner: bool, rates: Iterable[Rate]) -> Grant | None:
        """Return the wrong codes that the number has left in its `rates`; None where there is no rate.

        Call it with the number's limits locked, or two requests are granted the same checks.
        """
        rates = list(rates)
        if not rates:
            return None
        longest = max(rate.period for rate in rates)
        window = self.filter(phone_number=phone_number, owner=owner, expires_at__gt=in_seconds(-longest))
        rows = window.order_by("-created_at", "-id").values_list(
            "status", "checks", "max_checks", until("expires_at"), until("continue_until")
        )
        uses = list(_uses(rows))
        return min((_grant(uses, rate) for rate in rates), key=lambda grant: grant.checks)


@dataclass(frozen=True)
class Grant:
    """How many wrong codes a new attempt may have."""

    checks: int
    """May be 0 or less: then none."""
    retry_after: int
    """Seconds until some of those in use come free."""


@dataclass(frozen=True)
class _Use:
    """What one attempt takes of its number's wrong codes."""

    checks: int
    left: float
    """Seconds until it expires; negative afterwards."""
    open_for: float
    """Seconds for which it can still spend the checks it was granted; 0 if it cannot."""


def _uses(rows: Iterable[tuple[str, int, int, timedelta, timedelta]]) -> Iterator[_Use]:
    """Turn rows, newest first, into what each takes, back to the last success, which clears what went before.

    An attempt that can go on takes all that it was granted: else what is opened in parallel and guessed afterwards
    would go beyond the rate.
    """
    for status, checks, max_checks, left, can_continue in rows:
        if status == VerificationAttempt.Status.VERIFIED:
            return
        pending = status == VerificationAttempt.Status.PENDING and checks < max_checks
        open_for = max(left.total_seconds(), can_continue.total_seconds(), 0) if pending else 0
        yield _Use(max_checks if open_for else checks, left.total_seconds(), open_for)


def _grant(uses: Iterable[_Use], rate: Rate) -> Grant:
    counted = [use for use in uses if use.checks and use.left > -rate.period]
    frees_in = min((use.open_for or use.left + rate.period for use in counted), default=0)
    return Grant(rate.count - sum(use.checks for use in counted), max(math.ceil(frees_in), 1))


class VerificationAttempt(models.Model):
    """One person's try to prove one number for one purpose.

    What only time changes (expired, exhausted, failed) is not stored: `Standing` derives it.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        VERIFIED = "verified", _("verified")
        CANCELED = "canceled", _("canceled")

    id = models.UUIDField(_("id"), primary_key=True, default=uuid7, editable=False)
    phone_number = E164Field(_("phone number"))
    phone_digest = models.CharField(_("digest of the number"), max_length=64, db_index=True)
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
    language = models.CharField(_("language"), max_length=16, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    checks = models.PositiveSmallIntegerField(_("wrong codes"), default=0)
    max_checks = models.PositiveSmallIntegerField(_("wrong codes allowed"))
    created_at = models.DateTimeField(_("created"), db_default=DbNow(), db_index=True)
    expires_at = models.DateTimeField(_("expires"))
    continue_until = models.DateTimeField(_("can be continued until"))
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    redeemed_at = models.DateTimeField(_("proof redeemed at"), null=True, blank=True)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=255, blank=True)
    idempotency_digest = models.CharField(_("idempotency digest"), max_length=64, unique=True, null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    standing: Standing
    """How it stood when it was last read; set by `Standing.read`."""

    class Meta:
        verbose_name = _("verification attempt")
        verbose_name_plural = _("verification attempts")
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
