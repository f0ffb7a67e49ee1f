"""The page on which the code is entered, another one is asked for, or the attempt is given up."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from django_flashcall import codes, conf, services
from django_flashcall.api.serializers import attempt_json
from django_flashcall.conf import get_config
from django_flashcall.exceptions import AttemptNotFound, FlashcallError, RateLimited
from django_flashcall.models import VerificationAttempt
from django_flashcall.refusals import Refusal, from_exception, from_outcome
from django_flashcall.services import Client, OutcomeStatus
from django_flashcall.web import flows
from django_flashcall.web.base import FlowView
from django_flashcall.web.flows import Flow
from django_flashcall.web.forms import CodeForm
from django_flashcall.web.sentences import sentence

ENDED = {"expired", "failed", "exhausted", "canceled"}
"""States in which no code is accepted."""
OF_SENDING = {"too_soon", "rate_limited", "refused", "provider_unavailable", "channel_unavailable"}
"""Refusals that say more than such a state."""
OF_REDEEMING = {"invalid_proof", "phone_taken", "already_verified"}
"""Refusals of a right code."""

Answer = HttpResponseBase | Refusal


class CodeView(FlowView):
    """One flow's page. Each of its forms is posted to it, and each post ends in a redirect: reloading does nothing."""

    template_name = "flashcall/code.html"
    form_class = CodeForm
    purpose: ClassVar[str | None] = None
    """The only purpose whose flows have this page; None for any."""
    flow: Flow
    attempt: VerificationAttempt

    # --- Hooks ---

    def verified(self, attempt: VerificationAttempt, proof: str) -> HttpResponseBase:
        """Do what the right code is for, and return where to go on.

        Here a signed-in user becomes the number's owner, where the purpose owns; else the proof stays in the session,
        for `RedeemPhoneMixin`. A site's own redeems the proof in the transaction of what it does. A FlashcallError is
        shown on the page.
        """
        if get_config().purpose(attempt.purpose).owns and self.signed_in and not self.flow.keeps_proof:
            services.own_phone(proof, user=self.user)
            self.flow.proof = ""
        return HttpResponseRedirect(self.get_success_url())

    def get_success_url(self) -> str:
        """Return where to go on once the number is verified."""
        if not self.flow.next_url:
            return reverse("flashcall_web:done", kwargs={"key": self.flow.key})
        return flows.with_key(self.flow.next_url, self.flow) if self.flow.proof else self.flow.next_url

    # --- HTTP ---

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.find():
            return self.not_found()
        if self.wants_json:
            return JsonResponse(attempt_json(self.attempt.standing))
        if self.flow.finished:
            return HttpResponseRedirect(self.get_success_url())
        return self.render_to_response(self.get_context_data(form=self.form_class()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.find():
            return self.not_found()
        action = self.actions.get(request.POST.get("action", "verify"))
        try:
            answer = action(self) if action else redirect(request.path)
        except FlashcallError as error:
            answer = from_exception(error)
        if isinstance(answer, Refusal):
            self.flow.refusal = answer
            flows.save(request, self.flow)
            return self.json_refusal(answer) if self.wants_json else redirect(request.path)
        return self.json_answer(answer) if self.wants_json else answer

    def find(self) -> bool:
        """Find the session's flow and its attempt. False where there is none.

        Who looks at the page waits for a code: the provider is asked what became of it, as often as that is due.
        """
        flow = flows.find(self.request, self.kwargs["key"])
        if flow is None or self.purpose not in {None, flow.purpose}:
            return False
        self.flow = flow
        try:
            look_up = services.follow if self.request.method == "GET" else services.get_attempt
            self.attempt = look_up(flow.attempt_id, user=self.user)
        except AttemptNotFound:
            return False
        return True

    def not_found(self) -> HttpResponseBase:
        """Return the page for a flow that this session does not have, or another user's attempt."""
        refusal = Refusal("not_found")
        if self.wants_json:
            return self.json_refusal(refusal)
        context = {**self.get_context_data(), "sentence": sentence(refusal)}
        return self.response_class(
            self.request, ["flashcall/refused.html"], context, status=404, using=self.template_engine
        )

    def json_answer(self, answer: HttpResponseBase) -> HttpResponseBase:
        """Return for the script what `answer` is for a browser; `location` is where that would be sent."""
        self.find()
        body = attempt_json(self.attempt.standing)
        if isinstance(answer, HttpResponseRedirect) and answer.url != self.request.path:
            body["location"] = answer.url
        return JsonResponse(body)

    # --- What can be done ---

    def verify(self) -> Answer:
        """Judge the code that was entered. The same wrong one, sent twice by a double click, is one wrong code."""
        form = self.form_class(self.request.POST)
        if not form.is_valid():
            return Refusal("malformed")
        entered = form.entered(attempt_json(self.attempt.standing)["code_lengths"])
        judged = codes.digest(conf.secrets()[0], "form", form.cleaned_data["idempotency_key"], *entered.values())
        if judged == self.flow.judged and self.flow.refusal:
            return self.flow.refusal
        outcome = services.verify(self.flow.attempt_id, user=self.user, **entered)
        if outcome.status == OutcomeStatus.VERIFIED and outcome.attempt and outcome.proof:
            return self._verified(outcome.attempt, outcome.proof)
        if outcome.status == OutcomeStatus.ALREADY_VERIFIED and self.flow.finished:
            return HttpResponseRedirect(self.get_success_url())
        if outcome.status == OutcomeStatus.INVALID_CODE:
            self.flow.judged = judged
        return from_outcome(outcome)

    def deliver(self) -> Answer:
        """Send another code, over the channel that was chosen. What a page that is out of date asks is done already."""
        asked, seen = self.request.POST.get("channel"), self.request.POST.get("seen")
        if seen is None or seen == self._deliveries():
            try:
                services.fall_back(
                    self.flow.attempt_id, channel=asked, user=self.user, client=Client.from_request(self.request)
                )
            except RateLimited as limited:
                self.find()
                if seen is None or seen == self._deliveries():
                    refusal = from_exception(limited)
                    return Refusal(refusal.code, {**refusal.extra, "channel": asked})
        self._settle()
        return redirect(self.request.path)

    def cancel(self) -> Answer:
        """Give the attempt up."""
        services.cancel(self.flow.attempt_id, user=self.user)
        self._settle()
        return redirect(self.request.path)

    def change(self) -> Answer:
        """Give the attempt up and ask for another number."""
        services.cancel(self.flow.attempt_id, user=self.user)
        return redirect(self.flow.start_url)

    actions: ClassVar[dict[str, Callable[[Any], Answer]]] = {
        "verify": verify,
        "deliver": deliver,
        "cancel": cancel,
        "change": change,
    }

    def _verified(self, attempt: VerificationAttempt, proof: str) -> HttpResponseBase:
        self.attempt, self.flow.proof = attempt, proof
        response = self.verified(attempt, proof)
        self.flow.finished = True
        self._settle()
        return response

    def _settle(self) -> None:
        """Write the flow after a step that went well."""
        self.flow.refusal = None
        flows.save(self.request, self.flow)

    def _deliveries(self) -> str:
        return str(len(self.attempt.standing.deliveries))

    # --- What the page shows ---

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if not hasattr(self, "attempt"):
            return super().get_context_data(**kwargs)
        standing = self.attempt.standing
        refusal = self.get_refusal()
        form = kwargs.get("form")
        if form and refusal and refusal.code in {"invalid_code", "malformed"}:
            form.fields["code"].widget.attrs |= {
                "aria-invalid": "true",
                "aria-describedby": "flashcall-message flashcall-lead",
            }
        return super().get_context_data(
            attempt=attempt_json(standing),
            purpose=get_config().purpose(self.attempt.purpose),
            flow=self.flow,
            channels=[delivery.channel for delivery in standing.live],
            deliveries=self._deliveries(),
            sentence=sentence(refusal) if refusal else "",
            accepts_code=standing.state == "pending" or (standing.state == "verified" and not refusal),
            **kwargs,
        )

    def get_refusal(self) -> Refusal | None:
        """Return what the page has to say: why no code is accepted, or what was refused last."""
        standing, refusal = self.attempt.standing, self.flow.refusal
        if standing.state in ENDED and not (refusal and refusal.code in OF_SENDING):
            return Refusal(standing.state)
        if standing.state == "verified" and not (refusal and refusal.code in OF_REDEEMING):
            return None
        if refusal and refusal.code == "too_soon":
            left = standing.wait_for(refusal.extra["channel"], get_config().purpose(self.attempt.purpose))
            return Refusal("too_soon", {"retry_after": math.ceil(left)}) if left else None
        return refusal

    def get_template_names(self) -> list[str]:
        """Return the purpose's own template, `flashcall/code_<purpose>.html`, and that of all purposes."""
        return [f"flashcall/code_{self.flow.purpose}.html", *super().get_template_names()]
