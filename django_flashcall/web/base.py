"""What all pages of the flow share."""

from __future__ import annotations

import logging
from typing import Any

from django.db import InterfaceError, OperationalError, connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic.base import ContextMixin, TemplateResponseMixin, View

from django_flashcall.conf import get_config
from django_flashcall.refusals import Refusal
from django_flashcall.web.sentences import sentence

logger = logging.getLogger("django_flashcall")


class FlowView(TemplateResponseMixin, ContextMixin, View):
    """A page of the flow: open to everybody, kept by no cache, in no transaction of the host's.

    Who may do what is judged by the services. What a form has in it is shown in no report of an error.
    """

    http_method_names = ["get", "head", "post", "options"]

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view: Any = super().as_view(**initkwargs)
        view.login_required = False
        for alias in connections:
            view = transaction.non_atomic_requests(using=alias)(view)
        return view

    @method_decorator(sensitive_post_parameters())
    @method_decorator(csrf_protect)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = super().dispatch(request, *args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            response = self.unavailable(error)
        patch_cache_control(response, no_store=True)
        return response

    @property
    def user(self) -> Any:
        """The signed-in user, or an anonymous one; None where the site has no users."""
        return getattr(self.request, "user", None)

    @property
    def signed_in(self) -> bool:
        """Whether somebody is signed in."""
        return self.user is not None and self.user.is_authenticated

    @property
    def wants_json(self) -> bool:
        """Whether it is the page's script that asks."""
        return self.request.get_preferred_type(["text/html", "application/json"]) == "application/json"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the template is given: `base_template` is what it extends, `page_url` where its forms are sent.

        Nothing of ours needs a context processor of the host's.
        """
        given = {"base_template": get_config().base_template, "page_url": self.request.path}
        return super().get_context_data(**{**given, **kwargs})

    def json_refusal(self, refusal: Refusal) -> JsonResponse:
        """Return a refusal as the API would, with the page's own sentence."""
        body = {"error": refusal.code, **refusal.extra, "detail": sentence(refusal)}
        return JsonResponse(body, status=refusal.status, headers=refusal.headers)

    def unavailable(self, error: Exception) -> HttpResponse:
        """Return the page for a database that is away. Nothing in it asks the database: neither user nor session."""
        logger.error("The database failed.", exc_info=error)
        refusal = Refusal("provider_unavailable")
        if self.wants_json:
            return self.json_refusal(refusal)
        return HttpResponse(render_to_string("flashcall/unavailable.html", {"sentence": sentence(refusal)}), status=503)
