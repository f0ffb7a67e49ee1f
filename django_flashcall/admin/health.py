"""The page that tells whether verification works today, and what it costs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_flashcall.admin import health_alarms, health_sections
from django_flashcall.admin.base import ReadOnly
from django_flashcall.models import Health
from django_flashcall.services import health

LABELS = {
    "24h": gettext_lazy("Last 24 hours"),
    "7d": gettext_lazy("Last 7 days"),
    "30d": gettext_lazy("Last 30 days"),
}


class HealthAdminMixin(ReadOnly):
    """For a model admin of `Health`: its list is one page of figures, and it has no other page.

    It stands in the index among our tables, for staff with the permission `flashcall.view_health`, on whatever site it
    is registered. To dress it as a theme does: `class MyHealthAdmin(HealthAdminMixin, theme.ModelAdmin)`.
    """

    health_template = "flashcall/admin/health.html"

    admin_site: admin.AdminSite
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        """Return the page alone: a change page would show an attempt to whoever may only see figures."""
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name=f"{self.opts.app_label}_{self.opts.model_name}_changelist")]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the figures of `?window=`, of the last 24 hours where it says nothing that is on offer."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        asked = request.GET.get("window", "")
        report = health.read(health.WINDOWS.get(asked) or health.WINDOWS["24h"])
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), **_context(report), **(extra_context or {})}
        context |= {"opts": self.opts, "title": _("Health of phone verification")}
        return TemplateResponse(request, self.health_template, context)


@admin.register(Health)
class HealthAdmin(HealthAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """The page under Django's own admin."""


def _context(report: health.Report) -> dict[str, Any]:
    return {
        "windows": [(name, label, name == report.window.name) for name, label in LABELS.items()],
        "alarms": health_alarms.sentences(report.alarms),
        "providers": health_alarms.providers(report.alarms),
        "refusing": health_alarms.refusing(report.alarms),
        "asked": report.total.requested,
        "nobody": _("Nobody asked to be verified in this time."),
        "figures": health_sections.summary(report),
        "sections": health_sections.sections(report) if report.total.requested or report.funnels else [],
        "made": _("As of %(time)s. Attempts count by when they were started; those for test numbers do not count.")
        % {"time": date_format(localtime(report.made_at), "j M Y H:i")},
    }
