"""URLs of the test suite."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/phone/", include("django_flashcall.api.urls")),
    path("phone/", include("django_flashcall.web.urls")),
    path("sandbox/", include("django_flashcall.sandbox.urls")),
    path("accounts/", include("example_project.accounts.urls")),
]
