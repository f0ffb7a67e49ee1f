"""The change of number over allauth's JSON API, to be included before allauth's own URLs and under the same prefix."""

from allauth.headless import app_settings
from django.urls import path

from django_flashcall.contrib.allauth.headless import ManagePhoneView

urlpatterns = [
    path(f"{client}/v1/account/phone", ManagePhoneView.as_api_view(client=client)) for client in app_settings.CLIENTS
]
