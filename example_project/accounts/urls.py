"""Signup over the API."""

from django.urls import path

from example_project.accounts.views import SignupView

urlpatterns = [path("signup/", SignupView.as_view(), name="signup")]
