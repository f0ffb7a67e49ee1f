"""The API, to include where a site wants it: `path("api/phone/", include("django_flashcall.api.urls"))`.

Ids are plain strings here, because a UUID converter would answer a malformed one with the host's own 404 page.
"""

from django.urls import path, re_path

from django_flashcall.api import views, webhooks

app_name = "flashcall_api"

urlpatterns = [
    path("verifications/", views.VerificationsView.as_view(), name="verifications"),
    path("verifications/<str:attempt_id>/", views.VerificationView.as_view(), name="verification"),
    path("verifications/<str:attempt_id>/verify/", views.VerifyView.as_view(), name="verify"),
    path("verifications/<str:attempt_id>/fallback/", views.FallbackView.as_view(), name="fallback"),
    path("phones/", views.PhonesView.as_view(), name="phones"),
    # With whatever follows, so that no secret ends in the log because of a slash too few or too many.
    re_path(rf"^{webhooks.FOLDER}(?P<alias>[^/]+)/(?P<secret>.+?)/?$", webhooks.webhook, name="webhook"),
]
