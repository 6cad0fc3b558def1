from __future__ import annotations

from django.urls import path

from helpdesk.web import health, portal, search, tokens
from tickets.views import files
from tickets.views.portal import incidents

urlpatterns = [
    path("", portal.home, name="home"),
    path("status/", incidents.status, name="status"),
    path("files/", files.upload, name="upload"),
    path("files/<uuid:uuid>", files.file, name="file"),
    path("files/<uuid:uuid>/discard", files.discard, name="file_discard"),
    path("profile/tokens/", tokens.token_list, name="profile_tokens"),
    path("profile/tokens/<str:digest>/revoke/", tokens.token_revoke, name="profile_token_revoke"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("search/", search.search_page, name="search"),
    path("search/palette/", search.palette, name="search_palette"),
]
