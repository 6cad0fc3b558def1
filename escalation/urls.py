"""The desk's pages about time and escalation: /desk/…"""

from __future__ import annotations

from django.urls import path

from escalation.views import absence

app_name = "escalation"
urlpatterns = [
    path("absence/", absence.absence, name="absence"),
    path("absence/<int:absence_id>/end/", absence.absence_end, name="absence_end"),
]
