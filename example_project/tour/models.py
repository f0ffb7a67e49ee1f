"""Payments, which their payers confirm by phone."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Payment(models.Model):
    """Money that a user wants to send."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    payee = models.CharField(_("payee"), max_length=100)
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2, validators=[MinValueValidator(1)])
    paid_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"{self.amount} → {self.payee}"

    def context(self) -> str:
        """Return what a proof is bound to: with another amount or payee it is the proof of another payment."""
        return f"payment {self.pk}: {self.amount} to {self.payee}"
