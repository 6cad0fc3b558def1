from __future__ import annotations

from django.urls import path

from escalation.api import clocks, escalations, views
from tickets.urls import converters  # noqa: F401  (registers `number`)

urlpatterns = [
    path("policies/", views.PolicyList.as_view(), name="policies"),
    path("paths/", views.PathList.as_view(), name="paths"),
    path("tickets/<number:number>/clocks/", clocks.TicketClocks.as_view(), name="ticket_clocks"),
    path("tickets/<number:number>/escalations/", escalations.TicketEscalations.as_view(), name="ticket_escalations"),
    path("escalations/", escalations.EscalationList.as_view(), name="escalations"),
    path("escalations/<int:escalation_id>/", escalations.EscalationDetail.as_view(), name="escalation"),
    path("escalations/<int:escalation_id>/accept/", escalations.EscalationAccept.as_view(), name="escalation_accept"),
    path("escalations/<int:escalation_id>/return/", escalations.EscalationReturn.as_view(), name="escalation_return"),
    path(
        "escalations/<int:escalation_id>/package/", escalations.EscalationPackage.as_view(), name="escalation_package"
    ),
]
