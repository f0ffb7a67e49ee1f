"""Pay: a call confirms the amount and the payee, and nothing else."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import CreateView, DetailView

from django_flashcall import services
from django_flashcall.models import VerificationAttempt
from django_flashcall.web.code import CodeView
from django_flashcall.web.flows import Flow
from django_flashcall.web.mixins import PhoneVerifiedRequiredMixin
from django_flashcall.web.views import PhoneView
from example_project.tour.forms import PaymentForm
from example_project.tour.models import Payment


class NewPaymentView(PhoneVerifiedRequiredMixin, CreateView):  # type: ignore[type-arg]
    """Asks whom to pay and how much."""

    form_class = PaymentForm
    template_name = "tour/payment_form.html"

    def form_valid(self, form: Any) -> HttpResponse:
        form.instance.user = self.request.user
        return redirect("payment-phone", payment=form.save().pk)


class PaymentPhoneView(PhoneVerifiedRequiredMixin, PhoneView):
    """Shows what will be paid, and calls the payer's own number."""

    purpose = "transaction"

    @cached_property
    def payment(self) -> Payment:
        return get_object_or_404(Payment, pk=self.kwargs["payment"], user=self.request.user, paid_at=None)

    def get_phone_number(self) -> str:
        return str(services.phones_of(self.user)[0].phone_number)

    def get_verification_context(self) -> str:
        return self.payment.context()

    def get_code_url(self, flow: Flow) -> str:
        return reverse("payment-code", kwargs={"payment": self.payment.pk, "key": flow.key})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(payment=self.payment, **kwargs)


class PaymentCodeView(LoginRequiredMixin, CodeView):
    """Pays, if the proof is of this payment as it now stands in the database."""

    purpose = "transaction"

    def verified(self, attempt: VerificationAttempt, proof: str) -> HttpResponseBase:
        with transaction.atomic():
            unpaid = Payment.objects.select_for_update().filter(user=self.user, paid_at=None)
            payment = get_object_or_404(unpaid, pk=self.kwargs["payment"])
            services.redeem(proof, purpose="transaction", user=self.user, context=payment.context())
            Payment.objects.filter(pk=payment.pk).update(paid_at=Now())
        return redirect("payment", pk=payment.pk)


class PaymentView(LoginRequiredMixin, DetailView):  # type: ignore[type-arg]
    """Shows a payment."""

    template_name = "tour/payment.html"

    def get_queryset(self) -> Any:
        return Payment.objects.filter(user=self.request.user)  # type: ignore[misc]
