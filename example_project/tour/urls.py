"""The pages of the tour."""

from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.generic import TemplateView

from example_project.tour.login import LoginCodeView, LoginPhoneView, LoginView
from example_project.tour.payments import NewPaymentView, PaymentCodeView, PaymentPhoneView, PaymentView
from example_project.tour.profile import PasswordView, PhoneView, ProfileView, members
from example_project.tour.signup import SignupView

urlpatterns = [
    path("", TemplateView.as_view(template_name="index.html"), name="index"),
    path("signup/", SignupView.as_view(), name="signup-page"),
    path("login/", LoginView.as_view(), name="login"),
    path("login/phone/", LoginPhoneView.as_view(), name="login-phone"),
    path("login/code/<str:key>/", LoginCodeView.as_view(), name="login-code"),
    path("logout/", LogoutView.as_view(next_page="index"), name="logout"),
    path("profile/", ProfileView.as_view(), name="profile"),
    path("profile/password/", PasswordView.as_view(), name="password"),
    path("members/", members, name="members"),
    path("payments/new/", NewPaymentView.as_view(), name="new-payment"),
    path("payments/<int:payment>/phone/", PaymentPhoneView.as_view(), name="payment-phone"),
    path("payments/<int:payment>/code/<str:key>/", PaymentCodeView.as_view(), name="payment-code"),
    path("payments/<int:pk>/", PaymentView.as_view(), name="payment"),
    # In front of the package's own pages, which are at the same addresses.
    path("phone/", PhoneView.as_view()),
    path("phone/for/<str:purpose>/", PhoneView.as_view()),
    path("phone/proof/<str:purpose>/", PhoneView.as_view(keeps_proof=True)),
]
