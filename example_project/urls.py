"""What the example site serves."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

urlpatterns = [
    path("", include("example_project.tour.urls")),
    path("accounts/", include("example_project.accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("example_project.recipes.urls")),
    path("api/phone/", include("django_flashcall.api.urls")),
    path("api/schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("phone/", include("django_flashcall.web.urls")),
    path("sandbox/", include("django_flashcall.sandbox.urls")),
]
