"""The handset's pages. Include them at `sandbox/`."""

from django.urls import path

from django_flashcall.sandbox import views

app_name = "flashcall_sandbox"

urlpatterns = [
    path("handset/", views.handset, name="handset"),
    path("handset/numbers.json", views.numbers, name="numbers"),
    path("handset/reports/", views.reports, name="reports"),
    path("handset/<str:number>.json", views.events, name="events"),
]
