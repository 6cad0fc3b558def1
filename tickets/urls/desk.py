"""The agents' side: /desk/…"""

from __future__ import annotations

from django.urls import path

from tickets.urls import converters  # noqa: F401 registers <number:…> and <command:…>
from tickets.views.desk import (
    bulk,
    call,
    commands,
    details,
    dossier,
    incident_acts,
    incident_tickets,
    incidents,
    live,
    messages,
    on_behalf,
    queue,
    tasks,
    views,
    wallboard,
    workspace,
)

app_name = "desk"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("filter/", queue.queue_filter, name="queue_filter"),
    path("changes/", queue.changes, name="changes"),
    path("wallboard/", wallboard.wallboard, name="wallboard"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("views/", views.view_save, name="view_save"),
    path("views/<int:view_id>/", views.view_edit, name="view_edit"),
    path("new/", on_behalf.ticket_new, name="ticket_new"),
    path("new/draft/", live.new_draft, name="new_draft"),
    path("call/", call.call, name="call"),
    path("call/draft/", live.call_draft, name="call_draft"),
    path("callers/", on_behalf.callers, name="callers"),
    path("callers/card/", on_behalf.caller_card, name="caller_card"),
    path("tickets/<number:number>/", workspace.ticket, name="ticket"),
    path("tickets/<number:number>/news/", live.ticket_news, name="ticket_news"),
    path("tickets/<number:number>/presence/", live.presence, name="presence"),
    path("tickets/<number:number>/draft/", live.draft, name="draft"),
    path("tickets/<number:number>/message/", messages.ticket_message, name="ticket_message"),
    path("tickets/<number:number>/details/", details.ticket_edit, name="ticket_edit"),
    path("tickets/<number:number>/people/", details.watchers, name="watchers"),
    path("tickets/<number:number>/people/remove/", details.watcher_remove, name="watcher_remove"),
    path("tickets/<number:number>/dossier/", dossier.dossier, name="dossier"),
    path("tickets/<number:number>/dossier.json", dossier.dossier_json, name="dossier_json"),
    path("tickets/<number:number>/tasks/", tasks.task_add, name="task_add"),
    path("tasks/<int:task_id>/end/", tasks.task_end, name="task_end"),
    path("tickets/<number:number>/incident/", incident_tickets.ticket_incident, name="ticket_incident"),
    path("tickets/<number:number>/incident/declare/", incident_tickets.ticket_declare, name="ticket_declare"),
    path(
        "tickets/<number:number>/incident/unlink/",
        incident_tickets.ticket_incident_unlink,
        name="ticket_incident_unlink",
    ),
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/changes/", incidents.incidents_changes, name="incidents_changes"),
    path("incidents/<number:number>/", incidents.incident, name="incident"),
    path("incidents/<number:number>/changes/", incidents.incident_changes, name="incident_changes"),
    path("incidents/<number:number>/update/", incidents.incident_update, name="incident_update"),
    path("incidents/<number:number>/edit/", incident_acts.incident_edit, name="incident_edit"),
    path("incidents/<number:number>/link/", incident_acts.incident_link, name="incident_link"),
    path("incidents/<number:number>/unlink/", incident_acts.incident_unlink, name="incident_unlink"),
    path("incidents/<number:number>/resolve/", incident_acts.incident_resolve, name="incident_resolve"),
    path("incidents/<number:number>/review/", incident_acts.incident_review, name="incident_review"),
    path("tickets/<number:number>/do/<command:command>/", commands.ticket_command, name="ticket_command"),
]
