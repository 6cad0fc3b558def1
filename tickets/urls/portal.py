"""The requester's side: /tickets/…"""

from __future__ import annotations

from django.urls import path

from tickets.urls import converters  # noqa: F401 registers <number:…> and <command:…>
from tickets.views.portal import answer, commands, details, incidents, people, submit, suggestions, ticket, ticket_list

app_name = "portal"
urlpatterns = [
    path("", ticket_list.ticket_list, name="ticket_list"),
    path("new/", submit.ticket_new, name="ticket_new"),
    path("new/draft/", submit.ticket_new_draft, name="ticket_new_draft"),
    path("new/suggestions/", suggestions.suggestions, name="suggestions"),
    path("new/solved/", suggestions.solved_by_article, name="solved_by_article"),
    path("new/draft/discard/", submit.ticket_new_discard, name="ticket_new_discard"),
    path("people/", people.people_options, name="people_options"),
    path("answer/<str:link>/", answer.answer, name="answer"),
    path("incidents/<number:number>/join/", incidents.join_incident, name="join_incident"),
    path("<number:number>/", ticket.ticket, name="ticket"),
    path("<number:number>/submitted/", submit.ticket_submitted, name="ticket_submitted"),
    path("<number:number>/updates/", ticket.ticket_updates, name="ticket_updates"),
    path("<number:number>/questions/<str:kind>/<int:pk>/", answer.ticket_question, name="ticket_question"),
    path("<number:number>/seen/", ticket.ticket_seen, name="ticket_seen"),
    path("<number:number>/reply/", ticket.ticket_reply, name="ticket_reply"),
    path("<number:number>/draft/", ticket.ticket_draft, name="ticket_draft"),
    path("<number:number>/details/", details.ticket_edit, name="ticket_edit"),
    path("<number:number>/people/", people.watcher_add, name="watcher_add"),
    path("<number:number>/people/remove/", people.watcher_remove, name="watcher_remove"),
    path("<number:number>/do/<command:command>/", commands.ticket_command, name="ticket_command"),
]
