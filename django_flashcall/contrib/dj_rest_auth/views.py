"""The login view of dj-rest-auth, for sites whose requests are transactions."""

from __future__ import annotations

from typing import Any

from dj_rest_auth import views as dj_rest_auth
from django.db import connections, transaction
from django.http import HttpRequest

from django_flashcall.contrib.dj_rest_auth.serializers import LoginSerializer


class LoginView(dj_rest_auth.LoginView):  # type: ignore[misc]  # dj-rest-auth has no types
    """Takes the password and the proof, and is exempt from ATOMIC_REQUESTS on every database."""

    serializer_class = LoginSerializer

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view = super().as_view(**initkwargs)
        for alias in connections:
            # A call that was placed cannot be rolled back, and is counted whatever becomes of the request.
            view = transaction.non_atomic_requests(using=alias)(view)
        return view

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        # What an error report leaves out: a proof as well, which the decorator of `dispatch` does not know.
        request.sensitive_post_parameters = "__ALL__"  # type: ignore[attr-defined]
        return super().initialize_request(request, *args, **kwargs)
