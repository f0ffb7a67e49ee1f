"""Login with dj-rest-auth: the password, and then a call to the number that the account has.

Nobody gets in by a number alone. The password and the proof come in one request, so nothing has to be remembered
between two, and whatever the site's dj-rest-auth answers to a login (a session, a key, a JWT) it answers then.
"""

from __future__ import annotations

from typing import Any

from dj_rest_auth import serializers as dj_rest_auth
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ValidationError

from django_flashcall import services
from django_flashcall.api.serializers import TextField
from django_flashcall.exceptions import FlashcallError, InvalidProof
from django_flashcall.refusals import DETAIL, Refusal, from_exception
from django_flashcall.services import Client


class LoginRefused(APIException):
    """What is answered to a right password, as long as there is no proof: 403, or why nobody was called.

    The body is as in the API: `{"error": ..., "detail": ..., ...}`.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__()
        self.status_code = status
        self.detail = body
        self.wait = body.get("retry_after")
        """Seconds, which the framework sends as Retry-After."""

    @classmethod
    def proof_required(cls, attempt_id: object) -> LoginRefused:
        """Return the answer that names the attempt which was started."""
        detail = _("Verify your phone number, and send the proof together with the password.")
        return cls(403, {"error": "proof_required", "detail": detail, "id": str(attempt_id)})

    @classmethod
    def because_of(cls, refusal: Refusal) -> LoginRefused:
        """Return the answer where no attempt could be started."""
        return cls(refusal.status, {"error": refusal.code, "detail": DETAIL[refusal.code], **refusal.extra})


class LoginSerializer(dj_rest_auth.LoginSerializer):  # type: ignore[misc]  # dj-rest-auth has no types
    """Takes name and password, and from whoever has a verified number the proof that it was verified for this login.

    A right password without a proof starts an attempt for that number, with the purpose `login`, and is refused by
    `LoginRefused`, which carries the id. A wrong password is refused as ever, and starts nothing.
    """

    proof = TextField(required=False, write_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        phone_number = self.get_phone_number(attrs["user"])
        if phone_number is None:
            return attrs
        if "proof" not in attrs:
            raise LoginRefused.proof_required(self._start(attrs["user"], phone_number))
        try:
            # The number is asked for, too: an attempt that was started for nobody proves whatever number it called.
            services.redeem(attrs["proof"], purpose="login", phone_number=phone_number, user=attrs["user"])
        except InvalidProof:
            raise ValidationError({"proof": [DETAIL["invalid_proof"]]}) from None
        return attrs

    def get_phone_number(self, user: Any) -> str | None:
        """Return the number that is called; None where the password is enough. By default the one verified last."""
        owned = services.phones_of(user)
        return str(owned[0].phone_number) if owned else None

    def _start(self, user: Any, phone_number: str) -> object:
        client = Client.from_request(self.context["request"]._request)
        try:
            attempt = services.request_verification(phone_number, purpose="login", user=user, client=client)
        except FlashcallError as error:
            raise LoginRefused.because_of(from_exception(error)) from None
        return attempt.pk
