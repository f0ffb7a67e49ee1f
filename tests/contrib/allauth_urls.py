"""URLs of a site that signs people up and in by allauth.

`stock` is without our views. It stands first, because `reverse` takes the last.
"""

from django.urls import include, path

from tests.urls import urlpatterns as ours

urlpatterns = [
    path("stock/", include("allauth.urls")),
    path("stock/_allauth/", include("allauth.headless.urls", namespace="stock")),
    *(pattern for pattern in ours if str(pattern.pattern) != "accounts/"),
    path("accounts/", include("django_flashcall.contrib.allauth.urls")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("django_flashcall.contrib.allauth.headless_urls")),
    path("_allauth/", include("allauth.headless.urls")),
]
