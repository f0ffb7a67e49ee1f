"""Confirm a payment: the code counts for one amount and one payee."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from django_flashcall import services
from django_flashcall.api.permissions import IsPhoneVerified
from django_flashcall.api.serializers import ProofSerializer
from django_flashcall.api.views import FlashcallView
from django_flashcall.services import Client
from example_project.tour.models import Payment


class CallForPaymentView(FlashcallView):
    """Calls the payer's own number."""

    permission_classes = [IsAuthenticated, IsPhoneVerified]
    serializer_class = None

    def post(self, request: Request, payment: int) -> Response:
        unpaid = get_object_or_404(Payment, pk=payment, user=request.user, paid_at=None)
        attempt = services.request_verification(
            services.phones_of(request.user)[0].phone_number,
            purpose="transaction",
            user=request.user,
            context=unpaid.context(),
            client=Client.from_request(request._request),
        )
        return Response({"id": str(attempt.pk)}, status=201)


class PayView(FlashcallView):
    """Pays, if the proof is of this payment as it now stands in the database."""

    permission_classes = [IsAuthenticated]
    serializer_class = ProofSerializer

    def post(self, request: Request, payment: int) -> Response:
        pay(payment, request.user, self.body(ProofSerializer, request)["proof"])
        return Response({"paid": payment})


def pay(key: int, user: Any, proof: str) -> None:
    """Pay once. Raises Http404 for what is paid or another user's, and InvalidProof."""
    with transaction.atomic():
        unpaid = Payment.objects.select_for_update().filter(user=user, paid_at=None)
        payment = get_object_or_404(unpaid, pk=key)
        services.redeem(proof, purpose="transaction", user=user, context=payment.context())
        Payment.objects.filter(pk=payment.pk).update(paid_at=Now())
