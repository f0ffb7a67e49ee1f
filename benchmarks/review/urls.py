"""The API and the admin."""

from django.contrib import admin
from django.urls import include, path

from benchmarks.site.urls import worker

urlpatterns = [
    path("worker/", worker),
    path("flashcall/", include("django_flashcall.api.urls")),
    path("admin/", admin.site.urls),
]
