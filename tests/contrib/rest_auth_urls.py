"""URLs of a site that signs people up and in by dj-rest-auth."""

from django.urls import include, path

from tests.urls import urlpatterns as ours

urlpatterns = [
    *ours,
    path("stock/", include("dj_rest_auth.urls")),
    path("api/auth/", include("django_flashcall.contrib.dj_rest_auth.urls")),
    path("api/auth/", include("dj_rest_auth.urls")),
    path("api/auth/registration/", include("dj_rest_auth.registration.urls")),
]
