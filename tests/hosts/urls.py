"""URLs of a host that has users of its own, and so nothing of the example's accounts."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/phone/", include("django_flashcall.api.urls")),
    path("phone/", include("django_flashcall.web.urls")),
    path("sandbox/", include("django_flashcall.sandbox.urls")),
]
