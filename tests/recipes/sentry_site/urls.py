"""The package's addresses, the example's signup, and a view of which the package knows nothing."""

from typing import Any

from django.http import HttpRequest
from django.urls import include, path


def unrelated(request: HttpRequest) -> Any:
    seen_variable = "-".join(["marker", "of", "a", "variable"])
    raise RuntimeError(f"{len(seen_variable)} people called {request.headers['X-Quoted'].strip()}")


urlpatterns = [
    path("api/phone/", include("django_flashcall.api.urls")),
    path("phone/", include("django_flashcall.web.urls")),
    path("accounts/", include("example_project.accounts.urls")),
    path("unrelated/", unrelated),
]
