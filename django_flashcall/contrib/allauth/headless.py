"""The same for allauth's JSON API: a change of number takes the proof, in `phone`."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.headless.account import response, views
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from django_flashcall.exceptions import InvalidProof, PhoneTaken
from django_flashcall.refusals import from_exception
from django_flashcall.web.sentences import sentence


class ManagePhoneView(views.ManagePhoneView):  # type: ignore[misc]  # allauth has no types
    """`GET account/phone` as ever; `POST account/phone` `{"phone": "<proof>"}` → 200, the number verified."""

    @method_decorator(reauthentication_required(app="allauth.account"))
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        number = self.input.cleaned_data["phone"]
        try:
            number.verified.redeem(user=request.user)
        except (InvalidProof, PhoneTaken) as error:
            self.input.add_error("phone", ValidationError(sentence(from_exception(error)), code="invalid"))
            return self.handle_invalid_input(self.input)  # type: ignore[no-any-return]
        return response.PhoneNumbersResponse(request, [{"phone": str(number), "verified": True}])  # type: ignore[no-any-return]
