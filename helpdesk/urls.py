"""The composition root of all routes."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from assets.views import mine

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("helpdesk.web.urls")),
    path("", include("helpdesk.accounts.urls")),
    path("tickets/", include("tickets.urls.portal")),
    path("desk/", include("tickets.urls.desk")),
    path("desk/", include("escalation.urls")),
    path("assets/", include("assets.import_urls")),
    path("reports/", include("tickets.urls.reports")),
    path("assets/", include("assets.urls")),
    path("a/<str:tag>", mine.scanned, name="scanned"),
    path("notifications/", include("notifications.urls")),
    path("knowledge/", include("knowledge.urls")),
    path("api/", include("helpdesk.api.urls")),
]

handler400 = "helpdesk.api.errors.bad_request"
handler500 = "helpdesk.api.errors.server_error"
