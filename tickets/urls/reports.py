"""Reports for leads and administrators: /reports/…"""

from __future__ import annotations

from django.urls import path

from tickets.views.reports import conformance

app_name = "reports"
urlpatterns = [
    path("", conformance.index, name="index"),
    path("conformance/", conformance.conformance, name="conformance"),
    path("conformance/tickets/", conformance.conformance_tickets, name="conformance_tickets"),
    path("conformance/csv/", conformance.conformance_csv, name="conformance_csv"),
    path("events/", conformance.event_log, name="event_log"),
]
