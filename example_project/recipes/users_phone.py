"""`User.phone`, kept in step with the verified number."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from django_flashcall.models import PhoneStatus, VerificationAttempt


def keep_in_step(users: QuerySet[Any]) -> None:
    """Give each of `users` the number that was verified last, None where there is none.

    One statement that reads what is so, and not what a signal says: it may run late, twice or at once with others.
    """
    verified = PhoneStatus.objects.verified().filter(user=OuterRef("pk")).order_by("-verified_at")
    users.update(phone=Subquery(verified.values("phone_number")[:1]))


def was_verified(attempt: VerificationAttempt, **kwargs: Any) -> None:
    """Somebody proved a number. Whoever else had it in `User.phone`, verified or not, gives it up first."""
    users, owner = get_user_model().objects.all(), Q(pk=attempt.user_id)
    with transaction.atomic():
        keep_in_step(users.filter(phone=attempt.phone_number).exclude(owner))
        keep_in_step(users.filter(owner))


def was_transferred(previous_user: Any, **kwargs: Any) -> None:
    """Another user had the number."""
    keep_in_step(get_user_model().objects.filter(pk=previous_user))


def release(user: Any) -> None:
    """Take all numbers from a user, who gave them up: no signal tells of that."""
    with transaction.atomic():
        PhoneStatus.objects.for_user(user).update(user=None, verified_at=None, verified_channel="")
        keep_in_step(get_user_model().objects.filter(pk=user.pk))


def repair() -> None:
    """Bring all users in step: once at first, and after an outage, when signals may have been lost."""
    users, verified = get_user_model().objects.all(), PhoneStatus.objects.verified()
    concerned = Q(pk__in=verified.values("user")) | Q(phone__in=verified.values("phone_number"))
    with transaction.atomic():
        users.filter(concerned).update(phone=None)
        keep_in_step(users.filter(pk__in=verified.values("user")))
