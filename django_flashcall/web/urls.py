"""The pages, to include where a site wants them: `path("phone/", include("django_flashcall.web.urls"))`."""

from django.urls import path

from django_flashcall.web import views
from django_flashcall.web.code import CodeView

app_name = "flashcall_web"

urlpatterns = [
    path("", views.PhoneView.as_view(), name="phone"),
    path("code/<str:key>/", CodeView.as_view(), name="code"),
    path("done/<str:key>/", views.DoneView.as_view(), name="done"),
    path("for/<str:purpose>/", views.PhoneView.as_view(), name="phone"),
    path("proof/<str:purpose>/", views.PhoneView.as_view(keeps_proof=True), name="proof"),
]
