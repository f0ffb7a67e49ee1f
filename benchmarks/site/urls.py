"""The same two calls, three times, and one that tells which process answers."""

import os

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from benchmarks.site import bare, raw


def worker(request: HttpRequest) -> HttpResponse:
    """Answer with the id of this process."""
    return HttpResponse(str(os.getpid()))


urlpatterns = [
    path("worker/", worker),
    path("flashcall/", include("django_flashcall.api.urls")),
    path("raw/verifications/", raw.RequestView.as_view()),
    path("raw/verifications/<uuid:attempt_id>/verify/", raw.VerifyView.as_view()),
    path("bare/verifications/", bare.RequestView.as_view()),
    path("bare/verifications/<uuid:attempt_id>/verify/", bare.VerifyView.as_view()),
]
