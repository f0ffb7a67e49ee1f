"""What the site writes down of its own. Nothing is unique here, so that what happens twice is seen twice."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.dispatch import receiver

from django_flashcall.models import VerificationAttempt
from django_flashcall.signals import attempt_verified


class Entry(models.Model):
    """Somebody who got in by a proof."""

    attempt = models.ForeignKey(VerificationAttempt, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    key = models.CharField(max_length=64)
    """Of the client's request: who asks again is told again."""

    def __str__(self) -> str:
        return f"{self.user} by {self.attempt_id}"


class Settled(models.Model):
    """An attempt that was said to be verified."""

    attempt = models.ForeignKey(VerificationAttempt, on_delete=models.CASCADE)

    def __str__(self) -> str:
        return str(self.attempt_id)


@receiver(attempt_verified)
def settle(attempt: VerificationAttempt, **kwargs: Any) -> None:
    Settled.objects.create(attempt=attempt)
