from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from helpdesk.api import errors, search, views

v1: list[URLPattern | URLResolver] = [
    path("", include("assets.api.import_urls")),
    path("", include("tickets.api.urls")),
    path("", include("escalation.api.urls")),
    path("", include("notifications.api.urls")),
    path("", include("assets.api.urls")),
    path("", include("knowledge.api.urls")),
    path("teams/", views.TeamList.as_view(), name="teams"),
    path("users/", views.UserList.as_view(), name="users"),
    path("users/me/", views.Me.as_view(), name="me"),
    path("search/", search.SearchEverything.as_view(), name="search"),
]
urlpatterns = [
    path("v1/", include((v1, "api"))),
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path(
        "docs/",
        # Swagger UI without inline scripts and styles.
        SpectacularSwaggerSplitView.as_view(url_name="api_schema", template_name="api/docs.html"),
        name="api_docs",
    ),
    # JSON also for what doesn't exist.
    re_path(r"", errors.not_found),
]
