from __future__ import annotations

from django.urls import path

from tickets.api import calls, closing, consents, diagnosis, incidents, mails, process, tasks, views, watchers
from tickets.urls import converters  # noqa: F401  (registers `number`)

urlpatterns = [
    path("tickets/", views.TicketList.as_view(), name="tickets"),
    path("tickets/<number:number>/", views.TicketDetail.as_view(), name="ticket"),
    path("tickets/<number:number>/transitions/", views.TicketTransitions.as_view(), name="ticket_transitions"),
    path("tickets/<number:number>/messages/", views.TicketMessages.as_view(), name="ticket_messages"),
    path("tickets/<number:number>/attachments/", views.TicketAttachments.as_view(), name="ticket_attachments"),
    path("tickets/<number:number>/events/", views.TicketEvents.as_view(), name="ticket_events"),
    path("tickets/<number:number>/calls/", calls.TicketCalls.as_view(), name="ticket_calls"),
    path("tickets/<number:number>/watchers/", watchers.TicketWatchers.as_view(), name="ticket_watchers"),
    path("tickets/<number:number>/watchers/<str:username>/", watchers.TicketWatcher.as_view(), name="ticket_watcher"),
    path("tickets/<number:number>/tasks/", tasks.TicketTasks.as_view(), name="ticket_tasks"),
    path("tickets/<number:number>/consents/", consents.TicketConsents.as_view(), name="ticket_consents"),
    path("consents/<int:consent_id>/answer/", consents.ConsentAnswer.as_view(), name="consent_answer"),
    path("consents/<int:consent_id>/withdraw/", consents.ConsentWithdraw.as_view(), name="consent_withdraw"),
    path("consents/<int:consent_id>/cancel/", consents.ConsentCancel.as_view(), name="consent_cancel"),
    path("tickets/<number:number>/remote-sessions/", consents.TicketSessions.as_view(), name="ticket_sessions"),
    path("remote-sessions/<int:session_id>/end/", consents.SessionEnd.as_view(), name="session_end"),
    path("tickets/<number:number>/closing/", closing.TicketClosing.as_view(), name="ticket_closing"),
    path("tickets/<number:number>/steps/", diagnosis.TicketSteps.as_view(), name="ticket_steps"),
    path("steps/<int:step_id>/end/", diagnosis.StepEnd.as_view(), name="step_end"),
    path("tasks/<int:task_id>/end/", tasks.TaskEnd.as_view(), name="task_end"),
    path("incidents/", incidents.IncidentList.as_view(), name="incidents"),
    path("incidents/<number:number>/", incidents.IncidentDetail.as_view(), name="incident"),
    path("incidents/<number:number>/updates/", incidents.IncidentUpdates.as_view(), name="incident_updates"),
    path("incidents/<number:number>/links/", incidents.IncidentLinks.as_view(), name="incident_links"),
    path("incidents/<number:number>/links/<number:ticket>/", incidents.LinkOfIncident.as_view(), name="incident_link"),
    path("incidents/<number:number>/resolve/", incidents.IncidentResolve.as_view(), name="incident_resolve"),
    path("incidents/<number:number>/review/", incidents.ReviewOfIncident.as_view(), name="incident_review"),
    path("mails/", mails.MailList.as_view(), name="mails"),
    path("mails/<uuid:uuid>/", mails.MailDetail.as_view(), name="mail"),
    path("mails/<uuid:uuid>/accept/", mails.MailAccept.as_view(), name="mail_accept"),
    path("mails/<uuid:uuid>/add/", mails.MailAdd.as_view(), name="mail_add"),
    path("mails/<uuid:uuid>/discard/", mails.MailDiscard.as_view(), name="mail_discard"),
    path("attachments/", views.AttachmentUpload.as_view(), name="attachments"),
    path("attachments/<uuid:uuid>/", views.AttachmentFile.as_view(), name="attachment"),
    path("tickets/<number:number>/conformance/", process.TicketConformance.as_view(), name="ticket_conformance"),
    path("tickets/<number:number>/survey/", process.TicketSurvey.as_view(), name="ticket_survey"),
    path("reports/conformance/", process.ConformanceReport.as_view(), name="conformance_report"),
    path("categories/", views.CategoryList.as_view(), name="categories"),
]
