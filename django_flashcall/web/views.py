"""The pages: ask for the number, enter the code, done. Each has hooks for a site that makes it its own."""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.urls import get_script_prefix
from django.utils.http import url_has_allowed_host_and_scheme

from django_flashcall import codes, conf, services
from django_flashcall.api.serializers import attempt_json
from django_flashcall.conf import Purpose, get_config
from django_flashcall.exceptions import (
    AttemptNotFound,
    ConfigurationError,
    DeliveryFailed,
    DestinationNotAllowed,
    FlashcallError,
    IdempotencyConflict,
)
from django_flashcall.models import VerificationAttempt
from django_flashcall.refusals import Refusal, from_exception
from django_flashcall.services import Client
from django_flashcall.web import flows
from django_flashcall.web.base import FlowView
from django_flashcall.web.flows import Flow
from django_flashcall.web.forms import PhoneForm
from django_flashcall.web.sentences import sentence


class PhoneView(FlowView):
    """Asks for a number and has it called.

    `purpose` is the URL's where the class names none, and then only one that a client may start.
    """

    template_name = "flashcall/phone.html"
    form_class = PhoneForm
    purpose: str | None = None
    code_view = "flashcall_web:code"
    """Name of the URL on which the code is entered; it takes the flow's key."""
    asks_number = False
    """Ask for the number also for a purpose that no client may start: the site has judged who may, and asks itself."""
    keeps_proof = False
    """Leave the proof to a view of the site's own, even where the user is signed in and could own the number."""

    # --- Hooks ---

    def get_phone_number(self) -> str | None:
        """Return the number from the site's own records, for purposes that a client may not start; None asks for it."""
        return None

    def get_user(self) -> Any:
        """Return the user for whom the number is verified: who is signed in, or has shown the first factor."""
        return self.user

    def get_verification_context(self) -> str:
        """Return what the proof is bound to besides, such as a payment's id with its amount and payee."""
        return ""

    def get_next_url(self) -> str:
        """Return where to go on once the number is verified: `?next=`, if it is of this site, or empty."""
        url = self.request.GET.get("next", "")
        hosts, secure = {self.request.get_host()}, self.request.is_secure()
        return url if url_has_allowed_host_and_scheme(url, allowed_hosts=hosts, require_https=secure) else ""

    def get_code_url(self, flow: Flow) -> str:
        """Return the page on which the flow's code is entered."""
        return resolve_url(self.code_view, key=flow.key)

    # --- HTTP ---

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rules = self.get_rules()
        if self.must_sign_in(rules):
            return redirect_to_login(request.get_full_path())
        return self.render_to_response(self.get_context_data(form=self.get_form(rules)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rules = self.get_rules()
        if self.must_sign_in(rules):
            return redirect_to_login(request.get_full_path())
        form = self.get_form(rules, request.POST)
        if not form.is_valid():
            return self.invalid(form)
        try:
            attempt_id = str(self.request_verification(form, rules).pk)
        except IdempotencyConflict as conflict:  # the same form again, while its call is being placed
            attempt_id = conflict.attempt_id
        except DeliveryFailed as failed:
            return self.go_on(self.open(failed.attempt_id, rules, from_exception(failed)))
        except ValidationError as error:  # the number that the site gives is none
            form.add_error(None, error)
            return self.invalid(form)
        except FlashcallError as error:
            return self.refused(form, error)
        return self.go_on(self.open(attempt_id, rules))

    # --- Steps ---

    def get_rules(self) -> Purpose:
        """Return the purpose. Raises Http404 for one that cannot be started here."""
        if self.purpose is not None:
            return get_config().purpose(self.purpose)
        named, known = self.kwargs.get("purpose"), get_config().purposes
        usual = ["change_phone", "signup"] if self.signed_in else ["signup"]
        for name in [named] if named else usual:
            if name in known and known[name].api:
                return known[name]
        raise Http404

    def must_sign_in(self, rules: Purpose) -> bool:
        """Tell whether the purpose is only for signed-in users, and this one is not."""
        return rules.signed_in and not self.signed_in

    @cached_property
    def given_number(self) -> str | None:
        """The number that the site gives; None where it is asked for."""
        return self.get_phone_number()

    def get_form(self, rules: Purpose, data: Any = None) -> PhoneForm:
        """Return the form, which has no field for the number where the site gives it."""
        asks_number = self.given_number is None
        if asks_number and not (rules.api or self.asks_number):
            raise ConfigurationError(f"The site itself gives the number for {rules.name!r}: override get_phone_number.")
        return self.form_class(data, purpose=rules, asks_number=asks_number)

    def request_verification(self, form: PhoneForm, rules: Purpose) -> VerificationAttempt:
        """Start the attempt. Raises as `services.request_verification`."""
        number = form.cleaned_data["phone_number"] if self.given_number is None else self.given_number
        channel = form.cleaned_data["channel"] or None
        spelled = number if isinstance(number, str) else number.number
        context = self.get_verification_context()
        # The same form with another number, after going back, or for what was changed since, is another request.
        key = form.cleaned_data["idempotency_key"] or secrets.token_hex()
        return services.request_verification(
            number,
            purpose=rules.name,
            user=self.get_user(),
            channel=channel,
            context=context,
            client=Client.from_request(self.request),
            idempotency_key=codes.digest(conf.secrets()[0], "form", key, spelled, rules.name, channel or "", context),
        )

    def open(self, attempt_id: str, rules: Purpose, refusal: Refusal | None = None) -> Flow:
        """Keep the attempt in the session."""
        flow = Flow(
            key=flows.key_of(attempt_id),
            attempt_id=attempt_id,
            purpose=rules.name,
            start_url=self.request.get_full_path(),
            next_url=self.get_next_url(),
            number_is_given=self.given_number is not None,
            keeps_proof=self.keeps_proof,
        )
        flow.code_url = self.get_code_url(flow)
        flow = flows.find(self.request, flow.key) or flow
        flow.refusal = refusal
        flows.save(self.request, flow)
        return flow

    def go_on(self, flow: Flow) -> HttpResponseBase:
        """Return the answer that leads to the page on which the code is entered."""
        return JsonResponse({"location": flow.code_url}, status=201) if self.wants_json else redirect(flow.code_url)

    def invalid(self, form: PhoneForm, status: int = 200, **context: Any) -> HttpResponseBase:
        """Return the page with what is wrong."""
        if self.wants_json:
            return JsonResponse(form.errors, status=400)
        return self.render_to_response(self.get_context_data(form=form, **context), status=status)

    def refused(self, form: PhoneForm, error: FlashcallError) -> HttpResponseBase:
        """Return the page with why no code was sent. Nothing was spent, so the same form may be sent again."""
        refusal = from_exception(error)
        if self.wants_json:
            return self.json_refusal(refusal)
        field = "phone_number" if isinstance(error, DestinationNotAllowed) and "phone_number" in form.fields else None
        form.add_error(field, sentence(refusal))
        waiting = self.under_way(form) if refusal.code == "too_soon" else None
        response = self.invalid(form, refusal.status, under_way=waiting and waiting.code_url)
        for name, value in refusal.headers.items():
            response.headers[name] = value
        return response

    def under_way(self, form: PhoneForm) -> Flow | None:
        """Return the flow of this session in which the same number is verified for the same thing, if there is one."""
        name, here = self.get_rules().name, self.request.get_full_path()
        for flow in reversed(flows.all_of(self.request)):
            if flow.purpose != name or (flow.number_is_given and flow.start_url != here):
                continue
            try:
                attempt = services.get_attempt(flow.attempt_id, user=self.user)
            except AttemptNotFound:
                continue
            same = self.given_number is not None or attempt.phone_number == form.cleaned_data["phone_number"].number
            if same and attempt.standing.state == "pending":
                return flow
        return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rules = self.get_rules()
        return super().get_context_data(**{"purpose": rules, "phone_number": self.given_number, **kwargs})

    def get_template_names(self) -> list[str]:
        """Return the purpose's own template, `flashcall/phone_<purpose>.html`, and that of all purposes."""
        return [f"flashcall/phone_{self.get_rules().name}.html", *super().get_template_names()]


class DoneView(FlowView):
    """Says that the number is verified."""

    template_name = "flashcall/done.html"

    def get(self, request: HttpRequest, key: str) -> HttpResponseBase:
        flow = flows.find(request, key)
        if flow is None or not flow.finished:
            return redirect("flashcall_web:code", key=key)
        try:
            attempt = services.get_attempt(flow.attempt_id, user=self.user)
        except AttemptNotFound:
            return redirect("flashcall_web:code", key=key)
        context = {"attempt": attempt_json(attempt.standing), "home_url": get_script_prefix()}
        return self.render_to_response(self.get_context_data(**context))
