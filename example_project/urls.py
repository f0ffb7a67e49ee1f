"""What the example site serves."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView
from drf_spectacular.views import SpectacularJSONAPIView

urlpatterns = [
    path("", TemplateView.as_view(template_name="index.html"), name="index"),
    path("accounts/", include("example_project.accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/phone/", include("django_flashcall.api.urls")),
    path("api/schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("sandbox/", include("django_flashcall.sandbox.urls")),
]
