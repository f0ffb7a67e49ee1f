"""Permissions for a site's own DRF views."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from django_flashcall import services


class IsPhoneVerified(BasePermission):
    """Allows users who own a verified number."""

    message = _("Verify a phone number first.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        return bool(user and user.is_authenticated and services.phones_of(user))
