"""What the storm's site serves."""

from django.urls import include, path

from tests.storm.site import views

urlpatterns = [
    path("ready/", views.ready),
    path("phone/", include("django_flashcall.api.urls")),
    path("login/", views.LoginView.as_view()),
    path("enter/", views.EntryView.as_view()),
    path("signup/", views.SignupView.as_view()),
]
