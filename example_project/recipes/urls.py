"""The recipes' addresses. Proofs come from the package's API."""

from django.urls import path

from example_project.recipes.change_phone import ChangePhoneView
from example_project.recipes.jwt import PhoneJWTView, SecondStepJWTView
from example_project.recipes.login import PhoneLoginView
from example_project.recipes.payments import CallForPaymentView, PayView
from example_project.recipes.second_factor import FirstStepView, SecondStepView

urlpatterns = [
    path("login/phone/", PhoneLoginView.as_view()),
    path("login/phone/jwt/", PhoneJWTView.as_view()),
    path("login/password/", FirstStepView.as_view()),
    path("login/second/", SecondStepView.as_view()),
    path("login/second/jwt/", SecondStepJWTView.as_view()),
    path("payments/<int:payment>/call/", CallForPaymentView.as_view()),
    path("payments/<int:payment>/pay/", PayView.as_view()),
    # In front of the package's own, which asks for no password.
    path("phone/phones/", ChangePhoneView.as_view()),
]
