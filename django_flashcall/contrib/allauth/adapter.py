"""allauth's account adapter: a number is the account's once its proof is redeemed, and allauth makes no code for it.

allauth would keep a code in the session, in clear, and compare it itself: our limits on guessing could not hold there.
So nothing here ever gives it one.
"""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, router, transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse

from django_flashcall import phones, services
from django_flashcall.conf import get_config
from django_flashcall.contrib.allauth.fields import PhoneField, ProvenNumber
from django_flashcall.exceptions import DestinationNotAllowed, InvalidProof, PhoneTaken
from django_flashcall.models import VerificationAttempt
from django_flashcall.refusals import from_exception
from django_flashcall.web.sentences import sentence

THEIR_STAGE = "allauth.account.stages.PhoneVerificationStage"
"""Calls a number that is not verified when somebody logs in. Ours always are, or they are nobody's."""
OUR_STAGE = "django_flashcall.contrib.allauth.stages.PretendedSignupStage"


class FlashCallAdapterMixin:
    """Goes before `DefaultAccountAdapter` in the bases of a site's own adapter, ACCOUNT_ADAPTER."""

    # --- Whose number is whose: what `PhoneStatus` says ---

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        """Return the number that the user verified last, and True; None where there is none."""
        owned = services.phones_of(user)
        return (str(owned[0].phone_number), True) if owned else None

    def get_user_by_phone(self, phone: str) -> Any:
        """Return the user whose number it is now, in any spelling, or None. An earlier number names nobody any more."""
        if isinstance(phone, ProvenNumber):  # whether he may have it was judged by the field
            return None
        try:
            number = phones.parse(phone, get_config().default_region()).number
        except (ValidationError, DestinationNotAllowed):
            return None
        owner = services.owner_of(number)
        return owner if owner is not None and self.get_phone(owner) == (number, True) else None

    # --- How it becomes so ---

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        """Return the field that takes the proof, or in a form for a login the number."""
        return PhoneField(**kwargs)

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Save the new user and redeem the proof for him: both, or neither.

        Raises ImmediateHttpResponse where the proof was used since the form was judged, as by a double click.
        """
        phone = form.cleaned_data.get("phone") if getattr(form, "_has_phone_field", False) else None
        if phone and not isinstance(phone, ProvenNumber):
            raise TypeError("The form's field for the phone is not the adapter's: a number without a proof is refused.")
        try:
            with transaction.atomic(using=router.db_for_write(VerificationAttempt)):
                return super().save_user(request, user, form, commit)  # type: ignore[misc]
        except (InvalidProof, PhoneTaken) as error:
            raise ImmediateHttpResponse(self.respond_proof_refused(request, error)) from None
        except IntegrityError as error:
            if phone and _is_used(phone):
                raise ImmediateHttpResponse(self.respond_proof_refused(request, InvalidProof())) from None
            raise error

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:
        """Redeem the proof of a number. One without a proof, as a third-party account may tell, is not taken.

        Raises InvalidProof and PhoneTaken.
        """
        if isinstance(phone, ProvenNumber):
            phone.verified.redeem(user=user)

    def respond_proof_refused(self, request: HttpRequest, error: InvalidProof | PhoneTaken) -> HttpResponseBase:
        """Return the answer where a proof was good when the form was judged, and was not when it was saved."""
        text = sentence(from_exception(error))
        if self.is_ajax(request):  # type: ignore[attr-defined]
            problem = {"message": text, "code": "invalid", "param": "phone"}
            return JsonResponse({"status": 400, "errors": [problem]}, status=400)
        self.add_message(request, messages.ERROR, message=text)  # type: ignore[attr-defined]
        return HttpResponseRedirect(request.get_full_path())

    # --- What allauth would do with codes of its own ---

    def get_login_stages(self) -> list[str]:
        """Return allauth's stages of a login, without the one that sends a code, and with one of ours before them."""
        stages: list[str] = super().get_login_stages()  # type: ignore[misc]
        return [OUR_STAGE, *(stage for stage in stages if stage != THEIR_STAGE)]

    def generate_phone_verification_code(self, *, user: Any, phone: str) -> NoReturn:
        """Refuse: 403."""
        raise PermissionDenied("allauth makes no codes for phones here: a number is verified by a proof alone.")

    def send_verification_code_sms(self, user: Any, phone: str, code: str, **kwargs: Any) -> NoReturn:
        """Refuse: 403."""
        raise PermissionDenied("allauth sends no codes to phones here: a number is verified by a proof alone.")

    def set_phone_verified(self, user: Any, phone: str) -> NoReturn:
        """Refuse: 403. A code of allauth's, such as one from before this adapter was there, verifies nothing."""
        raise PermissionDenied("A number is verified by a proof alone.")


def _is_used(phone: ProvenNumber) -> bool:
    try:
        services.proven(phone.verified.proof, purpose=phone.verified.purpose)
    except InvalidProof:
        return True
    return False
