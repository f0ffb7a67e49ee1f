"""The change of number, to be included before allauth's own URLs and under the same prefix."""

from django.urls import path

from django_flashcall.contrib.allauth.views import ChangePhoneView

urlpatterns = [path("phone/change/", ChangePhoneView.as_view(), name="account_change_phone")]
