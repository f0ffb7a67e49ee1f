"""allauth's view for a change of number, which redeems the proof where allauth's own would send a code."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator

from django_flashcall.conf import get_config
from django_flashcall.exceptions import InvalidProof, PhoneTaken
from django_flashcall.phones import mask
from django_flashcall.refusals import from_exception
from django_flashcall.web.sentences import sentence


@method_decorator(reauthentication_required(allow_get=True, app="allauth.account"), name="post")
class ChangePhoneView(account.ChangePhoneView):  # type: ignore[misc]  # allauth has no types
    """Shows the account's number, and takes the proof of another."""

    template_name = "flashcall/allauth/phone_change.html"

    def form_valid(self, form: Any) -> HttpResponse:
        number = form.cleaned_data["phone"]
        try:
            number.verified.redeem(user=self.request.user)
        except (InvalidProof, PhoneTaken) as error:
            form.add_error(None, sentence(from_exception(error)))
            return self.form_invalid(form)  # type: ignore[no-any-return]
        template = "account/messages/phone_verified.txt"
        get_adapter().add_message(self.request, messages.SUCCESS, template, {"phone": mask(number)})
        return HttpResponseRedirect(reverse("account_change_phone"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `verify_url`, our pages that verify a number and come back here."""
        back = f"{reverse('flashcall_web:proof', kwargs={'purpose': 'change_phone'})}?next={self.request.path}"
        return super().get_context_data(base_template=get_config().base_template, verify_url=back, **kwargs)  # type: ignore[no-any-return]
