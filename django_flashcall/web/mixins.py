"""Mixins for a site's own views."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db import router, transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from django_flashcall import phones, services
from django_flashcall.decorators import turned_away
from django_flashcall.exceptions import InvalidProof, PhoneTaken
from django_flashcall.models import VerificationAttempt
from django_flashcall.refusals import from_exception
from django_flashcall.web import flows
from django_flashcall.web.flows import Flow
from django_flashcall.web.sentences import sentence


class PhoneVerifiedRequiredMixin:
    """Lets only users with a verified number in, and sends others to verify one first."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return turned_away(request) or super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class RedeemPhoneMixin:
    """Puts the flow in front of a form view, and redeems the number's proof together with what the form saves.

    Whoever comes without a verified number is sent to verify one, and comes back.
    """

    purpose = "signup"
    request: HttpRequest

    # --- Hooks ---

    def save_with_phone(self, form: Any, phone_number: phones.E164) -> Any:
        """Save what the number is for, and return the user for whom the proof is redeemed, or None.

        It runs in the transaction in which the proof is redeemed: both happen or neither.
        """
        self.object = form.save()
        return self.object

    def phone_redeemed(self, user: Any, attempt: VerificationAttempt) -> HttpResponseBase:
        """Return where to go on, when everything is saved."""
        return redirect(self.get_success_url())  # type: ignore[attr-defined]

    def get_verification_context(self) -> str:
        """Return what the proof has to be bound to."""
        return ""

    def get_phone_url(self) -> str:
        """Return the page that asks for the number."""
        query = urlencode({"next": self.request.get_full_path()})
        return f"{reverse('flashcall_web:proof', kwargs={'purpose': self.purpose})}?{query}"

    # --- What it does ---

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.verified_phone is None:
            return redirect(self.get_phone_url())
        if request.method == "GET" and flows.PARAMETER not in request.GET:
            return redirect(flows.with_key(request.get_full_path(), self.verified_phone[0]))
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc, no-any-return]

    def form_valid(self, form: Any) -> Any:
        flow, number = self.verified_phone  # type: ignore[misc]  # dispatch has seen it
        try:
            with transaction.atomic(using=router.db_for_write(VerificationAttempt)):
                user = self.save_with_phone(form, number)
                attempt = services.redeem(
                    flow.proof,
                    purpose=self.purpose,
                    phone_number=number,
                    user=user,
                    context=self.get_verification_context(),
                )
        except (InvalidProof, PhoneTaken) as error:
            form.add_error(None, sentence(from_exception(error)))
            return self.form_invalid(form)  # type: ignore[attr-defined]
        flow.proof = ""
        flows.save(self.request, flow)
        return self.phone_redeemed(user, attempt)

    @cached_property
    def verified_phone(self) -> tuple[Flow, phones.E164] | None:
        """The flow that led here and its number; None where there is none whose proof can be redeemed.

        It is the one that the URL names; without a name it is the latest. A form that is sent without one is taken only
        where there is one number: two tabs may have verified two, and the form has shown one of them.
        """
        key = self.request.GET.get(flows.PARAMETER)
        found = [flow for flow in flows.proven(self.request) if key in {None, flow.key}]
        proven = [(flow, number) for flow in found if (number := self._proven(flow)) is not None]
        if not proven or (self.request.method == "POST" and len(proven) > 1):
            return None
        return proven[-1]

    def _proven(self, flow: Flow) -> phones.E164 | None:
        try:
            attempt = services.proven(flow.proof, purpose=self.purpose, context=self.get_verification_context())
        except InvalidProof:
            return None
        number: phones.E164 = attempt.phone_number
        return number

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `verified_phone`, the masked number, for the page to show."""
        number = self.verified_phone and phones.mask(self.verified_phone[1])
        return super().get_context_data(**{"verified_phone": number, **kwargs})  # type: ignore[misc, no-any-return]
