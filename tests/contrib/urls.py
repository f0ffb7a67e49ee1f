"""URLs of a site that logs people in by django-two-factor-auth."""

from django.urls import include, path
from two_factor.urls import urlpatterns as two_factor_urls

from tests.urls import urlpatterns as ours

urlpatterns = [*ours, path("", include(two_factor_urls))]
