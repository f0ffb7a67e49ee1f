"""Whatever is held about one number, or about one user."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from django_flashcall import codes, phones
from django_flashcall.conf import get_config, secrets
from django_flashcall.exceptions import DestinationNotAllowed
from django_flashcall.models import Limit, PhoneStatus, VerificationAttempt, transactions
from django_flashcall.models.attempts import AttemptQuerySet
from django_flashcall.models.limits import LimitQuerySet
from django_flashcall.models.phones import PhoneStatusQuerySet
from django_flashcall.phones import E164, E164_NUMBER
from django_flashcall.services import limit_keys
from django_flashcall.services.client import Client


class Unknown(Exception):
    """There is nobody like that, or what was given is no number. What was given is not in the text."""


@dataclass(frozen=True)
class Subject:
    """Whom or what it is about: a number, or a user with the numbers that are his."""

    number: E164 | None = None
    user: Any = None

    @classmethod
    def of_number(cls, typed: str) -> Subject:
        """Return the subject of a number, in any spelling. Raises Unknown."""
        if E164_NUMBER.fullmatch(typed):  # also where such numbers have gone out of use since
            return cls(number=E164(typed))
        try:
            return cls(number=phones.parse(typed, get_config().default_region()).number)
        except (ValidationError, DestinationNotAllowed):
            raise Unknown("This is not a phone number.") from None

    @classmethod
    def of_user(cls, **lookup: Any) -> Subject:
        """Return the subject of the user that `lookup` finds. Raises Unknown."""
        users = get_user_model()._base_manager.using(transactions.database())
        try:
            return cls(user=users.get(**lookup))
        except (users.model.DoesNotExist, ValueError, ValidationError):
            raise Unknown("There is no such user.") from None

    @property
    def user_id(self) -> Any:
        """Primary key of the user, or None."""
        return None if self.user is None else self.user.pk

    def numbers(self) -> list[str]:
        """Return the number, or those that the user owns."""
        if self.number is not None:
            return [self.number]
        return list(self.statuses().values_list("phone_number", flat=True))

    def statuses(self) -> PhoneStatusQuerySet:
        """Return what is known of the number, or of the user's."""
        rows = PhoneStatus.objects.using(transactions.database())
        return rows.filter(user=self.user) if self.number is None else rows.filter(phone_number=self.number)

    def attempts(self) -> AttemptQuerySet:
        """Return the attempts for the number; or those of the user, and all for the numbers that are his.

        One whose number is no longer kept is found by its digest, under every key that is still honoured.
        """
        numbers = self.numbers()
        digests = [codes.digest(secret, "phone", number) for secret in secrets() for number in numbers]
        rows = VerificationAttempt.objects.using(transactions.database())
        return rows.about(numbers=numbers, digests=digests, user_id=self.user_id)

    def limits(self, attempts: Iterable[VerificationAttempt]) -> LimitQuerySet:
        """Return the limits that count the subject, and the numbers and addresses of these attempts of its."""
        rows = Limit.objects.using(transactions.database())
        return rows.filter(key__in=self.limit_keys(attempts))

    def limit_keys(self, attempts: Iterable[VerificationAttempt]) -> set[str]:
        """Return the keys that such limits may have."""
        attempts = list(attempts)
        numbers = {*self.numbers(), *(attempt.phone_number for attempt in attempts)}
        values = [value for number in numbers for value in limit_keys.of_number(number)]
        buckets = {Client(attempt.ip_address).ip_bucket for attempt in attempts}
        values += [("ip", bucket) for bucket in buckets if bucket is not None]
        values += [] if self.user is None else [("user", str(self.user_id))]
        rates = Limit.objects.using(transactions.database()).rates(limit_keys.PERSONAL)
        return limit_keys.possible(values, rates)


@dataclass(frozen=True)
class Other:
    """A table besides ours that has numbers in it."""

    name: str
    rows: Callable[[Subject], QuerySet[Any]]
    """Returns what it holds about a subject."""


OTHERS: list[Other] = []
"""What the installed parts of contrib have registered."""
