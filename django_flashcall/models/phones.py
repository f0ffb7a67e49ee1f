"""Phone status: what is known of a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connections, models
from django.db.models import Exists, Subquery
from django.db.models.constants import OnConflict
from django.db.models.sql import Query
from django.utils.translation import gettext_lazy as _

from django_flashcall.models.clock import DbNow, in_seconds, until
from django_flashcall.models.fields import E164Field
from django_flashcall.models.prepared import Prepared, inserting
from django_flashcall.phones import mask


@dataclass(frozen=True)
class Known:
    """What a request must know of its number."""

    owner_id: Any
    """Primary key of the user who owns it, or None."""
    blocked: bool


def _inserting() -> Query:
    given = ("phone_number", "user", "verified_channel", "block_reason")
    return inserting(PhoneStatus, given, on_conflict=OnConflict.IGNORE, verified_at=DbNow())


INSERT = Prepared(_inserting)


class PhoneStatusQuerySet(models.QuerySet["PhoneStatus"]):
    """The questions to, and the changes of, phone statuses."""

    def verified(self) -> PhoneStatusQuerySet:
        """Keep the numbers that a user has proved to hold."""
        return self.filter(verified_at__isnull=False, user__isnull=False)

    def for_user(self, user: Any) -> PhoneStatusQuerySet:
        """Keep the verified numbers of a user; none for an anonymous one."""
        return self.verified().filter(user_id=user.pk) if user.pk is not None else self.none()

    def of_nobody(self, seconds: float) -> PhoneStatusQuerySet:
        """Keep the numbers that nobody owns, whose owner was verified longer ago than that, and any block is over."""
        gone = models.Q(verified_at__isnull=True) | models.Q(verified_at__lt=in_seconds(-seconds))
        free = models.Q(blocked_until__isnull=True) | models.Q(blocked_until__lt=in_seconds(-seconds))
        return self.filter(gone, free, user__isnull=True)

    def facts(self, phone_number: Any) -> dict[str, Any]:
        """Return `owner_id` and `blocked` of a number as expressions that any query can carry along."""
        row = self.filter(phone_number=phone_number)
        # Left alone, Django takes a foreign key for the field and returns a UUID as the database's text.
        key = PhoneStatus._meta.get_field("user").target_field
        return {
            "owner_id": Subquery(row.verified().values("user_id")[:1], output_field=key),
            "blocked": Exists(row.filter(blocked_until__gt=DbNow())),
        }

    def known(self, phone_number: str) -> Known:
        """Return what is known of a number."""
        row = self.filter(phone_number=phone_number)
        blocked = models.Case(models.When(blocked_until__gt=DbNow(), then=True), default=False)
        verified = models.Case(models.When(verified_at__isnull=False, then="user_id"))
        found = row.values_list(verified, blocked).first()
        return Known(*found) if found else Known(owner_id=None, blocked=False)

    def insert(self, phone_number: str, *, user: Any, channel: str) -> bool:
        """Make `user` the owner of a number of which nothing is known. False where something is.

        Never on MariaDB, where an insert that ignores conflicts takes a shared lock, and whoever then wants his own
        deadlocks with the others.
        """
        if connections[self.db].vendor == "mysql":
            return False
        values = {"phone_number": phone_number, "user": user.pk, "verified_channel": channel, "block_reason": ""}
        return INSERT.execute(self.db, **values) == 1

    def give(self, phone_number: str, *, user: Any, channel: str) -> None:
        """Make `user` the owner of the number, whoever had it before."""
        row = PhoneStatus(phone_number=phone_number, user=user, verified_at=DbNow(), verified_channel=channel)
        self._put(row, ["user", "verified_at", "verified_channel"])

    def block(self, phone_number: str, *, seconds: float, reason: str) -> None:
        """Refuse the number for `seconds` from now, whatever was written of it before."""
        row = PhoneStatus(phone_number=phone_number, blocked_until=in_seconds(seconds), block_reason=reason)
        self._put(row, ["blocked_until", "block_reason"])

    def unblock(self, phone_number: str) -> bool:
        """Refuse the number no longer. False where it was not refused."""
        blocked = self.filter(phone_number=phone_number, blocked_until__gt=DbNow())
        return blocked.update(blocked_until=None, block_reason="") == 1

    def release(self, phone_number: str) -> bool:
        """Take the number from its owner. False where it had none."""
        owned = self.filter(phone_number=phone_number, user__isnull=False)
        return owned.update(user=None, verified_at=None, verified_channel="") == 1

    def with_block(self) -> PhoneStatusQuerySet:
        """Add `blocked_for`: the time until the end of the block, by the database's clock; negative afterwards."""
        clocks = {"blocked_for": until("blocked_until")}
        return self.annotate(**clocks)

    def lock(self, phone_number: str) -> Any:
        """Lock the number's row, made where there is none, and return the primary key of its owner, or None."""
        self._put(PhoneStatus(phone_number=phone_number), ["phone_number"])
        owner = self.select_for_update().verified().filter(phone_number=phone_number).first()
        return owner and owner.user_id

    def _put(self, row: PhoneStatus, fields: list[str]) -> None:
        """Insert the row, or update `fields` of the one that its number has, and lock it.

        One upsert, because MariaDB deadlocks on anything else that several do at once.
        """
        # MariaDB takes any unique key as the target and refuses to be told which one.
        target: dict[str, Any] = {} if connections[self.db].vendor == "mysql" else {"unique_fields": ["phone_number"]}
        self.bulk_create([row], update_conflicts=True, update_fields=fields, **target)


class PhoneStatus(models.Model):
    """What is known of a number: verified when and for whom, blocked until when. It has at most one owner."""

    phone_number = E164Field(_("phone number"), unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_channel = models.CharField(_("verified over"), max_length=32, blank=True)
    blocked_until = models.DateTimeField(_("blocked until"), null=True, blank=True)
    block_reason = models.CharField(_("why it is blocked"), max_length=255, blank=True)

    objects = PhoneStatusQuerySet.as_manager()

    blocked_for: timedelta | None
    """Time until the end of its block, negative afterwards, or None; set by `with_block`."""

    class Meta:
        verbose_name = _("phone status")
        verbose_name_plural = _("phone statuses")

    def __str__(self) -> str:
        return mask(self.phone_number)

    def __repr__(self) -> str:
        return f"<PhoneStatus {self}>"

    @property
    def is_verified(self) -> bool:
        """A user has proved to hold it, and still exists."""
        return self.verified_at is not None and self.user_id is not None

    def masked_phone_number(self) -> str:
        """The number with all but its country code and last two digits hidden."""
        return mask(self.phone_number)
