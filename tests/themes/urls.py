"""An admin whose classes are the site's own, and are combined with our mixins."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.utils.module_loading import import_string

from django_flashcall.admin import AttemptAdminMixin, HealthAdminMixin, LimitAdminMixin, PhoneStatusAdminMixin
from django_flashcall.models import Health, Limit, PhoneStatus, VerificationAttempt

MIXINS = {
    VerificationAttempt: AttemptAdminMixin,
    PhoneStatus: PhoneStatusAdminMixin,
    Limit: LimitAdminMixin,
    Health: HealthAdminMixin,
}

for model, mixin in MIXINS.items():
    combined = type(f"Our{model.__name__}Admin", (mixin, import_string(settings.MODEL_ADMIN)), {})
    admin.site.unregister(model)
    admin.site.register(model, combined)

urlpatterns = [path("admin/", admin.site.urls), path("api/phone/", include("django_flashcall.api.urls"))]
