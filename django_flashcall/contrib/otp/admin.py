"""Flash call devices in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from django_flashcall.contrib.otp.models import FlashCallDevice
from django_flashcall.phones import mask


@admin.register(FlashCallDevice)
class FlashCallDeviceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("user", "name", "masked", "confirmed")
    list_filter = ("confirmed",)
    raw_id_fields = ("user",)
    fields = ("user", "name", "masked", "confirmed")
    readonly_fields = ("masked",)

    def has_add_permission(self, request: object) -> bool:
        return False

    @admin.display(description=_("phone number"))
    def masked(self, device: FlashCallDevice) -> str:
        return mask(device.phone_number)
