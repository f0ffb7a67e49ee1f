"""The login, to be included before dj-rest-auth's own URLs and under the same prefix."""

from django.urls import re_path

from django_flashcall.contrib.dj_rest_auth.views import LoginView

# With and without the slash, as dj-rest-auth takes it: what is not taken here would reach the view behind.
urlpatterns = [re_path(r"^login/?$", LoginView.as_view(), name="rest_login")]
