"""The desk's pages about time and escalation: /desk/…"""

from __future__ import annotations

from django.urls import path

from escalation.views import absence, bulk, escalations
from tickets.urls import converters  # noqa: F401 registers <number:…>

app_name = "escalation"
urlpatterns = [
    path("absence/", absence.absence, name="absence"),
    path("absence/<int:absence_id>/end/", absence.absence_end, name="absence_end"),
    path("bulk/escalate/", bulk.bulk_escalate, name="bulk_escalate"),
    path("tickets/<number:number>/escalate/", escalations.escalate, name="escalate"),
    path("escalations/", escalations.escalations, name="escalations"),
    path("escalations/<int:escalation_id>/", escalations.escalation, name="escalation"),
    path("escalations/<int:escalation_id>/accept/", escalations.accept, name="accept"),
    path("escalations/<int:escalation_id>/return/", escalations.send_back, name="send_back"),
    path("escalations/<int:escalation_id>/complete/", escalations.complete, name="complete"),
]
